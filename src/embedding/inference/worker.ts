/**
 * One thread of the worker pool, with one single-threaded session of its own.
 *
 * Each text is run alone and unpadded: the activations of the int8 model are quantised over everything in a batch, so
 * that its vectors would depend on what else shares it (I2).
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { importOnnxRuntime, type OnnxRuntime } from "./onnx-runtime.ts";

/** The thread's own scope; the types of a page's scope would know neither. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: ArrayBuffer[]): void;
}
const scope = globalThis as unknown as WorkerScope;

interface Loaded {
  readonly session: InferenceSession;
  readonly inputs: Inputs;
  readonly dimensions: number;
}

/** The input buffers, used again for each text: `run` copies nothing out of them that outlives it. */
class Inputs {
  readonly #runtime: OnnxRuntime;
  readonly #ids: BigInt64Array;
  /** The same memory as pairs of 32-bit halves, low half first, which spares a BigInt for each token. */
  readonly #halves: Int32Array;
  readonly #mask: BigInt64Array;
  readonly #types: BigInt64Array;

  constructor(runtime: OnnxRuntime, maxTokens: number) {
    this.#runtime = runtime;
    this.#ids = new BigInt64Array(maxTokens);
    this.#halves = new Int32Array(this.#ids.buffer);
    this.#mask = new BigInt64Array(maxTokens).fill(1n);
    this.#types = new BigInt64Array(maxTokens);
  }

  feeds(ids: Int32Array): Record<string, Tensor> {
    for (let index = 0; index < ids.length; index++) this.#halves[2 * index] = ids[index]!;
    const tensor = (data: BigInt64Array) =>
      new this.#runtime.Tensor("int64", data.subarray(0, ids.length), [1, ids.length]);
    return {
      input_ids: tensor(this.#ids),
      attention_mask: tensor(this.#mask),
      token_type_ids: tensor(this.#types),
    };
  }
}

// The runtime's import takes as long as checking the weights, which the main thread does meanwhile.
const runtimeImport = importOnnxRuntime();
runtimeImport.catch(() => {});

let loading: Promise<Loaded> | undefined;
let work: Promise<void> = Promise.resolve();
/**
 * Whether this thread is about to be terminated. It begins nothing more then: a thread that is terminated in the
 * middle of a run takes the whole process with it, because the runtime cannot hand its error to an engine that has
 * stopped listening.
 */
let ended = false;

scope.onmessage = (event) => {
  work = work.then(() => handle(event.data)).catch(fail);
};

async function handle(message: ToWorker): Promise<void> {
  if (ended) return;
  switch (message.kind) {
    case "load":
      loading = load(message.onnx, message.dimensions, message.maxTokens);
      await loading;
      return scope.postMessage({ kind: "loaded" });
    case "embed":
      return await embedGroup(message.group, message.ids);
    case "close":
      ended = true;
      await (await loading)?.session.release();
      return scope.postMessage({ kind: "closed" });
  }
}

async function load(onnx: string, dimensions: number, maxTokens: number): Promise<Loaded> {
  const runtime = await runtimeImport;
  const session = await runtime.InferenceSession.create(onnx, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // What goes wrong is thrown as well, and reported where it belongs.
    logSeverityLevel: 4,
  });
  return { session, inputs: new Inputs(runtime, maxTokens), dimensions };
}

async function embedGroup(group: number, texts: readonly Int32Array[]): Promise<void> {
  const { session, inputs, dimensions } = await loaded();
  const vectors = new Float32Array(texts.length * dimensions);
  for (const [place, ids] of texts.entries()) {
    const outputs = await session.run(inputs.feeds(ids));
    const hidden = outputs.last_hidden_state;
    if (hidden === undefined || !(hidden.data instanceof Float32Array)) {
      throw new Error("the model has no float32 output named last_hidden_state");
    }
    meanPool(hidden.data, ids.length, vectors.subarray(place * dimensions, (place + 1) * dimensions));
    hidden.dispose();
  }
  scope.postMessage({ kind: "embedded", group, vectors }, [vectors.buffer]);
}

async function loaded(): Promise<Loaded> {
  if (loading === undefined) throw new Error("a text arrived before the model");
  return await loading;
}

/**
 * The mean of a text's token vectors, scaled to unit length, written to `into`.
 *
 * @param hidden `tokens` rows of `into.length` values.
 */
function meanPool(hidden: Float32Array, tokens: number, into: Float32Array): void {
  const dimensions = into.length;
  const sums = new Float64Array(dimensions);
  for (let token = 0, offset = 0; token < tokens; token++) {
    for (let place = 0; place < dimensions; place++) sums[place]! += hidden[offset++]!;
  }
  let squares = 0;
  for (let place = 0; place < dimensions; place++) squares += sums[place]! * sums[place]!;
  // The division by the number of tokens cancels out in the scaling.
  const scale = 1 / Math.sqrt(squares);
  for (let place = 0; place < dimensions; place++) into[place] = sums[place]! * scale;
}

function fail(error: unknown): void {
  ended = true;
  scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}

/* What the worker pool and its workers say to each other. */

export type ToWorker =
  | { readonly kind: "load"; readonly onnx: string; readonly dimensions: number; readonly maxTokens: number }
  /** Token ids of one text each, `[CLS]` and `[SEP]` included. */
  | { readonly kind: "embed"; readonly group: number; readonly ids: readonly Int32Array[] }
  | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "loaded" }
  /** The vectors of a group, one after the other. */
  | { readonly kind: "embedded"; readonly group: number; readonly vectors: Float32Array }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "closed" };
