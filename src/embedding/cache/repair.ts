/** Which rows of a vector cache are malformed, whatever model they are of; and deleting them. */

import type { Database } from "bun:sqlite";
import { dimensionsOfId } from "../../project/index.ts";
import { closeInPlace, openToWrite, writeTransaction } from "../../sqlite/index.ts";
import { isKey, vectorOfRow } from "./row.ts";
import { openCacheToWrite } from "./schema.ts";

/** A row as it lies in the table. Its key is a text, where it is not damaged. */
export type CacheRow = readonly [key: unknown, vector: unknown, checksum: unknown, model: unknown];

/**
 * What is wrong with a row: nobody can use it, or its vector is not of the model that it names, and is used all the
 * same, since a row is found by its key. Of models whose id does not say, the dimensions are taken as found.
 */
export function faultOfRow([key, vector, checksum, model]: CacheRow):
  | "malformed"
  | "mislabelled"
  | undefined {
  const found = vector instanceof Uint8Array ? vector.byteLength / 4 : Number.NaN;
  const isWhole = isKey(key) && Number.isInteger(found);
  if (!isWhole || vectorOfRow(key, vector, checksum, found) === undefined) return "malformed";
  return (dimensionsOfId(model) ?? found) === found ? undefined : "mislabelled";
}

export function isMalformedRow(row: CacheRow): boolean {
  return faultOfRow(row) !== undefined;
}

const BATCH = 500;

/**
 * Deletes those of the rows that are malformed still, in short transactions. Answers how many went.
 * Throws the driver's error.
 *
 * @param ids numbers of rows, as SQL writes them: a key may be what is damaged, and no key at all
 */
export function deleteMalformedRows(path: string, ids: readonly string[]): number {
  const db = openToWrite(path);
  try {
    let deleted = 0;
    for (let start = 0; start < ids.length; start += BATCH) {
      const batch = ids.slice(start, start + BATCH);
      deleted += writeTransaction(db, () => deleteBatch(db, batch));
    }
    return deleted;
  } finally {
    closeInPlace(db);
  }
}

function deleteBatch(db: Database, ids: readonly string[]): number {
  const row = db.query("SELECT key, vector, checksum, model FROM cache WHERE rowid = CAST(? AS INTEGER)");
  // The sign keeps SQLite from finding the row by its number, past the index.
  const byKey = db.query("SELECT 1 FROM cache WHERE key IS ? AND +rowid = CAST(? AS INTEGER)");
  const remove = db.query<unknown, [string]>("DELETE FROM cache WHERE rowid = CAST(? AS INTEGER)");
  let deleted = 0;
  for (const id of ids) {
    const [found] = row.values(id);
    if (found === undefined || !isMalformedRow(found as [unknown, unknown, unknown, unknown])) continue;
    // A key that is damaged itself is not what the index has: SQLite finds on deleting that the row has no entry, and
    // refuses.
    if (byKey.get(found[0] ?? null, id) === null) db.run("REINDEX cache");
    deleted += remove.run(id).changes;
  }
  return deleted;
}

/**
 * Builds the indexes of the cache again from its rows, which prove themselves, and makes what else is missing beside
 * them. Throws the driver's error, as where two rows have one key, and `UnknownCacheSchema`.
 */
export function rebuildCacheIndexes(path: string): void {
  const db = openCacheToWrite(path);
  try {
    writeTransaction(db, () => db.run("REINDEX"));
  } finally {
    closeInPlace(db);
  }
}
