/**
 * Which rows of the vector cache go, the least recently used ones first. A plan is a list of rows; a dry run shows it and the real run
 * carries out the same one.
 */
import type { Database } from "bun:sqlite";
import { readPragma } from "../sqlite/pragma.ts";

/** Stamps further in the future than any clock's error are wrong, and would keep a row for good. */
const CLOCK_ERROR_MS = 24 * 60 * 60 * 1000;

export interface CacheUse {
  readonly entries: number;
  /** Bytes of the pages in use; free pages inside the file do not count. */
  readonly bytes: number;
}

export function readCacheUse(db: Database): CacheUse {
  const [entries] = db.query("SELECT count(*) FROM cache").values()[0] as [number];
  return { entries, bytes: usedBytes(db) };
}

/** Bytes of the pages in use. Takes microseconds, whatever the size. */
export function usedBytes(db: Database): number {
  return (readPragma(db, "page_count") - readPragma(db, "freelist_count")) * readPragma(db, "page_size");
}

/** Which rows may go. What is given narrows the choice; with nothing given all rows may. */
export interface EvictionCriteria {
  /** Only as many rows, the least recently used first, as bring the cache down to this size in bytes. */
  readonly targetBytes?: number | undefined;
  /** Only rows last used before this time; milliseconds since the epoch. */
  readonly unusedSince?: number | undefined;
  /** Only rows of this model id. */
  readonly model?: string | undefined;
  /** Rows for which this answers false stay. */
  readonly mayGo?: ((key: string) => boolean) | undefined;
  /** The present; milliseconds since the epoch. */
  readonly now?: number | undefined;
}

export interface EvictionPlan {
  /** The rows by number, and the stamp each had, as SQL writes it: a damaged one may be of any type, or more than a number here can hold. */
  readonly rows: readonly (readonly [id: number, lastUsed: string])[];
  /** What the cache held when the plan was made. */
  readonly before: CacheUse;
  /** What the rows take, judged by the average row. */
  readonly bytes: number;
  /** SQLite's `data_version` before the plan was made: another one tells that somebody else has written since. */
  readonly version: number;
}

/** Decides which rows go. Reads only. */
export function planEviction(db: Database, criteria: EvictionCriteria): EvictionPlan {
  const version = readPragma(db, "data_version");
  const before = readCacheUse(db);
  const average = before.entries === 0 ? 0 : before.bytes / before.entries;
  const excess = criteria.targetBytes === undefined ? before.bytes : before.bytes - criteria.targetBytes;
  const limit = criteria.targetBytes === undefined ? before.entries : Math.ceil(excess / average);
  const rows = before.entries === 0 || excess <= 0 ? [] : leastRecentlyUsed(db, criteria, limit);
  return { rows, before, bytes: Math.round(rows.length * average), version };
}

function leastRecentlyUsed(
  db: Database,
  { unusedSince, model, mayGo, now = Date.now() }: EvictionCriteria,
  limit: number,
): (readonly [number, string])[] {
  const latest = now + CLOCK_ERROR_MS;
  const rows: (readonly [number, string])[] = [];
  const key = mayGo === undefined ? "" : ", key";
  const ofModel = model === undefined ? "" : " AND model IS $model";
  const bound = Math.min(unusedSince ?? Number.POSITIVE_INFINITY, latest + 1);
  // Two questions, each answered in the order of the index. A stamp from the future says nothing of how old a row is.
  const stampless = `(last_used IS NULL OR last_used < ${bound})`;
  for (const stamps of unusedSince === undefined ? [`last_used > ${latest}`, stampless] : [stampless]) {
    const sql = `SELECT rowid AS id, quote(last_used) AS stamp${key} FROM cache WHERE ${stamps}${ofModel} ORDER BY last_used`;
    const query = db.prepare<{ id: number; stamp: string; key?: string }, [{ model?: string }]>(sql);
    try {
      for (const row of query.iterate(model === undefined ? {} : { model })) {
        if (rows.length >= limit) return rows;
        if (mayGo === undefined || mayGo(String(row.key))) rows.push([row.id, row.stamp]);
      }
    } finally {
      query.finalize();
    }
  }
  return rows;
}
