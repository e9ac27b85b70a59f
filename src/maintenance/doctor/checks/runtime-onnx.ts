/**
 * `runtime.onnx`: the ONNX runtime loads, and Bun is new enough. It runs in a process of its own, so that a crash of
 * the runtime is a finding.
 */
import packageJson from "../../../../package.json" with { type: "json" };
import { importOnnxRuntime } from "../../../embedding/inference/index.ts";
import { messageOf, REINSTALL } from "../../../system/index.ts";
import { type Check, type CheckOutcome, type Finding, outcomeOf } from "../check.ts";

export const runtimeOnnx: Check = {
  id: "runtime.onnx",
  async run(): Promise<CheckOutcome> {
    const findings: Finding[] = [];
    const wanted = packageJson.engines.bun;
    if (!Bun.semver.satisfies(Bun.version, wanted)) {
      findings.push({
        severity: "warning",
        message: `Bun ${Bun.version} runs amalfa, which needs ${wanted}.`,
        why: "Older versions have faults in SQLite and in worker threads that harm amalfa.",
        subject: "bun",
        commands: ["bun upgrade"],
      });
    }
    try {
      const runtime = await importOnnxRuntime();
      if (typeof runtime.InferenceSession?.create !== "function")
        throw new Error("it has no InferenceSession");
    } catch (error) {
      findings.push({
        severity: "error",
        message: `The ONNX runtime cannot be loaded: ${messageOf(error).split("\n")[0]}.`,
        why:
          "Text that the vector cache does not hold cannot be embedded; " +
          `\`search --mode lexical\` works without. ${REINSTALL}`,
        subject: "onnxruntime-node",
        commands: [],
        first:
          "the ONNX runtime does not load: install amalfa again (`npm install -g amalfa`), " +
          "then run `amalfa doctor` again",
      });
    }
    return outcomeOf(
      findings,
      `Bun ${Bun.version}, onnxruntime-node ${packageJson.dependencies["onnxruntime-node"]}`,
    );
  },
};
