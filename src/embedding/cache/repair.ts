/** Which rows of a vector cache are malformed, whatever model they are of; and deleting them. */

import type { Database } from "bun:sqlite";
import { dimensionsOfId } from "../../project/index.ts";
import { closeInPlace, openToWrite, writeTransaction } from "../../sqlite/index.ts";
import { vectorOfRow } from "./row.ts";

/** A row as it lies in the table. */
export type CacheRow = readonly [key: string, vector: unknown, checksum: unknown, model: unknown];

/** True for a row that nobody can use. Of models whose id does not say, the dimensions are taken as found. */
export function isMalformedRow([key, vector, checksum, model]: CacheRow): boolean {
  const found = vector instanceof Uint8Array ? vector.byteLength / 4 : Number.NaN;
  const dimensions = dimensionsOfId(model) ?? found;
  return !/^[0-9a-f]{64}$/.test(key) || vectorOfRow(key, vector, checksum, dimensions) === undefined;
}

const BATCH = 500;

/**
 * Deletes those of the rows that are malformed still, in short transactions. Answers how many went.
 * Throws the driver's error.
 */
export function deleteMalformedRows(path: string, keys: readonly string[]): number {
  const db = openToWrite(path);
  try {
    let deleted = 0;
    for (let start = 0; start < keys.length; start += BATCH) {
      const batch = keys.slice(start, start + BATCH);
      deleted += writeTransaction(db, () => deleteBatch(db, batch));
    }
    return deleted;
  } finally {
    closeInPlace(db);
  }
}

function deleteBatch(db: Database, keys: readonly string[]): number {
  const columns = "SELECT rowid AS id, vector, checksum, model FROM cache";
  type Found = { id: number; vector: unknown; checksum: unknown; model: unknown };
  const byIndex = db.query<Found, [string]>(`${columns} WHERE key = ?`);
  // A key that is damaged itself is not what the index has.
  const byTable = db.query<Found, [string]>(`${columns} NOT INDEXED WHERE key = ?`);
  const remove = db.query<unknown, [number]>("DELETE FROM cache WHERE rowid = ?");
  let deleted = 0;
  for (const key of keys) {
    const indexed = byIndex.get(key);
    const found = indexed ?? byTable.get(key);
    if (found === null || !isMalformedRow([key, found.vector, found.checksum, found.model])) continue;
    // Otherwise SQLite finds on deleting that the row has no entry, and refuses.
    if (indexed === null) db.run("REINDEX cache");
    deleted += remove.run(found.id).changes;
  }
  return deleted;
}

/**
 * Builds the indexes of the cache again from its rows, which prove themselves. Throws the driver's error, as where two
 * rows have one key.
 */
export function rebuildCacheIndexes(path: string): void {
  const db = openToWrite(path);
  try {
    writeTransaction(db, () => db.run("REINDEX"));
  } finally {
    closeInPlace(db);
  }
}
