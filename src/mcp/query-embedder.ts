/**
 * The embedder of a server: opened at the first query, kept warm between queries, and released after a while without any, so that an idle
 * server does not hold a model in memory.
 */
import type { Embedder } from "../embedding/index.ts";
import { interrupted } from "../system/index.ts";

const RELEASE_AFTER_MS = 5 * 60_000;

export class QueryEmbedder implements AsyncDisposable {
  readonly #open: () => Promise<Embedder>;
  readonly #releaseAfterMs: number;
  #embedder: Promise<Embedder> | undefined;
  #timer: Timer | undefined;
  readonly #uses = new Set<Promise<unknown>>();
  #closed = false;

  constructor(open: () => Promise<Embedder>, releaseAfterMs: number = RELEASE_AFTER_MS) {
    this.#open = open;
    this.#releaseAfterMs = releaseAfterMs;
  }

  /** Runs `work` with the embedder, which stays open at least until it is done. */
  async use<T>(work: (embedder: Embedder) => Promise<T>): Promise<T> {
    if (this.#closed) throw interrupted("Embedding");
    clearTimeout(this.#timer);
    const use = this.#run(work);
    this.#uses.add(use);
    try {
      return await use;
    } finally {
      this.#uses.delete(use);
      if (this.#uses.size === 0) this.#releaseLater();
    }
  }

  async #run<T>(work: (embedder: Embedder) => Promise<T>): Promise<T> {
    try {
      this.#embedder ??= this.#open();
      const embedder = await this.#embedder;
      if (this.#closed) throw interrupted("Embedding");
      return await work(embedder);
    } catch (error) {
      // One that could not be opened is opened anew next time.
      this.#embedder?.catch(() => {
        this.#embedder = undefined;
      });
      throw error;
    }
  }

  /**
   * Resolves once nothing is computed any more: a worker that is ended while it loads or computes takes the process with it. What is under
   * way is cut short, but a use that was just about to ask starts workers anew, which then are closed as well.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const embedder = await this.#embedder?.catch(() => undefined);
    await embedder?.close();
    if (this.#uses.size > 0) {
      await Promise.allSettled(this.#uses);
      await embedder?.close();
    }
    this.#embedder = undefined;
  }

  #releaseLater(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#release(), this.#releaseAfterMs);
    this.#timer.unref();
  }

  async #release(): Promise<void> {
    const embedder = this.#embedder;
    this.#embedder = undefined;
    await (await embedder?.catch(() => undefined))?.close();
  }
}
