/**
 * Removing rows of the vector cache and giving their space back to the system.
 *
 * - Rows go in short transactions, so that other processes read all the time and wait little to write.
 * - A row that was used between plan and removal has another stamp by then, and stays.
 */
import type { Database } from "bun:sqlite";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { writeTransaction } from "../sqlite/open.ts";
import { readPragma } from "../sqlite/pragma.ts";
import type { EvictionPlan } from "./vector-cache-eviction.ts";

/**
 * Milliseconds a transaction may delete rows; its commit, which moves pages into the gaps, takes about as long again. Other writers wait that
 * long. Longer ones would write less in all, since the index by key has neighbours in time far apart, but then the disk is busy for so
 * long at a stretch that readers notice it.
 */
const TRANSACTION_MS = 50;
/** Rows between two looks at the clock. */
const STRIDE = 64;
/** As many rows as go in one transaction when they are all: that drops whole pages, a million rows in about three seconds. */
const MOST_AT_ONCE = 1_000_000;
/** Pages of log before they are moved to the main file: more than the usual thousand, which would mean that after every transaction. */
const CHECKPOINT_PAGES = 4_096;
/** Pages that the removal of a row writes to the log, at most. */
const LOG_PAGES_PER_ROW = 2;
/** Fewer would be a transaction for each row. */
const LEAST_LOG_PAGES = 8;
/** Part of the free space that the log may take: whoever makes a cache smaller may be short of it. */
const SHARE_OF_FREE_SPACE = 0.25;
const PAGE_CACHE_KIB = 64 * 1024;
const USUAL_PAGE_CACHE_KIB = 2 * 1024;

/** Plans carried out one after the other, at most. */
const ROUNDS = 8;

/** Removes the planned rows and gives the space back. Answers how many rows went. Throws the driver's error; what went until then is gone. */
export function executeEviction(db: Database, plan: EvictionPlan): number {
  return evictInRounds(db, () => plan, { rounds: 1 });
}

/**
 * The same, and plans again until nothing is left to do: pages that stay half empty make the average row, by which a plan for a size is made,
 * look larger than what its removal frees.
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
 * Has each commit of `work` give the pages that it frees back to the system. SQLite can do that afterwards as well, a few pages at a time,
 * but then it looks for every one of them in the list of free pages, which takes ever longer the more there are.
 *
 * A file that was not created for that keeps its size, and uses the pages for its next rows. A process that is killed meanwhile leaves a
 * file that shrinks at every commit, until the next eviction.
 */
function whileShrinking<T>(db: Database, work: () => T): T {
  const NONE = 0;
  const shrinks = readPragma(db, "auto_vacuum") !== NONE;
  const checkpointPages = readPragma(db, "wal_autocheckpoint");
  db.run(`PRAGMA wal_autocheckpoint = ${logPages(db)}`);
  db.run(`PRAGMA cache_size = -${PAGE_CACHE_KIB}`);
  if (shrinks) db.run("PRAGMA auto_vacuum = FULL");
  try {
    return work();
  } finally {
    // First, so that on a full disk the log gives its space back.
    checkpoint(db);
    if (shrinks) db.run("PRAGMA auto_vacuum = INCREMENTAL");
    db.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    db.run(`PRAGMA cache_size = -${USUAL_PAGE_CACHE_KIB}`);
  }
}

function logPages(db: Database): number {
  const { bavail, bsize } = statfsSync(dirname(db.filename));
  const room = (bavail * bsize * SHARE_OF_FREE_SPACE) / readPragma(db, "page_size");
  return Math.floor(Math.min(CHECKPOINT_PAGES, Math.max(LEAST_LOG_PAGES, room)));
}

/** Where the plan is everything there is and nobody has written since it was made. Undefined, and nothing has changed, where it is not. */
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
  const most = Math.floor(logPages(db) / LOG_PAGES_PER_ROW);
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

/** How long the last step waits for readers of an older state, in milliseconds; without it a later writer shrinks the file. */
const SHRINK_WAIT_MS = 100;

/** The main file is cut when the log is folded into it. That it could not be is told by a row, and is no failure here. */
function checkpoint(db: Database): void {
  const patience = readPragma(db, "busy_timeout");
  db.run(`PRAGMA busy_timeout = ${SHRINK_WAIT_MS}`);
  try {
    db.query("PRAGMA wal_checkpoint(TRUNCATE)").all();
  } finally {
    db.run(`PRAGMA busy_timeout = ${patience}`);
  }
}
