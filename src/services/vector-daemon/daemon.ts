/**
 * The vector daemon: keeps the model in memory and computes vectors for the project's other processes.
 *
 * - It computes and stores nothing: each caller has the vector cache, and answers for what it puts there (I9).
 * - Inference runs in the worker pool, one text at a time from each request in turn, so that a single query does not
 *   wait for all texts of a large request, and `/livez` answers under full load.
 * - The model id of an answer is the one that the inference reported with the vectors.
 */
import type { InferenceBackend } from "../../embedding/inference/index.ts";
import type { Model } from "../../project/index.ts";
import { messageOf, Warm } from "../../system/index.ts";
import type { ServiceLog } from "../log.ts";
import { readBody, refusal } from "../loopback-server.ts";
import type { OwnHealth, RunningBody } from "../run.ts";
import { MAX_BODY_BYTES, parseEmbedRequest } from "./protocol.ts";

export interface VectorDaemonOptions {
  readonly model: Model;
  readonly log: Pick<ServiceLog, "write">;
  /** Starts the worker pool: at the start, and again after it failed. */
  readonly startBackend: () => Promise<InferenceBackend>;
}

/** Texts of one request that are under way at once: enough to keep the workers of a small machine busy. */
const LANES = 4;

export class VectorDaemon implements RunningBody {
  readonly #options: VectorDaemonOptions;
  readonly #backend: Warm<InferenceBackend>;
  #ready = false;
  #ending = false;
  #lastError: OwnHealth["lastError"] = null;
  #requests = 0;
  #texts = 0;

  constructor(options: VectorDaemonOptions) {
    this.#options = options;
    const stop = (backend: InferenceBackend) => backend.close();
    this.#backend = new Warm({ start: options.startBackend, stop, afterFailure: "stop" });
  }

  health(): OwnHealth {
    const status = this.#lastError !== null ? "degraded" : this.#ready ? "ok" : "starting";
    const details = { requests: this.#requests, texts: this.#texts };
    return { status, ready: this.#ready, lastError: this.#lastError, details };
  }

  readonly handle = (request: Request, path: string): Promise<Response> | undefined => {
    if (path !== "/embed") return undefined;
    if (request.method !== "POST") return Promise.resolve(refusal(405, "method", "Use POST."));
    return this.#answer(request);
  };

  async run(signal: AbortSignal): Promise<void> {
    await this.#backend.use((starting) => starting);
    this.#ready = true;
    this.#options.log.write(`ready with the model ${this.#options.model.id}`);
    await aborted(signal);
    this.#ready = false;
    this.#ending = true;
    await this.#backend[Symbol.asyncDispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body instanceof Response) return body;
    const asked = parseEmbedRequest(body);
    if ("status" in asked) return refusal(asked.status, "body", asked.message);
    const { id, dimensions } = this.#options.model;
    if (asked.model !== undefined && asked.model !== id) {
      return refusal(409, "model", `This daemon has the model ${id}.`, { model: id });
    }
    this.#requests++;
    this.#texts += asked.texts.length;
    try {
      const vectors = await this.#compute(asked.texts, request.signal);
      const values = vectors.map((vector) => Array.from(vector));
      const answer = asked.single ? { vector: values[0] } : { vectors: values };
      return Response.json({ model: id, dimensions, ...answer });
    } catch (error) {
      if (request.signal.aborted) return refusal(499, "gone", "The request was given up.");
      return refusal(503, "inference", messageOf(error));
    }
  }

  async #compute(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    const vectors = new Array<Float32Array>(texts.length);
    try {
      await this.#backend.use(async (starting) => {
        const backend = await starting;
        let next = 0;
        const lane = async (): Promise<void> => {
          while (next < texts.length && !signal.aborted) {
            const place = next++;
            vectors[place] = await this.#computeOne(backend, texts[place]!);
          }
        };
        await Promise.all(Array.from({ length: Math.min(LANES, texts.length) }, lane));
      });
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
    signal.throwIfAborted();
    this.#lastError = null;
    return vectors;
  }

  async #computeOne(backend: InferenceBackend, text: string): Promise<Float32Array> {
    let found: Float32Array | undefined;
    await backend.embed({
      texts: [text],
      onVector: ({ vector, modelId }) => {
        if (modelId === this.#options.model.id) found = vector;
      },
    });
    if (found === undefined) throw new Error("the model that is loaded is not the one that was asked for");
    return found;
  }

  #noteFailure(error: unknown): void {
    if (this.#ending) return;
    this.#lastError = { message: messageOf(error), at: new Date().toISOString() };
    this.#options.log.write(`inference failed: ${messageOf(error)}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
