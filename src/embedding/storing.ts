/** Finished vectors on their way into the vector cache: stored some at a time, and soon, since other processes may be waiting to find them. */
import type { VectorCache, VectorRow } from "./vector-cache.ts";

/** Vectors that wait to be stored, at most, and for how long, in milliseconds. */
const STORE_BATCH = 256;
const STORE_AFTER_MS = 100;
/** Puts finished vectors into the cache, some at a time, and the rest when disposed of. */
export class Storing implements Disposable {
  readonly #cache: VectorCache;
  readonly #modelId: string;
  #rows: VectorRow[] = [];
  #since = performance.now();

  constructor(cache: VectorCache, modelId: string) {
    this.#cache = cache;
    this.#modelId = modelId;
  }

  add(row: VectorRow): void {
    this.#rows.push(row);
    if (this.#rows.length >= STORE_BATCH || performance.now() - this.#since >= STORE_AFTER_MS) this.#store();
  }

  [Symbol.dispose](): void {
    this.#store();
  }

  #store(): void {
    const rows = this.#rows;
    this.#rows = [];
    this.#since = performance.now();
    this.#cache.put(rows, this.#modelId);
  }
}
