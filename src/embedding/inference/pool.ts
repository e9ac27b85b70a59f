/**
 * The pool of inference workers: each runs one text at a time on one core, and this thread stays free.
 *
 * - The weights are proved by their digest before any session reads them.
 * - Each worker has two texts in flight, so that it never waits for the next one.
 * - A second worker is started for many texts only: loading the model takes as long as to embed a dozen.
 * - A worker that fails or dies ends the pool: whatever is under way is rejected, nothing waits for ever.
 */

import type { Model } from "../../project/index.ts";
import { AmalfaError, interrupted, programFile } from "../../system/index.ts";
import { loadTokenizer, locateModel, type Tokenizer, type Verification, verifyFile } from "../model/index.ts";
import type { InferenceBackend, InferenceRequest } from "./backend.ts";
import type { FromWorker, LoadMessage, ToWorker } from "./worker.ts";

export interface WorkerPoolOptions {
  readonly model: Model;
  /** The project's own models directory. */
  readonly modelsDirectory: string;
  /** How many workers; by default as many as there are cores, and at most four. */
  readonly workers?: number | undefined;
  /** How the weights are proved; what was proved is noted for others unless this says so. */
  readonly verification?: Verification | undefined;
}

const MAX_DEFAULT_WORKERS = 4;

/**
 * Texts that a worker has at once: the one it runs and the next. Each more is one that another process may begin as
 * well.
 */
export const TEXTS_IN_FLIGHT = 2;

/** Texts of one request that each further worker is started for. */
const TEXTS_PER_WORKER = 8;

export function defaultWorkers(): number {
  return Math.min(MAX_DEFAULT_WORKERS, Math.max(1, navigator.hardwareConcurrency));
}

/**
 * Starts a worker and resolves once it has the model; further ones start with the first long request. Throws
 * `model.missing`, `model.damaged` or `embedding.worker`.
 */
export async function startWorkerPool(options: WorkerPoolOptions): Promise<InferenceBackend> {
  const { model, modelsDirectory } = options;
  const paths = locateModel(model, modelsDirectory);
  const count = Math.max(1, options.workers ?? defaultWorkers());
  const worker = new InferenceWorker();
  try {
    // Meanwhile the worker imports the runtime, which takes as long.
    verifyFile(paths.onnx, model.files.onnx, options.verification);
    const load = {
      kind: "load",
      onnx: paths.onnx,
      dimensions: model.dimensions,
      maxTokens: model.maxTokens,
      pooling: model.pooling,
    } as const;
    const [tokenizer] = await Promise.all([
      // Its first text takes as long as several hundred others: better while the worker loads than afterwards.
      loadTokenizer(model, modelsDirectory).then((loaded) => {
        loaded.encode("");
        return loaded;
      }),
      worker.load(load),
    ]);
    return new WorkerPool({ model, tokenizer, load, most: count }, worker);
  } catch (error) {
    await worker.close();
    throw error;
  }
}

/** What a worker is given at a time; so that others can find vectors soon, one text. */
interface Group {
  readonly ids: readonly Int32Array[];
  readonly done: (vectors: Float32Array) => void;
  readonly failed: (error: unknown) => void;
}

/** A request, from which texts are taken as workers become free. */
interface Job {
  readonly request: InferenceRequest;
  next: number;
  underWay: number;
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
}

interface PoolParts {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** What each worker is told to load. */
  readonly load: LoadMessage;
  /** Workers at most. */
  readonly most: number;
}

class WorkerPool implements InferenceBackend {
  readonly #parts: PoolParts;
  /** Those that have the model. */
  readonly #workers: InferenceWorker[];
  readonly #starting = new Set<InferenceWorker>();
  readonly #jobs: Job[] = [];
  #closing = false;

  constructor(parts: PoolParts, first: InferenceWorker) {
    this.#parts = parts;
    this.#workers = [first];
  }

  get modelLoaded(): boolean {
    return true;
  }

  embed(request: InferenceRequest): Promise<void> {
    if (request.texts.length === 0 || request.signal?.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const leave = () => {
        request.signal?.removeEventListener("abort", stop);
        this.#drop(job);
      };
      const job: Job = {
        request,
        next: 0,
        underWay: 0,
        settle: () => {
          leave();
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const stop = () => {
        job.next = request.texts.length;
        this.#finishIfDone(job);
      };
      request.signal?.addEventListener("abort", stop, { once: true });
      this.#jobs.push(job);
      this.#growFor(request.texts.length);
      this.#feed();
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#workers, ...this.#starting].map((worker) => worker.close()));
    // What is in flight was rejected with its worker; what still waited for its turn would wait for ever.
    for (const job of [...this.#jobs]) job.fail(interrupted("Embedding"));
  }

  /** Starts as many further workers as so many texts are worth; each joins in when it has the model. */
  #growFor(texts: number): void {
    const { most, load } = this.#parts;
    const wanted = Math.min(most, Math.ceil(texts / TEXTS_PER_WORKER));
    while (!this.#closing && this.#workers.length + this.#starting.size < wanted) {
      const worker = new InferenceWorker();
      this.#starting.add(worker);
      worker.load(load).then(
        () => {
          this.#starting.delete(worker);
          this.#workers.push(worker);
          if (!this.#closing) this.#feed();
        },
        (error: unknown) => {
          if (!this.#closing) for (const job of [...this.#jobs]) job.fail(error);
        },
      );
    }
  }

  /** Fills every worker up to its number of texts in flight, the least busy first. */
  #feed(): void {
    for (;;) {
      const job = this.#jobs.find(({ next, request }) => next < request.texts.length);
      const worker = this.#leastBusy();
      if (job === undefined || worker === undefined) return;
      this.#send(job, worker);
    }
  }

  #leastBusy(): InferenceWorker | undefined {
    let best: InferenceWorker | undefined;
    for (const worker of this.#workers) {
      if (worker.inFlight < TEXTS_IN_FLIGHT && worker.inFlight < (best?.inFlight ?? TEXTS_IN_FLIGHT))
        best = worker;
    }
    return best;
  }

  #send(job: Job, worker: InferenceWorker): void {
    const { texts, onVector } = job.request;
    const index = this.#takeFrom(job);
    if (index === undefined) {
      this.#finishIfDone(job);
      return;
    }
    job.underWay++;
    worker.embed({
      ids: [this.#parts.tokenizer.encode(texts[index]!)],
      done: (vector) => {
        // A request that failed elsewhere is over for its caller.
        if (!this.#jobs.includes(job)) return;
        onVector({ index, vector, modelId: this.#parts.model.id });
        job.underWay--;
        this.#finishIfDone(job);
        this.#feed();
      },
      failed: job.fail,
    });
  }

  /** The next text of a job that is still wanted; undefined when it has no more. */
  #takeFrom(job: Job): number | undefined {
    const { texts, isStillWanted } = job.request;
    while (job.next < texts.length) {
      const index = job.next++;
      if (isStillWanted === undefined || isStillWanted(index)) return index;
    }
    return undefined;
  }

  #finishIfDone(job: Job): void {
    if (job.underWay === 0 && job.next >= job.request.texts.length) job.settle();
  }

  #drop(job: Job): void {
    job.next = job.request.texts.length;
    const place = this.#jobs.indexOf(job);
    if (place >= 0) this.#jobs.splice(place, 1);
  }
}

/** One worker thread and the texts it has in flight. */
class InferenceWorker {
  readonly #thread = new Worker(programFile("src/embedding/inference/worker.ts"));
  readonly #groups = new Map<number, Group>();
  readonly #loaded = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  #lastGroup = 0;
  #closing = false;
  #failure: AmalfaError | undefined;

  constructor() {
    this.#loaded.promise.catch(() => {});
    this.#thread.onmessage = (event: MessageEvent<FromWorker>) => this.#receive(event.data);
    this.#thread.onmessageerror = () => this.#fail("an answer could not be read");
    this.#thread.onerror = (event: ErrorEvent) => {
      event.preventDefault();
      this.#fail(event.message);
    };
    this.#thread.addEventListener("close", () => {
      this.#fail("the worker ended");
      this.#gone.resolve();
    });
  }

  get inFlight(): number {
    return this.#groups.size;
  }

  async load(message: LoadMessage): Promise<void> {
    this.#post(message);
    await this.#loaded.promise;
  }

  embed(group: Group): void {
    if (this.#failure !== undefined || this.#closing) {
      group.failed(this.#failure ?? failureOf("it is being closed"));
      return;
    }
    const number = ++this.#lastGroup;
    this.#groups.set(number, group);
    this.#post({ kind: "embed", group: number, ids: group.ids });
  }

  /** Ends the thread, once its session is released where it still answers. */
  async close(): Promise<void> {
    if (this.#failure === undefined && !this.#closing) this.#post({ kind: "close" });
    this.#closing = true;
    await this.#gone.promise;
  }

  #post(message: ToWorker): void {
    this.#thread.postMessage(message);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "loaded":
        this.#loaded.resolve();
        break;
      case "embedded":
        this.#finish(message.group, message.vectors);
        break;
      case "failed":
        this.#fail(message.message);
        break;
      case "closed":
        this.#thread.terminate();
        break;
    }
  }

  #finish(number: number, vectors: Float32Array): void {
    const group = this.#groups.get(number);
    this.#groups.delete(number);
    try {
      group?.done(vectors);
    } catch (error) {
      group?.failed(error);
    }
  }

  #fail(reason: string): void {
    this.#failure ??= failureOf(reason);
    this.#loaded.reject(this.#failure);
    const groups = [...this.#groups.values()];
    this.#groups.clear();
    for (const group of groups) group.failed(this.#failure);
    this.#thread.terminate();
  }
}

function failureOf(reason: string): AmalfaError {
  return new AmalfaError("embedding.worker", `An inference worker failed: ${reason}.`);
}
