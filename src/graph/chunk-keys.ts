/** Which vectors a graph needs, by their cache keys. */
import { openGraphToRead } from "./open.ts";

/**
 * Keys of the graph's chunks, each shortened to 52 bits: two of a million coincide in one case of 9,000, and then a
 * row that nothing needs counts as needed.
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
