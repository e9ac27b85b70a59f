/**
 * Asking the vector daemon for vectors, and believing none of it unproved (I9).
 *
 * - The daemon is found through its PID file, whose process must be this project's, and its health document must name the model.
 * - Every answer must name the model again, and hold vectors of its dimensions and of unit length.
 */
import type { ProjectPaths } from "../config/paths.ts";
import type { Model } from "../embedding/catalogue.ts";
import { isNormalised } from "../embedding/vector-bytes.ts";
import { isHealthOf, probeHealth } from "./health.ts";
import { requestLoopback } from "./loopback-request.ts";
import { judgePidFile } from "./pid-files/judge-pid-file.ts";
import { pidFilePath } from "./service-files.ts";

export type FoundDaemon =
  | { readonly kind: "found"; readonly port: number }
  | { readonly kind: "none" }
  /** There is one that cannot be used; `reason` is a clause. */
  | { readonly kind: "unusable"; readonly reason: string };

/** Room for one value of a vector in an answer, in bytes; as JSON writes numbers, none takes more than 25. */
const LONGEST_VALUE_BYTES = 32;
/** How long an answer may take, in milliseconds; after that it is sooner to compute the vectors in this process. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Looks for the project's vector daemon with a model. Never throws. */
export async function findVectorDaemon(paths: ProjectPaths, model: Model): Promise<FoundDaemon> {
  const judged = judgePidFile(pidFilePath(paths, "vector"), { root: paths.root });
  if (judged.kind !== "ours" || judged.record.port === null) return { kind: "none" };
  const { pid } = judged;
  const { port } = judged.record;
  const probe = await probeHealth(port);
  if (probe.kind === "failed") return { kind: "unusable", reason: probe.reason };
  const { health } = probe;
  if (!isHealthOf(health, { service: "vector", root: paths.root, pid })) {
    return { kind: "unusable", reason: `port ${port} is answered by another program` };
  }
  if (health.model !== model.id)
    return { kind: "unusable", reason: `it has the model ${health.model ?? "of no name"}` };
  return health.ready ? { kind: "found", port } : { kind: "none" };
}

/** The vectors of the texts, in their order. Throws an Error with a clause as its message when anything is wrong with the answer. */
export async function askDaemon(
  port: number,
  model: Model,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const answer = await requestLoopback(port, {
    path: "/embed",
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
