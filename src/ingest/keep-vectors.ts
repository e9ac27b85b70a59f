/**
 * Before a graph moves to another model: its vectors are put into the vector cache, as far as they are not there
 * (somebody may have emptied it), so that going back computes nothing.
 *
 * Each goes under its own key and the id of the model that made it (I9), and only if its checksum and its length are
 * right; whatever is wrong with the cache costs a recomputation on the day that somebody goes back (I8).
 */
import type { Database } from "bun:sqlite";
import { isNormalised, VectorCache } from "../embedding/cache/index.ts";
import { storedChecksum } from "../graph/write/index.ts";
import type { Project } from "../project/index.ts";

/** Chunks at a time. */
const BATCH = 512;

interface StoredRow {
  readonly key: unknown;
  readonly vector: unknown;
  readonly checksum: unknown;
}

/** @param model the id of the model that made the graph. Never throws. */
export function keepVectors(db: Database, { paths }: Project, model: string): void {
  try {
    const rows = db
      .query<StoredRow, []>(
        "SELECT c.key, v.vector, v.checksum FROM chunks c JOIN vectors v ON v.chunk = c.id",
      )
      .iterate();
    let cache: VectorCache | undefined;
    try {
      let batch = new Map<string, Float32Array>();
      for (const row of rows) {
        const { key, vector } = row;
        if (!isWhole(row) || typeof key !== "string" || !(vector instanceof Uint8Array)) continue;
        batch.set(key, new Float32Array(vector.slice().buffer));
        cache ??= opened(paths.vectorCache, model, vector.byteLength / 4);
        if (batch.size < BATCH) continue;
        keep(cache, batch, model);
        batch = new Map();
      }
      if (cache !== undefined) keep(cache, batch, model);
    } finally {
      cache?.close();
    }
  } catch {
    // The vectors of the old model are computed again, should anybody want them.
  }
}

function isWhole({ key, vector, checksum }: StoredRow): boolean {
  if (typeof key !== "string" || !(vector instanceof Uint8Array) || vector.byteLength % 4 !== 0) return false;
  return storedChecksum(key, vector) === checksum && isNormalised(new Float32Array(vector.slice().buffer));
}

function opened(path: string, modelId: string, dimensions: number): VectorCache {
  return VectorCache.open(path, { dimensions, modelId, onWarning: () => {} });
}

function keep(cache: VectorCache, batch: ReadonlyMap<string, Float32Array>, model: string): void {
  const keys = [...batch.keys()];
  const known = cache.read(keys);
  const missing = keys.flatMap((key, place) =>
    known[place] === undefined ? [{ key, vector: batch.get(key)! }] : [],
  );
  cache.put(missing, model);
}
