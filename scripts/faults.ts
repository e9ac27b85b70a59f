/**
 * `bun run faults --seed 1 --minutes 10 [--kind kill]`: what can go wrong, made to go wrong in real processes, and
 * judged. Each case is a function of its number: what a failure prints does it again, as near as moments allow.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { commandOf, runCases } from "../tests/faults/harness/index.ts";
import { OWN_MOUNTS } from "../tests/helpers/own-mounts.ts";

const INSIDE = "AMALFA_FAULTS_INSIDE";

/** File systems that cases mount are seen by nobody else, and gone when the harness ends, however it ends. */
function inOwnNamespace(): boolean {
  if (process.env[INSIDE] !== undefined || process.platform !== "linux") return true;
  return spawnSync(OWN_MOUNTS[0]!, [...OWN_MOUNTS.slice(1), "true"]).status !== 0;
}

if (inOwnNamespace()) process.exitCode = await main();
else {
  const command = [...OWN_MOUNTS.slice(1), process.execPath, import.meta.path, ...process.argv.slice(2)];
  const { status } = spawnSync(OWN_MOUNTS[0]!, command, {
    stdio: "inherit",
    env: { ...process.env, [INSIDE]: "1" },
  });
  process.exitCode = status ?? 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      minutes: { type: "string", default: "600" },
      cases: { type: "string", default: "1000000000" },
      kind: { type: "string", multiple: true, default: [] },
      case: { type: "string", multiple: true },
      out: { type: "string" },
      verbose: { type: "boolean", default: false },
    },
  });
  const results = await runCases({
    seed: Number(values.seed),
    minutes: Number(values.minutes),
    cases: Number(values.cases),
    kinds: values.kind,
    ...(values.case === undefined ? {} : { only: values.case.map(Number) }),
    onResult: (result) => {
      if (values.out !== undefined) appendFileSync(values.out, `${JSON.stringify(result)}\n`);
      const { kind, number, state, steps, faults, story, ms } = result;
      if (values.verbose || faults.length > 0) {
        console.log(
          `${faults.length > 0 ? "FAULT" : "ok"} ${kind} ${number}: ${state}, ${steps.join(", ") || "no step"} (${ms} ms)`,
        );
      }
      if (faults.length === 0) return;
      for (const fault of faults) console.log(`  ${fault}`);
      console.log(`  story: ${story.join(" · ")}\n  again: ${commandOf(result, values.kind)}`);
    },
  });
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  console.log(`${results.length} cases, ${failed} with faults`);
  return failed === 0 && results.length > 0 ? 0 : 1;
}
