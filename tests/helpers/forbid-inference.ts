/** Preloaded into a child: whatever would run a model throws. */
import { plugin } from "bun";

plugin({
  name: "forbid-inference",
  setup(build) {
    build.onResolve({ filter: /^(onnxruntime-node|@huggingface\/tokenizers)$/ }, ({ path }) => {
      throw new Error(`${path} was imported`);
    });
  },
});

globalThis.Worker = class {
  constructor() {
    throw new Error("a worker was started");
  }
} as unknown as typeof Worker;
