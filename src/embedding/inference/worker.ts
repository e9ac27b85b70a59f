/**
 * One thread of the worker pool, with one single-threaded session of its own.
 *
 * Each text is run alone and unpadded: the activations of the int8 model are quantised over everything in a batch, so
 * that its vectors would depend on what else shares it (I2).
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Model } from "../../project/index.ts";
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
  readonly pool: Pooling;
  readonly output: string;
}

/** Writes the vector of a text to `into`, from `tokens` rows of as many values. */
type Pooling = (hidden: Float32Array, tokens: number, into: Float32Array) => void;

/** The input buffers, used again for each text: `run` copies nothing out of them that outlives it. */
class Inputs {
  readonly #runtime: OnnxRuntime;
  readonly #ids: BigInt64Array;
  /** The same memory as pairs of 32-bit halves, low half first, which spares a BigInt for each token. */
  readonly #halves: Int32Array;
  readonly #mask: BigInt64Array;
  readonly #types: BigInt64Array;
  readonly #names: readonly string[];

  /** @param names of what the model takes */
  constructor(runtime: OnnxRuntime, maxTokens: number, names: readonly string[]) {
    this.#runtime = runtime;
    this.#names = names;
    this.#ids = new BigInt64Array(maxTokens);
    this.#halves = new Int32Array(this.#ids.buffer);
    this.#mask = new BigInt64Array(maxTokens).fill(1n);
    this.#types = new BigInt64Array(maxTokens);
  }

  feeds(ids: Int32Array): Record<string, Tensor> {
    for (let index = 0; index < ids.length; index++) this.#halves[2 * index] = ids[index]!;
    const tensor = (data: BigInt64Array) =>
      new this.#runtime.Tensor("int64", data.subarray(0, ids.length), [1, ids.length]);
    const known: Readonly<Record<string, BigInt64Array>> = {
      input_ids: this.#ids,
      attention_mask: this.#mask,
      token_type_ids: this.#types,
    };
    return Object.fromEntries(
      this.#names.map((name) => {
        const data = known[name];
        if (data === undefined) throw new Error(`the model takes ${name}, which is nothing that a text has`);
        return [name, tensor(data)];
      }),
    );
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
      loading = load(message);
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

async function load({ onnx, dimensions, maxTokens, pooling }: LoadMessage): Promise<Loaded> {
  const runtime = await runtimeImport;
  const session = await runtime.InferenceSession.create(onnx, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // What goes wrong is thrown as well, and reported where it belongs.
    logSeverityLevel: 4,
  });
  const inputs = new Inputs(runtime, maxTokens, session.inputNames);
  const pool = pooling === "cls" ? firstToken : meanPool;
  return { session, inputs, dimensions, pool, output: outputOf(session.outputNames) };
}

/** What exporters call the vectors of a text's tokens. */
const OUTPUTS = ["last_hidden_state", "token_embeddings"];

function outputOf(names: readonly string[]): string {
  const found = OUTPUTS.find((name) => names.includes(name));
  if (found !== undefined) return found;
  throw new Error(`the model has no output named ${OUTPUTS.join(" or ")}, only ${names.join(", ")}`);
}

async function embedGroup(group: number, texts: readonly Int32Array[]): Promise<void> {
  const { session, inputs, dimensions, pool, output } = await loaded();
  const vectors = new Float32Array(texts.length * dimensions);
  for (const [place, ids] of texts.entries()) {
    const outputs = await session.run(inputs.feeds(ids));
    const hidden = outputs[output];
    if (hidden === undefined || !(hidden.data instanceof Float32Array)) {
      throw new Error(`the model's output ${output} is not of float32`);
    }
    const found = hidden.dims.at(-1);
    if (found !== dimensions || hidden.data.length !== ids.length * dimensions) {
      throw new Error(`the model's vectors have ${found} dimensions, and not ${dimensions}`);
    }
    pool(hidden.data, ids.length, vectors.subarray(place * dimensions, (place + 1) * dimensions));
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
  // The division by the number of tokens cancels out in the scaling.
  scaled(sums, into);
}

/** The vector of a text's first token, scaled to unit length, written to `into`. */
function firstToken(hidden: Float32Array, _tokens: number, into: Float32Array): void {
  scaled(hidden.subarray(0, into.length), into);
}

function scaled(values: ArrayLike<number>, into: Float32Array): void {
  let squares = 0;
  for (let place = 0; place < into.length; place++) squares += values[place]! * values[place]!;
  const scale = 1 / Math.sqrt(squares);
  for (let place = 0; place < into.length; place++) into[place] = values[place]! * scale;
}

function fail(error: unknown): void {
  ended = true;
  scope.postMessage({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}

/* What the worker pool and its workers say to each other. */

export interface LoadMessage extends Pick<Model, "dimensions" | "maxTokens" | "pooling"> {
  readonly kind: "load";
  readonly onnx: string;
}

export type ToWorker =
  | LoadMessage
  /** Token ids of one text each, `[CLS]` and `[SEP]` included. */
  | { readonly kind: "embed"; readonly group: number; readonly ids: readonly Int32Array[] }
  | { readonly kind: "close" };

export type FromWorker =
  | { readonly kind: "loaded" }
  /** The vectors of a group, one after the other. */
  | { readonly kind: "embedded"; readonly group: number; readonly vectors: Float32Array }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "closed" };
