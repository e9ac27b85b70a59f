/**
 * The read workers: processes that answer from the graph, each with connections of its own.
 *
 * - This thread only passes messages on, so that it never blocks.
 * - A worker that dies, by whatever means, takes no answer with it: what it had under way is asked of another one,
 *   once; what changes files is not asked again, and fails.
 * - One that does not answer in time is ended, which a thread could not be.
 * - A worker of another program, which was installed while this one runs, is none: the two may not understand each
 *   other. Those that run go on, and when the last one has ended the server has to.
 * - Further workers are started when there is more to do than those that run can take.
 */
import { messageOf, settledWithin, systemErrorCode } from "../../system/index.ts";
import type { Ask } from "../asks.ts";
import { INTERNAL_ERROR, INVALID_PARAMS, RequestError } from "../request-error.ts";
import type { FromWorker, Terms, ToWorker } from "./messages.ts";
import { SharedWalks } from "./shared-walks.ts";
import { FairQueue } from "./waiting.ts";
import type { WorkerHandle } from "./worker-process.ts";

export interface PoolOptions {
  /** Workers at most. */
  readonly size: number;
  /** Requests that may wait; what comes beyond is refused. */
  readonly mostWaiting: number;
  /** How long a worker may take for an answer, in milliseconds. */
  readonly answerWithinMs: number;
  /** The program that workers have to be. */
  readonly program: string;
  readonly start: (onMessage: (message: FromWorker) => void) => WorkerHandle;
  /** Computes vectors for a worker. */
  readonly embed: (
    request: Extract<FromWorker, { kind: "embed" }>,
  ) => Promise<{ readonly modelId: string; readonly vectors: readonly Float32Array[] }>;
  readonly onWarning: (message: string) => void;
}

export interface Request {
  /** Who asks: clients take turns. */
  readonly client: string;
  /** The project that is asked about. */
  readonly root: string;
  readonly terms: Terms;
  readonly ask: Ask;
  /** How many walks had begun when it came, where that was before now. */
  readonly came?: number | undefined;
  /** Whether it may be asked a second time, of another worker, when the first one dies. */
  readonly again: boolean;
  /** How long the answer may take, in milliseconds, where that is not as usual. */
  readonly withinMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Told where the queue is full. */
export class Overloaded extends RequestError {
  constructor() {
    super(INTERNAL_ERROR, "The server has too much to do. Try again in a second.");
  }
}

/** What a worker has under way: more than one, since some wait for vectors or for the disk. */
const PER_WORKER = 4;
/** After so many deaths of workers without a single answer between them, whoever waits is told. */
const MOST_DEATHS = 5;
/** A worker that has not ended within this is killed. */
const END_WITHIN_MS = 1_000;
const LONGEST_PAUSE_MS = 5_000;

interface Job {
  readonly request: Request;
  readonly came: number;
  tries: number;
  readonly settle: (outcome: { value: unknown } | { error: Error }) => void;
}

interface Worker {
  readonly handle: WorkerHandle;
  readonly jobs: Map<number, { readonly job: Job; readonly timer: Timer }>;
  isReady: boolean;
}

export class ReadWorkers {
  readonly #options: PoolOptions;
  readonly #waiting: FairQueue<Job>;
  readonly #workers = new Set<Worker>();
  readonly walks = new SharedWalks();
  #nextId = 1;
  #deaths = 0;
  #replaced = 0;
  #isPausing = false;
  #isOver = false;
  #isOutdated = false;
  readonly #noneLeft = Promise.withResolvers<void>();
  #firstReady = Promise.withResolvers<void>();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#waiting = new FairQueue(options.mostWaiting);
    this.#firstReady.promise.catch(() => {});
    this.#startWorker();
  }

  /** Resolves once a worker can answer. */
  get ready(): Promise<void> {
    return this.#firstReady.promise;
  }

  /** Resolves once no worker is left, and all that could be started are of another program. */
  get outdated(): Promise<void> {
    return this.#noneLeft.promise;
  }

  figures() {
    const workers = [...this.#workers];
    return {
      workers: workers.length,
      ready: workers.filter(({ isReady }) => isReady).length,
      waiting: this.#waiting.length,
      underWay: workers.reduce((sum, { jobs }) => sum + jobs.size, 0),
      replaced: this.#replaced,
      pids: workers.map(({ handle }) => handle.pid),
    };
  }

  /** Rejects with `Overloaded`, with the protocol error that the answer is, or where a worker is lost. */
  ask(request: Request): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#isOver) return Promise.reject(lost("The server is ending."));
    const job: Job = {
      request,
      came: request.came ?? this.walks.begun,
      tries: 0,
      settle: (outcome) => ("value" in outcome ? resolve(outcome.value) : reject(outcome.error)),
    };
    this.#waiting.add(request.client, job)?.settle({ error: new Overloaded() });
    const give = () => {
      if (this.#waiting.remove(request.client, job)) job.settle({ error: lost("Nobody waits for it.") });
    };
    request.signal?.addEventListener("abort", give, { once: true });
    this.#giveOut();
    return promise.finally(() => request.signal?.removeEventListener("abort", give));
  }

  /** Resolves once nothing waits or is under way, or after some time. */
  async finished(withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (performance.now() < until) {
      const { waiting, underWay } = this.figures();
      if (waiting + underWay === 0) return;
      await Bun.sleep(20);
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#tellWaiting("The server is ending.");
    const workers = [...this.#workers];
    for (const { handle } of workers) handle.end();
    const ended = Promise.all(workers.map(({ handle }) => handle.exited));
    await settledWithin(ended, END_WITHIN_MS);
    for (const { handle } of this.#workers) handle.kill();
  }

  #giveOut(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#freest();
      const job = worker === undefined ? undefined : this.#waiting.take();
      if (worker === undefined || job === undefined) {
        this.#startWorker();
        return;
      }
      this.#give(worker, job);
    }
  }

  #freest(): Worker | undefined {
    const free = [...this.#workers].filter(({ isReady, jobs }) => isReady && jobs.size < PER_WORKER);
    const isGrowing = this.#workers.size < this.#options.size;
    // Rather one more worker than a second request to one that is busy.
    const [best] = free.sort((a, b) => a.jobs.size - b.jobs.size);
    if (best !== undefined && best.jobs.size > 0 && isGrowing) this.#startWorker();
    return best;
  }

  #give(worker: Worker, job: Job): void {
    const id = this.#nextId++;
    job.tries++;
    const withinMs = job.request.withinMs ?? this.#options.answerWithinMs;
    const timer = setTimeout(() => this.#tooLate(worker, id, withinMs), withinMs);
    worker.jobs.set(id, { job, timer });
    const { came, request } = job;
    const { root, terms, ask } = request;
    try {
      worker.handle.send({ kind: "ask", id, root, terms, ask, came });
    } catch (error) {
      // It is about to be known as dead, and its requests are given to another one.
      if (systemErrorCode(error)?.startsWith("ERR_IPC")) return;
      // No worker can be sent it, and this one has not even seen it.
      const refused = new RequestError(
        INVALID_PARAMS,
        `The request cannot be passed on: ${messageOf(error)}`,
      );
      this.#settle(worker, id, { error: refused });
    }
  }

  #tooLate(worker: Worker, id: number, withinMs: number): void {
    const seconds = Math.round(withinMs / 1_000);
    this.#options.onWarning(`a worker has not answered within ${seconds} s and is ended`);
    this.#settle(worker, id, { error: lost(`There was no answer within ${seconds} s.`) });
    worker.handle.kill();
  }

  #settle(worker: Worker, id: number, outcome: { value: unknown } | { error: Error }): void {
    const found = worker.jobs.get(id);
    if (found === undefined) return;
    worker.jobs.delete(id);
    clearTimeout(found.timer);
    found.job.settle(outcome);
  }

  #startWorker(): void {
    const isFull = this.#workers.size >= this.#options.size;
    if (this.#isOver || this.#isOutdated || this.#isPausing || isFull) return;
    // One at a time: those that start take the processor from those that answer.
    if ([...this.#workers].some(({ isReady }) => !isReady)) return;
    const handle = this.#options.start((message) => this.#receive(worker, message));
    const worker: Worker = { handle, jobs: new Map(), isReady: false };
    this.#workers.add(worker);
    void handle.exited.then(() => this.#died(worker));
  }

  #receive(worker: Worker, message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        if (message.program !== this.#options.program) this.#refuse(worker);
        else {
          worker.isReady = true;
          this.#firstReady.resolve();
        }
        break;
      case "answer":
        this.#deaths = 0;
        this.#settle(worker, message.id, { value: message.value });
        break;
      case "failure": {
        this.#deaths = 0;
        const { code, message: text, data } = message.error;
        this.#settle(worker, message.id, { error: new RequestError(code, text, data) });
        break;
      }
      case "embed":
        void this.#embed(worker, message);
        break;
      case "turn":
        this.walks.ask(worker.handle, message);
        return;
      case "walked":
        this.walks.ended(message);
        return;
      case "warning":
        this.#options.onWarning(message.message);
        break;
    }
    this.#giveOut();
  }

  /** Where no worker is left, what the server ends with says it. */
  #refuse({ handle }: Worker): void {
    if (!this.#isOutdated && [...this.#workers].some(({ isReady }) => isReady))
      this.#options.onWarning(
        "amalfa was installed anew since this server began: it goes on with the workers that it has; start it again",
      );
    this.#isOutdated = true;
    handle.kill();
  }

  async #embed(worker: Worker, request: Extract<FromWorker, { kind: "embed" }>): Promise<void> {
    const { id } = request;
    const answer = await this.#options.embed(request).then(
      ({ modelId, vectors }): ToWorker => ({ kind: "vectors", id, modelId, vectors }),
      (error: unknown): ToWorker => ({
        kind: "no vectors",
        id,
        message: error instanceof Error ? error.message : String(error),
      }),
    );
    if (this.#workers.has(worker)) worker.handle.send(answer);
  }

  #died(worker: Worker): void {
    this.#workers.delete(worker);
    this.walks.gone(worker.handle);
    const left = [...worker.jobs.values()];
    worker.jobs.clear();
    for (const { job, timer } of left) {
      clearTimeout(timer);
      const { request, tries } = job;
      if (this.#isOver || !request.again || tries > 1)
        job.settle({ error: lost("The worker that was to answer has ended.") });
      else this.#waiting.addAgain(request.client, job);
    }
    if (this.#isOver) return;
    if (this.#isOutdated) {
      this.#goOnWithout();
      return;
    }
    this.#replaced++;
    this.#deaths++;
    if (this.#deaths > MOST_DEATHS) this.#giveUp();
    this.#pause();
  }

  /** With the workers that are left, if any. */
  #goOnWithout(): void {
    if (this.#workers.size > 0) this.#giveOut();
    else {
      this.#isOver = true;
      this.#tellWaiting("The server is ending: amalfa was installed anew.");
      this.#noneLeft.resolve();
    }
  }

  /** Nobody waits for workers that cannot even start. */
  #giveUp(): void {
    this.#options.onWarning(`${this.#deaths} workers have ended one after the other without an answer`);
    this.#tellWaiting("No worker stays alive long enough to answer; the server's log says more.");
  }

  #tellWaiting(message: string): void {
    for (let job = this.#waiting.take(); job !== undefined; job = this.#waiting.take())
      job.settle({ error: lost(message) });
  }

  /** Whatever ends workers again and again is not met with as many processes as the machine can start. */
  #pause(): void {
    const milliseconds = this.#deaths <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, 50 * 2 ** this.#deaths);
    this.#isPausing = true;
    setTimeout(() => {
      this.#isPausing = false;
      if (this.#workers.size === 0) this.#startWorker();
      this.#giveOut();
    }, milliseconds);
  }
}

function lost(message: string): RequestError {
  return new RequestError(INTERNAL_ERROR, message);
}
