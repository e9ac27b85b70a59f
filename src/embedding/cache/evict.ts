/** The bounds of the vector cache, and keeping it within them. */

import type { Database } from "bun:sqlite";
import {
  closeInPlace,
  foldLogIn,
  logPages,
  openToWrite,
  readPragma,
  writeTransaction,
} from "../../sqlite/index.ts";

/** Part of the cap down to which rows go, so that the next few rows do not start it again. */
const LOW_WATER_MARK = 0.9;

/** The bounds of a cache. */
export interface CacheLimits {
  /** Beyond this size rows go. */
  readonly maxBytes: number;
  /** Rows unused for longer than this go; milliseconds. */
  readonly maxAgeMs?: number | undefined;
}

/** How long a run waits for more room than it needs, in milliseconds. */
const LOW_WATER_MS = 3_000;

/**
 * Keeps the cache within its limits, and answers how many rows went. Costs microseconds when it is. A very large
 * cache comes down to its cap in any case, and towards the low-water mark for some seconds.
 *
 * @param mayGo answers false for keys that this run has used.
 */
export function enforceLimits(
  db: Database,
  { maxBytes, maxAgeMs }: CacheLimits,
  mayGo?: (key: string) => boolean,
  now: number = Date.now(),
): number {
  let evicted = 0;
  if (maxAgeMs !== undefined && hasOlder(db, now - maxAgeMs)) {
    evicted += executeEviction(db, planEviction(db, { unusedSince: now - maxAgeMs, mayGo, now }));
  }
  if (usedBytes(db) <= maxBytes) return evicted;
  settleFutureStamps(db, now);
  const targetBytes = maxBytes * LOW_WATER_MARK;
  const deadline = performance.now() + LOW_WATER_MS;
  const isEnough = (): boolean => performance.now() >= deadline && usedBytes(db) <= maxBytes;
  return evicted + evictInRounds(db, () => planEviction(db, { targetBytes, mayGo, now }), { isEnough });
}

/**
 * Stamps from the future, of a clock that was wrong or of damage, become now: such rows are not the first to go,
 * since nobody knows that they are old, and do not stay for good either.
 */
function settleFutureStamps(db: Database, now: number): void {
  writeTransaction(db, () => {
    db.query("UPDATE cache SET last_used = ? WHERE last_used > ?").run(now, now + CLOCK_ERROR_MS);
  });
}

function hasOlder(db: Database, time: number): boolean {
  return db.query("SELECT 1 FROM cache WHERE last_used < ? LIMIT 1").get(time) !== null;
}

/**
 * Evicts rows when the cache at `path` uses more than `maxBytes`, and answers how many went. Throws the driver's
 * error.
 */
export function evictLeastRecentlyUsed(path: string, limits: CacheLimits): number {
  const db = openToWrite(path);
  try {
    return enforceLimits(db, limits);
  } finally {
    closeInPlace(db);
  }
}

/*
 * Which rows of the vector cache go, the least recently used ones first. A plan is a list of rows; a dry run shows it
 * and the real run carries out the same one.
 */

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
  /**
   * The rows by number, and the stamp each had, as SQL writes it: a damaged one may be of any type, or more than a
   * number here can hold.
   */
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
  // Two questions, each answered in the order of the index. A stamp from the future, of a clock that was wrong,
  // counts as now.
  const stampless = `(last_used IS NULL OR last_used < ${bound})`;
  for (const stamps of unusedSince === undefined ? [stampless, `last_used > ${latest}`] : [stampless]) {
    const sql = `SELECT rowid AS id, quote(last_used) AS stamp${key} FROM cache
      WHERE ${stamps}${ofModel} ORDER BY last_used`;
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

/*
 * Removing rows of the vector cache and giving their space back to the system.
 *
 * - Rows go in short transactions, so that other processes read all the time and wait little to write.
 * - A row that was used between plan and removal has another stamp by then, and stays.
 */

/**
 * Milliseconds a transaction may delete rows; its commit, which moves pages into the gaps, takes about as long again.
 * Other writers wait that long. Longer ones would write less in all, since the index by key has neighbours in time
 * far apart, but then the disk is busy for so long at a stretch that readers notice it.
 */
const TRANSACTION_MS = 50;
/** Rows between two looks at the clock. */
const STRIDE = 64;
/**
 * As many rows as go in one transaction when they are all: that drops whole pages, a million rows in about three
 * seconds.
 */
const MOST_AT_ONCE = 1_000_000;
/**
 * Pages of log before they are moved to the main file: more than the usual thousand, which would mean that after
 * every transaction.
 */
const CHECKPOINT_PAGES = 4_096;
/** Pages that the removal of a row writes to the log, at most. */
const LOG_PAGES_PER_ROW = 2;
const PAGE_CACHE_KIB = 64 * 1024;
const USUAL_PAGE_CACHE_KIB = 2 * 1024;

/** Plans carried out one after the other, at most. */
const ROUNDS = 8;

/**
 * Removes the planned rows and gives the space back. Answers how many rows went. Throws the driver's error; what went
 * until then is gone.
 */
export function executeEviction(db: Database, plan: EvictionPlan): number {
  return evictInRounds(db, () => plan, { rounds: 1 });
}

/**
 * The same, and plans again until nothing is left to do: pages that stay half empty make the average row, by which a
 * plan for a size is made, look larger than what its removal frees.
 */
export function evictInRounds(
  db: Database,
  plan: () => EvictionPlan,
  {
    rounds = ROUNDS,
    isEnough = () => false,
  }: {
    readonly rounds?: number;
    /** Asked after each transaction; what is left of the plan then stays. */
    readonly isEnough?: () => boolean;
  } = {},
): number {
  let next = plan();
  if (next.rows.length === 0) return 0;
  return whileShrinking(db, () => {
    let removed = 0;
    for (let round = 1; next.rows.length > 0; round++) {
      removed += removeEverything(db, next) ?? removeRows(db, next, isEnough);
      if (round === rounds || isEnough()) break;
      next = plan();
    }
    return removed;
  });
}

/**
 * Has each commit of `work` give the pages that it frees back to the system. SQLite can do that afterwards as well, a
 * few pages at a time, but then it looks for every one of them in the list of free pages, which takes ever longer the
 * more there are.
 *
 * A file that was not created for that keeps its size, and uses the pages for its next rows. A process that is killed
 * meanwhile leaves a file that shrinks at every commit, until the next eviction.
 */
function whileShrinking<T>(db: Database, work: () => T): T {
  const NONE = 0;
  const shrinks = readPragma(db, "auto_vacuum") !== NONE;
  const checkpointPages = readPragma(db, "wal_autocheckpoint");
  db.run(`PRAGMA wal_autocheckpoint = ${logPages(db, CHECKPOINT_PAGES)}`);
  db.run(`PRAGMA cache_size = -${PAGE_CACHE_KIB}`);
  if (shrinks) db.run("PRAGMA auto_vacuum = FULL");
  try {
    return work();
  } finally {
    // First, so that on a full disk the log gives its space back.
    foldLogIn(db);
    if (shrinks) db.run("PRAGMA auto_vacuum = INCREMENTAL");
    db.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    db.run(`PRAGMA cache_size = -${USUAL_PAGE_CACHE_KIB}`);
  }
}

/**
 * Where the plan is everything there is and nobody has written since it was made. Undefined, and nothing has changed,
 * where it is not.
 */
function removeEverything(db: Database, { rows, before, version }: EvictionPlan): number | undefined {
  if (rows.length < before.entries || rows.length > MOST_AT_ONCE) return undefined;
  return writeTransaction(db, () =>
    readPragma(db, "data_version") === version ? db.run("DELETE FROM cache").changes : undefined,
  );
}

function removeRows(db: Database, { rows }: EvictionPlan, isEnough: () => boolean): number {
  using statement = db.prepare<unknown, [number, string]>(
    "DELETE FROM cache WHERE rowid = ? AND quote(last_used) = ?",
  );
  const most = Math.floor(logPages(db, CHECKPOINT_PAGES) / LOG_PAGES_PER_ROW);
  const stride = Math.min(STRIDE, most);
  let next = 0;
  let removed = 0;
  while (next < rows.length) {
    removed += writeTransaction(db, () => {
      const start = performance.now();
      const end = Math.min(rows.length, next + most);
      let changes = 0;
      do {
        for (const [id, stamp] of rows.slice(next, next + stride))
          changes += statement.run(id, stamp).changes;
        next += stride;
      } while (next < end && performance.now() - start < TRANSACTION_MS);
      return changes;
    });
    if (isEnough()) break;
  }
  return removed;
}
