/**
 * Inference by the vector daemon where there is one, or by the server over HTTP, which has the model as well, and in
 * this process where there is neither or it fails.
 *
 * A daemon that was at fault once is not asked again in this run, and the user is told once. Vectors are the same
 * either way (I2).
 */
import { isNormalised } from "../../embedding/cache/index.ts";
import type { InferenceBackend, InferenceRequest } from "../../embedding/inference/index.ts";
import type { Model, ProjectPaths } from "../../project/index.ts";
import { messageOf, Warm } from "../../system/index.ts";
import { type Health, isHealthOf, probeService } from "../health.ts";
import { requestLoopback } from "../http.ts";
import {
  callerToken,
  healthPortOf,
  judgePidFile,
  readNonce,
  type ServiceRecord,
} from "../pid-files/index.ts";
import { pidFilePath, serviceTitle } from "../service.ts";
import type { StartReport } from "../start.ts";
import { MAX_TEXT_LENGTH } from "./protocol.ts";

export interface DaemonBackendOptions {
  readonly paths: ProjectPaths;
  readonly model: Model;
  /** Called at most once. */
  readonly onWarning: (message: string) => void;
  /** Starts the worker pool of this process. */
  readonly startLocal: () => Promise<InferenceBackend>;
}

/**
 * Texts that are sent to the daemon in one call of `embed`, at most; larger calls are the work of an ingest, which
 * would starve the queries that the daemon is there for, while starting a pool of its own costs an ingest little.
 */
export const MOST_TEXTS = 32;
/** Texts of one request: few enough to be answered long before the time is up, on any machine. */
const TEXTS_PER_REQUEST = 16;

/** A backend that uses the project's vector daemon if there is one, or else the worker pool itself. */
export async function startDaemonBackend(options: DaemonBackendOptions): Promise<InferenceBackend> {
  const { paths, model, onWarning, startLocal } = options;
  const found = await findVectorDaemon(paths, model);
  if (found.kind === "found") return new DaemonBackend(options, found);
  if (found.kind === "unusable") onWarning(warning("vector", found.reason));
  return startLocal();
}

function warning(service: Asked["service"], reason: string): string {
  const restart = `\`amalfa ${service} restart\` may help`;
  return `the ${serviceTitle(service)} is not used: ${reason}. Vectors are computed here; ${restart}.`;
}

class DaemonBackend implements InferenceBackend {
  readonly #options: DaemonBackendOptions;
  #asked: Asked | undefined;
  /** The worker pool of this process, for what the daemon does not compute. */
  readonly #local: Warm<InferenceBackend>;
  #loaded = false;

  constructor(options: DaemonBackendOptions, asked: Asked) {
    this.#options = options;
    this.#asked = asked;
    this.#local = new Warm({ start: options.startLocal, stop: (pool) => pool.close(), afterFailure: "keep" });
  }

  get modelLoaded(): boolean {
    return this.#loaded;
  }

  async embed(request: InferenceRequest): Promise<void> {
    const { texts, signal } = request;
    const sendable = texts.length <= MOST_TEXTS && texts.every((text) => text.length <= MAX_TEXT_LENGTH);
    const done = sendable ? await this.#askDaemon(request) : 0;
    if (done === texts.length || signal?.aborted) return;
    await this.#local.use(async (starting) => {
      const pool = await starting;
      this.#loaded = true;
      await pool.embed({
        ...request,
        texts: texts.slice(done),
        onVector: (computed) => request.onVector({ ...computed, index: computed.index + done }),
      });
    });
  }

  async close(): Promise<void> {
    await this.#local.unload();
  }

  /** How many of the texts, from the first on, have their vector from the daemon. */
  async #askDaemon({ texts, signal, onVector }: InferenceRequest): Promise<number> {
    const { model, onWarning } = this.#options;
    let done = 0;
    while (done < texts.length && this.#asked !== undefined && !signal?.aborted) {
      const asked = this.#asked;
      const part = texts.slice(done, done + TEXTS_PER_REQUEST);
      let vectors: Float32Array[];
      try {
        vectors = await askDaemon(asked, model, part, signal);
      } catch (error) {
        if (signal?.aborted) return done;
        this.#asked = undefined;
        onWarning(warning(asked.service, messageOf(error)));
        return done;
      }
      for (const [place, vector] of vectors.entries())
        onVector({ index: done + place, vector, modelId: model.id });
      done += part.length;
    }
    return done;
  }
}

/**
 * The backend of a project's embedder: the vector daemon, or a worker pool of this process. @param workers of the
 * pool
 */
export function startBackendFor(options: {
  readonly paths: ProjectPaths;
  readonly model: Model;
  readonly workers?: number | undefined;
  readonly onWarning: (message: string) => void;
}): Promise<InferenceBackend> {
  const { paths, model, workers, onWarning } = options;
  const startLocal = async (): Promise<InferenceBackend> => {
    const { startWorkerPool } = await import("../../embedding/inference/index.ts");
    return startWorkerPool({ model, modelsDirectory: paths.models, workers });
  };
  return startDaemonBackend({ paths, model, onWarning, startLocal });
}

/*
 * Asking the vector daemon for vectors, and believing none of it unproved (I9).
 *
 * - The daemon is found through its PID file, whose process must be this project's, and its health document must name
 *   the model.
 * - Every answer must name the model again, and hold vectors of its dimensions and of unit length.
 */

/** What computes vectors for this process. */
interface Asked {
  readonly service: "vector" | "server";
  readonly port: number;
  /** For who takes requests of this user alone. */
  readonly token?: string | undefined;
}

interface Found extends Asked {
  readonly kind: "found";
  readonly pid: number;
  readonly record: ServiceRecord;
  readonly health: Health;
}

type FoundDaemon =
  | Found
  | { readonly kind: "none" }
  /** There is one that cannot be used; `reason` is a clause. */
  | { readonly kind: "unusable"; readonly reason: string };

/** Room for one value of a vector in an answer, in bytes; as JSON writes numbers, none takes more than 25. */
const LONGEST_VALUE_BYTES = 32;
/** How long an answer may take, in milliseconds; after that it is sooner to compute the vectors in this process. */
const ANSWER_TIMEOUT_MS = 5_000;

/** How long whether there is a daemon may take to find out, in milliseconds; computing here takes little longer. */
const PROBE_MS = 1_000;

/** Looks for the project's vector daemon with a model, and for its server, which has the same. Never throws. */
export async function findVectorDaemon(paths: ProjectPaths, model: Model): Promise<FoundDaemon> {
  const daemon = await findService("vector", paths, model);
  if (daemon.kind === "found") return daemon;
  const server = await findService("server", paths, model);
  return server.kind === "found" ? server : daemon;
}

async function findService(
  service: Asked["service"],
  paths: ProjectPaths,
  model: Model,
): Promise<FoundDaemon> {
  const judged = judgePidFile(pidFilePath(paths, service), { root: paths.root });
  const port = judged.kind === "ours" ? healthPortOf(judged.record) : null;
  if (judged.kind !== "ours" || port === null) return { kind: "none" };
  const { pid } = judged;
  const probe = await probeService(paths, { pid, port }, PROBE_MS);
  if (probe.kind === "failed") return { kind: "unusable", reason: probe.reason };
  const { health } = probe;
  if (!isHealthOf(health, { service, root: paths.root, pid })) {
    return { kind: "unusable", reason: `port ${port} is answered by another program` };
  }
  if (health.model !== model.id)
    return { kind: "unusable", reason: `it has the model ${health.model ?? "of no name"}` };
  const nonce = service === "server" ? readNonce(paths) : undefined;
  const token = nonce === undefined ? undefined : callerToken(nonce, { pid, port });
  if (!health.ready) return { kind: "none" };
  return { kind: "found", service, port, token, pid, record: judged.record, health };
}

/** Any text will do: what is answered is proved like every other answer. */
const FIRST_TEXT = "Is the model here?";

/**
 * The server of the project, where it computes vectors of this model: a daemon beside it would hold a second one. It
 * has the model in memory when this returns. Undefined where there is none that does. Never throws.
 */
export async function servedByServer(paths: ProjectPaths, model: Model): Promise<StartReport | undefined> {
  const found = await findService("server", paths, model);
  if (found.kind !== "found") return undefined;
  try {
    await askDaemon(found, model, [FIRST_TEXT]);
  } catch {
    return undefined;
  }
  const { pid, record, health } = found;
  const url = record.url ?? undefined;
  return {
    service: "vector",
    change: "served",
    servedBy: { service: "server", pid },
    pid,
    port: record.port ?? found.port,
    ...(url === undefined ? {} : { url }),
    health,
  };
}

/**
 * The vectors of the texts, in their order. Throws an Error with a clause as its message when anything is wrong with
 * the answer.
 */
async function askDaemon(
  { port, token }: Asked,
  model: Model,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const answer = await requestLoopback(port, {
    path: "/embed",
    token,
    json: { model: model.id, texts },
    timeoutMs: ANSWER_TIMEOUT_MS,
    longestBytes: 1024 + texts.length * (model.dimensions * LONGEST_VALUE_BYTES + 8),
    signal,
  });
  if (answer.status !== 200) throw new Error(`it answered with status ${answer.status}`);
  return provenVectors(JSON.parse(answer.text), model, texts.length);
}

function provenVectors(answer: unknown, model: Model, count: number): Float32Array[] {
  if (typeof answer !== "object" || answer === null) throw new Error("its answer is not an object");
  const { model: answered, vectors } = answer as Record<string, unknown>;
  if (answered !== model.id) throw new Error(`its answer is of the model ${String(answered)}`);
  if (!Array.isArray(vectors) || vectors.length !== count)
    throw new Error("its answer has not one vector for each text");
  return vectors.map((values) => provenVector(values, model));
}

function provenVector(values: unknown, { dimensions }: Model): Float32Array {
  if (!Array.isArray(values) || values.length !== dimensions) {
    throw new Error(`a vector in its answer has not ${dimensions} dimensions`);
  }
  if (!values.every((value) => typeof value === "number"))
    throw new Error("a vector in its answer is not made of numbers");
  const vector = Float32Array.from(values);
  if (!isNormalised(vector)) throw new Error("a vector in its answer is not of unit length");
  return vector;
}
