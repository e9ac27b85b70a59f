/**
 * What computes vectors for texts that are not in the vector cache.
 *
 * A backend says with every vector which model made it, from its own knowledge and not from what it was asked for, so
 * that no vector is ever stored under another model's key (I9).
 */

import { Warm } from "../../system/index.ts";

/** One vector of a request. */
export interface ComputedVector {
  /** Place of the text in the request. */
  readonly index: number;
  /** L2-normalised, of the model's dimensions, and owned by the receiver. */
  readonly vector: Float32Array;
  /** The id of the model that made it. */
  readonly modelId: string;
}

export interface InferenceRequest {
  readonly texts: readonly string[];
  /** Called for each text once that is not left out, in the order in which they are finished. */
  readonly onVector: (computed: ComputedVector) => void;
  /** Once aborted, no further text is begun; those under way are finished and reported. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Asked right before a text is begun: one that somebody else has embedded meanwhile may be left out, and is not
   * reported then.
   */
  readonly isStillWanted?: ((index: number) => boolean) | undefined;
}

export interface InferenceBackend {
  /** Whether this process has a model in memory on the backend's behalf. */
  readonly modelLoaded: boolean;
  /**
   * Embeds the texts. Resolves when each was reported or left out, or when the signal was aborted and nothing is
   * under way any more. Rejects with an AmalfaError when the backend fails; what it had reported stands.
   */
  embed(request: InferenceRequest): Promise<void>;
  /** Releases everything; the backend is of no use afterwards. */
  close(): Promise<void>;
}

const IDLE_MS = 60_000;

/**
 * An inference backend that outlives the embedders that use it, and is let go of after a while without work, so that
 * an idle service holds no model in memory.
 */
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
