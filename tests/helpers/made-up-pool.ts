/** Preloaded into a program: what runs the model makes vectors up instead, each a function of its text. */
import { plugin } from "bun";

const POOL = `
export const TEXTS_IN_FLIGHT = 2;
export const defaultWorkers = () => 1;
const stallsAfter = Number(process.env.AMALFA_TEST_STALLS_AFTER ?? Infinity);
let made = 0;
/** The timer keeps the program from ending for want of anything to wait for. */
const interruption = (signal) =>
  new Promise((resolve) => {
    const timer = setInterval(() => {}, 1_000);
    signal?.addEventListener("abort", () => resolve(clearInterval(timer)));
  });
export async function startWorkerPool({ model }) {
  return {
    modelLoaded: true,
    close: async () => {},
    embed: async ({ texts, onVector, signal, isStillWanted }) => {
      for (const [index, text] of texts.entries()) {
        if (signal?.aborted) return;
        if (isStillWanted?.(index) === false) continue;
        if (made++ >= stallsAfter) return interruption(signal);
        const seed = Number(Bun.hash.crc32(text));
        const vector = Float32Array.from({ length: model.dimensions }, (_, at) => Math.sin(seed * 31 + at * 7 + 1));
        const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
        onVector({ index, vector: vector.map((value) => value / norm), modelId: model.id });
      }
    },
  };
}
`;

plugin({
  name: "made-up vectors",
  setup(build) {
    build.onLoad({ filter: /[/\\]embedding[/\\]inference[/\\]pool\.[jt]s$/ }, () => ({
      contents: POOL,
      loader: "js",
    }));
  },
});
