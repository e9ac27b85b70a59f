/**
 * The embedder of a server: opened at the first query, kept warm between queries, and released after a while without any, so that an idle
 * server does not hold a model in memory.
 */
import type { Embedder } from "../embedding/embedder.ts";
import { interrupted } from "../errors.ts";

const RELEASE_AFTER_MS = 5 * 60_000;

export class QueryEmbedder implements AsyncDisposable {
  readonly #open: () => Promise<Embedder>;
  readonly #releaseAfterMs: number;
  #embedder: Promise<Embedder> | undefined;
  #timer: Timer | undefined;
  #inUse = 0;
  #closed = false;

  constructor(open: () => Promise<Embedder>, releaseAfterMs: number = RELEASE_AFTER_MS) {
    this.#open = open;
    this.#releaseAfterMs = releaseAfterMs;
  }

  /** Runs `work` with the embedder, which stays open at least until it is done. */
  async use<T>(work: (embedder: Embedder) => Promise<T>): Promise<T> {
    if (this.#closed) throw interrupted("Embedding");
    clearTimeout(this.#timer);
    this.#inUse++;
    try {
      this.#embedder ??= this.#open();
      return await work(await this.#embedder);
    } catch (error) {
      // One that could not be opened is opened anew next time.
      this.#embedder?.catch(() => {
        this.#embedder = undefined;
      });
      throw error;
    } finally {
      this.#inUse--;
      if (this.#inUse === 0) this.#releaseLater();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#release();
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
