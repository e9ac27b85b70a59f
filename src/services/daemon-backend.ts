/**
 * Inference by the vector daemon where there is one, and in this process where there is none or it fails.
 *
 * A daemon that was at fault once is not asked again in this run, and the user is told once. Vectors are the same either way (I2).
 */
import type { ProjectPaths } from "../config/paths.ts";
import type { Model } from "../embedding/catalogue.ts";
import type { InferenceBackend, InferenceRequest } from "../embedding/inference-backend.ts";
import { messageOf } from "../errors.ts";
import { askDaemon, findVectorDaemon } from "./daemon-client.ts";
import { MAX_TEXT_LENGTH } from "./embed-request.ts";

export interface DaemonBackendOptions {
  readonly paths: ProjectPaths;
  readonly model: Model;
  /** Called at most once. */
  readonly onWarning: (message: string) => void;
  /** Starts the worker pool of this process. */
  readonly startLocal: () => Promise<InferenceBackend>;
}

/**
 * Texts that are sent to the daemon in one call of `embed`, at most; larger calls are the work of an ingest, which would starve the
 * queries that the daemon is there for, while starting a pool of its own costs an ingest little.
 */
export const MOST_TEXTS = 32;
/** Texts of one request: few enough to be answered long before the time is up, on any machine. */
const TEXTS_PER_REQUEST = 16;

/** A backend that uses the project's vector daemon if there is one, or else the worker pool itself. */
export async function startDaemonBackend(options: DaemonBackendOptions): Promise<InferenceBackend> {
  const { paths, model, onWarning, startLocal } = options;
  const found = await findVectorDaemon(paths, model);
  if (found.kind === "found") return new DaemonBackend(options, found.port);
  if (found.kind === "unusable") onWarning(warning(found.reason));
  return startLocal();
}

function warning(reason: string): string {
  return `the vector daemon is not used: ${reason}. Vectors are computed here; \`amalfa vector restart\` may help.`;
}

class DaemonBackend implements InferenceBackend {
  readonly #options: DaemonBackendOptions;
  #port: number | undefined;
  #local: Promise<InferenceBackend> | undefined;
  #loaded = false;

  constructor(options: DaemonBackendOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  get modelLoaded(): boolean {
    return this.#loaded;
  }

  async embed(request: InferenceRequest): Promise<void> {
    const { texts, signal } = request;
    const sendable = texts.length <= MOST_TEXTS && texts.every((text) => text.length <= MAX_TEXT_LENGTH);
    const done = sendable ? await this.#askDaemon(request) : 0;
    if (done === texts.length || signal?.aborted) return;
    const backend = await this.#startLocal();
    await backend.embed({
      ...request,
      texts: texts.slice(done),
      onVector: (computed) => request.onVector({ ...computed, index: computed.index + done }),
    });
  }

  async close(): Promise<void> {
    await (await this.#local?.catch(() => undefined))?.close();
  }

  /** How many of the texts, from the first on, have their vector from the daemon. */
  async #askDaemon({ texts, signal, onVector }: InferenceRequest): Promise<number> {
    const { model, onWarning } = this.#options;
    let done = 0;
    while (done < texts.length && this.#port !== undefined && !signal?.aborted) {
      const part = texts.slice(done, done + TEXTS_PER_REQUEST);
      let vectors: Float32Array[];
      try {
        vectors = await askDaemon(this.#port, model, part, signal);
      } catch (error) {
        if (signal?.aborted) return done;
        this.#port = undefined;
        onWarning(warning(messageOf(error)));
        return done;
      }
      for (const [place, vector] of vectors.entries())
        onVector({ index: done + place, vector, modelId: model.id });
      done += part.length;
    }
    return done;
  }

  async #startLocal(): Promise<InferenceBackend> {
    this.#local ??= this.#options.startLocal();
    try {
      const backend = await this.#local;
      this.#loaded = true;
      return backend;
    } catch (error) {
      this.#local = undefined;
      throw error;
    }
  }
}

/** The backend of a project's embedder: the vector daemon, or a worker pool of this process. @param workers of the pool */
export function startBackendFor(options: {
  readonly paths: ProjectPaths;
  readonly model: Model;
  readonly workers?: number | undefined;
  readonly onWarning: (message: string) => void;
}): Promise<InferenceBackend> {
  const { paths, model, workers, onWarning } = options;
  const startLocal = async (): Promise<InferenceBackend> => {
    const { startWorkerPool } = await import("../embedding/worker-pool.ts");
    return startWorkerPool({ model, modelsDirectory: paths.models, workers });
  };
  return startDaemonBackend({ paths, model, onWarning, startLocal });
}
