/** Which vectors a graph needs, by their cache keys. */
import { openGraphToRead } from "./open.ts";

/**
 * Cache keys of the graph's chunks. Each is cut to 52 bits, to save memory. Among a million keys the chance that two
 * become alike is one in 9,000; all that follows is that a row of the cache is kept that nothing needs.
 */
export class ChunkKeys {
  readonly #keys = new Set<number>();

  /** Throws `database.*`. */
  constructor(databasePath: string) {
    using graph = openGraphToRead(databasePath).db;
    for (const { key } of graph.query<{ key: string }, []>("SELECT key FROM chunks").iterate())
      this.#keys.add(shortened(key));
  }

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(shortened(key));
  }
}

function shortened(key: string): number {
  return Number.parseInt(key.slice(0, 13), 16);
}
