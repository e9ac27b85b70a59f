/**
 * An inference backend that outlives the embedders that use it, and is released after a while without work, so that an idle service holds
 * no model in memory.
 */
import type { InferenceBackend, InferenceRequest } from "./backend.ts";

export const RELEASE_AFTER_MS = 60_000;

export class KeptBackend implements AsyncDisposable {
  readonly #start: () => Promise<InferenceBackend>;
  readonly #releaseAfterMs: number;
  #backend: Promise<InferenceBackend> | undefined;
  #timer: Timer | undefined;
  #inUse = 0;

  constructor(start: () => Promise<InferenceBackend>, releaseAfterMs = RELEASE_AFTER_MS) {
    this.#start = start;
    this.#releaseAfterMs = releaseAfterMs;
  }

  /** A backend for one embedder, whose closing leaves the kept one open. */
  lend(): InferenceBackend {
    const modelLoaded = () => this.#loaded;
    return {
      get modelLoaded() {
        return modelLoaded();
      },
      embed: (request) => this.#embed(request),
      close: () => Promise.resolve(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#release();
  }

  #loaded = false;

  async #embed(request: InferenceRequest): Promise<void> {
    clearTimeout(this.#timer);
    this.#inUse++;
    this.#backend ??= this.#start();
    const starting = this.#backend;
    try {
      const backend = await starting;
      await backend.embed(request);
      this.#loaded = backend.modelLoaded;
    } catch (error) {
      if (this.#backend === starting) await this.#release();
      throw error;
    } finally {
      this.#inUse--;
      if (this.#inUse === 0)
        this.#timer = setTimeout(() => void this.#release(), this.#releaseAfterMs).unref();
    }
  }

  async #release(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    this.#loaded = false;
    await (await backend?.catch(() => undefined))?.close();
  }
}
