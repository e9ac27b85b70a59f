/**
 * A copy of the program for as long as the harness runs, so that who works on the code meanwhile changes nothing. It
 * is bundled, as it is published: the doctor, which every case runs several times, starts in half the time. By
 * default with a made-up ONNX runtime: most faults are about everything around inference, and a case takes half the
 * time. Everything else is real: processes, threads, SQLite, the model's own tokenizer and the digests of its files.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { programCopy } from "../../helpers/program-copy.ts";

const BUNDLE = join(import.meta.dir, "../../../scripts/bundle-program.ts");

export interface Program extends Disposable {
  /** Runs the program: Bun, and the path of its entry. */
  readonly command: readonly string[];
}

/** A token's vector depends on its number alone, so that texts with words in common are near to each other. */
const RUNTIME = `
const DIMENSIONS = 384;
const rows = new Map();
function row(id) {
  let made = rows.get(id);
  if (made === undefined) {
    let state = Math.imul(Number(id) + 1, 0x9e3779b9);
    made = Float32Array.from({ length: DIMENSIONS }, () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
    });
    rows.set(id, made);
  }
  return made;
}
export class Tensor {
  constructor(type, data, dims) {
    Object.assign(this, { type, data, dims });
  }
}
export const InferenceSession = {
  create: async () => ({
    inputNames: ["input_ids", "attention_mask", "token_type_ids"],
    outputNames: ["last_hidden_state"],
    release: async () => {},
    run: async ({ input_ids }) => {
      const data = new Float32Array(input_ids.data.length * DIMENSIONS);
      input_ids.data.forEach((id, place) => data.set(row(id), place * DIMENSIONS));
      return { last_hidden_state: { data, dims: [1, input_ids.data.length, DIMENSIONS], dispose: () => {} } };
    },
  }),
};
`;

/** @param model "made-up", or "real" for the real runtime. */
export function frozenProgram(model: "made-up" | "real"): Program {
  const copy = programCopy(model === "real" ? [] : ["onnxruntime-node"]);
  if (model === "made-up") {
    const folder = copy.join("node_modules/onnxruntime-node");
    mkdirSync(folder);
    const manifest = { name: "onnxruntime-node", version: "1.30.0", type: "module", main: "index.js" };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "index.js"), RUNTIME);
  }
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, BUNDLE, copy.join("dist")]);
  if (exitCode !== 0) throw new Error(`the program cannot be bundled:\n${stderr}`);
  return {
    command: [process.execPath, copy.join("dist/src/cli.js")],
    [Symbol.dispose]: () => rmSync(copy.path, { recursive: true, force: true }),
  };
}
