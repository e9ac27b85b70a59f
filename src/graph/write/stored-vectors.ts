/**
 * Vectors that the graph holds, by the key of the text that they were made from: what a vector cache that was lost
 * can be filled with.
 *
 * A vector is handed out only when its checksum, which covers the key, is right: damage must not leave the graph
 * under a valid key. A graph that cannot be read gives none; whoever needs the graph itself finds that out.
 */
import type { Database } from "bun:sqlite";
import { seedOfText, vectorChecksum } from "../../system/index.ts";

/** The checksum of a row of `vectors`, which covers all of the chunk's key. */
export function storedChecksum(key: string, vector: Uint8Array): number {
  return vectorChecksum(vector, seedOfText(key));
}

/** Whose vectors are looked through: those of these documents, or of all. */
export type SeedScope = "all documents" | readonly string[];

export class StoredVectors {
  readonly #db: Database;
  readonly #scope: SeedScope;
  #state: "new" | "indexed" | "unusable" = "new";

  /** Costs nothing until something is looked for. */
  constructor(db: Database, scope: SeedScope) {
    this.#db = db;
    this.#scope = scope;
  }

  /** The vectors of those keys that the graph has. */
  find(keys: readonly string[]): Map<string, Float32Array> {
    const vectors = new Map<string, Float32Array>();
    if (this.#state === "unusable") return vectors;
    try {
      this.#index();
      const rows = this.#db
        .query(
          `SELECT k.key, v.vector, v.checksum FROM json_each(?) AS wanted
           CROSS JOIN temp.stored_keys k ON k.key = wanted.value CROSS JOIN vectors v ON v.chunk = k.chunk`,
        )
        .values(JSON.stringify(keys)) as [string, unknown, unknown][];
      for (const [key, vector, checksum] of rows) {
        if (!(vector instanceof Uint8Array) || storedChecksum(key, vector) !== checksum) continue;
        vectors.set(key, new Float32Array(vector.slice().buffer));
      }
    } catch {
      this.#state = "unusable";
      vectors.clear();
    }
    return vectors;
  }

  /** The graph has no index by key: nobody else asks that way. */
  #index(): void {
    if (this.#state === "indexed") return;
    const some = this.#scope !== "all documents";
    this.#db.run("CREATE TEMP TABLE stored_keys (key TEXT PRIMARY KEY, chunk INTEGER) WITHOUT ROWID");
    this.#db
      .query(
        `INSERT OR IGNORE INTO temp.stored_keys SELECT key, id FROM chunks
         ${some ? "WHERE node IN (SELECT value FROM json_each(?))" : "WHERE ? IS NOT NULL"}`,
      )
      .run(some ? JSON.stringify(this.#scope) : "");
    this.#state = "indexed";
  }
}
