/**
 * An inference backend that outlives the embedders that use it, and is let go of after a while without work, so that
 * an idle service holds no model in memory.
 */
import { Warm } from "../../system/index.ts";
import type { InferenceBackend } from "./backend.ts";

const IDLE_MS = 60_000;

export class SharedBackend implements AsyncDisposable {
  readonly #backend: Warm<InferenceBackend>;
  #loaded = false;

  constructor(start: () => Promise<InferenceBackend>, idleMs = IDLE_MS) {
    this.#backend = new Warm({ start, stop: (backend) => backend.close(), idleMs, afterFailure: "stop" });
  }

  /** A backend for one embedder, whose closing leaves the shared one open. */
  lend(): InferenceBackend {
    const isLoaded = () => this.#backend.isWarm && this.#loaded;
    return {
      get modelLoaded() {
        return isLoaded();
      },
      embed: (request) =>
        this.#backend.use(async (starting) => {
          const backend = await starting;
          await backend.embed(request);
          this.#loaded = backend.modelLoaded;
        }),
      close: () => Promise.resolve(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#backend[Symbol.asyncDispose]();
  }
}
