/**
 * When to collect garbage. On a machine with much memory the engine lets hundreds of megabytes of spent vectors and
 * texts pile up before it collects by itself, so that memory would grow with the number of documents; but a
 * collection takes as long as dozens of documents, and whoever needs little memory had better have none.
 */

/** Up to here the process may grow as it likes. With a model loaded it is about that large from the beginning. */
const UNHINDERED_BYTES = 224 * 2 ** 20;
/** Beyond, so much growth is worth a collection. */
const GROWTH_BYTES = 8 * 2 ** 20;

/** For one thread: each has a heap of its own, and all of them share what the process may take. */
export class GarbageWatch {
  #limit = UNHINDERED_BYTES;

  /** Collects if the process has grown too much. Costs microseconds when it has not. */
  check(): void {
    if (process.memoryUsage.rss() <= this.#limit) return;
    Bun.gc(true);
    this.#limit = Math.max(UNHINDERED_BYTES, process.memoryUsage.rss() + GROWTH_BYTES);
  }
}
