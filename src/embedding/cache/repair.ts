/** Which rows of a vector cache are malformed, whatever model they are of; and deleting them. */

import type { Database } from "bun:sqlite";
import { dimensionsOfId } from "../../project/index.ts";
import { closeInPlace, openToWrite, writeTransaction } from "../../sqlite/index.ts";
import { isKey, vectorOfRow } from "./row.ts";
import { openCacheToWrite } from "./schema.ts";

/** A row as it lies in the table. Its key is a text, where it is not damaged. */
export type CacheRow = readonly [key: unknown, vector: unknown, checksum: unknown, model: unknown];

export type RowFault = "malformed" | "mislabelled";

/**
 * What is wrong with a row: nobody can use it, or its vector is not of the model that it names, and is used all the
 * same, since a row is found by its key. Of models whose id does not say, the dimensions are taken as found.
 */
export function faultOfRow([key, vector, checksum, model]: CacheRow): RowFault | undefined {
  const found = vector instanceof Uint8Array ? vector.byteLength / 4 : Number.NaN;
  const isWhole = isKey(key) && Number.isInteger(found);
  if (!isWhole || vectorOfRow(key, vector, checksum, found) === undefined) return "malformed";
  return (dimensionsOfId(model) ?? found) === found ? undefined : "mislabelled";
}

export function isMalformedRow(row: CacheRow): boolean {
  return faultOfRow(row) !== undefined;
}

const BATCH = 500;
/** The least and the greatest number that a row can have. */
const LEAST = -(2n ** 63n);
const GREATEST = 2n ** 63n - 1n;

type Found = [id: string, key: unknown, vector: unknown, checksum: unknown, model: unknown];

/**
 * Deletes all rows with the fault, and answers how many those were. Looks through the table in batches, and deletes
 * in short transactions, between which others come to write and this process can be ended. Throws the driver's error.
 */
export async function deleteFaultyRows(path: string, fault: RowFault): Promise<number> {
  const db = openToWrite(path);
  try {
    // As text: a damaged number may be more than one here can hold.
    const query = db.query(
      `SELECT CAST(rowid AS TEXT), key, vector, checksum, model FROM cache WHERE rowid >= CAST(? AS INTEGER)
       ORDER BY rowid LIMIT ${BATCH}`,
    );
    let deleted = 0;
    let from = LEAST;
    while (from <= GREATEST) {
      const rows = query.values(`${from}`) as Found[];
      const last = rows.at(-1)?.[0];
      if (last === undefined) break;
      // In a damaged table the search for the next rows could lead back for ever.
      if (BigInt(last) < from) throw new Error("its rows are not in the order of their numbers");
      from = BigInt(last) + 1n;
      const ids = rows.filter(([, ...row]) => faultOfRow(row) === fault).map(([id]) => id);
      if (ids.length > 0) deleted += writeTransaction(db, () => deleteBatch(db, ids, fault));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return deleted;
  } finally {
    closeInPlace(db);
  }
}

function deleteBatch(db: Database, ids: readonly string[], fault: RowFault): number {
  const row = db.query("SELECT key, vector, checksum, model FROM cache WHERE rowid = CAST(? AS INTEGER)");
  // The sign keeps SQLite from finding the row by its number, past the index.
  const byKey = db.query("SELECT 1 FROM cache WHERE key IS ? AND +rowid = CAST(? AS INTEGER)");
  const remove = db.query<unknown, [string]>("DELETE FROM cache WHERE rowid = CAST(? AS INTEGER)");
  let deleted = 0;
  for (const id of ids) {
    const [found] = row.values(id);
    if (found === undefined || faultOfRow(found as [unknown, unknown, unknown, unknown]) !== fault) continue;
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
