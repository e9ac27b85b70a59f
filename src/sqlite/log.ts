/** The write-ahead log of a database, where the disk has little room for it. */
import type { Database } from "bun:sqlite";
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { readPragma } from "./open.ts";

/** Part of the free space that a log may take. */
const SHARE_OF_FREE_SPACE = 0.25;
/** Fewer would be a transaction for each row. */
const LEAST_PAGES = 8;

/**
 * After how many pages of log they are moved to the main file, so that the log leaves room for what is to be kept.
 * @param most where there is room
 */
export function logPages(db: Database, most: number): number {
  const room = (freeBytes(db) * SHARE_OF_FREE_SPACE) / readPragma(db, "page_size");
  return Math.floor(Math.min(most, Math.max(LEAST_PAGES, room)));
}

function freeBytes(db: Database): number {
  const { bavail, bsize } = statfsSync(dirname(db.filename));
  return bavail * bsize;
}

/** What the main file lacks of its pages, in bytes. */
function growth(db: Database): number {
  return readPragma(db, "page_count") * readPragma(db, "page_size") - statSync(db.filename).size;
}

/**
 * How long the last step waits for readers of an older state, in milliseconds; without it a later writer shrinks the
 * file.
 */
const SHRINK_WAIT_MS = 100;

/**
 * Moves the log to the main file, and cuts both to what they hold. That it could not be is told by a row, and is no
 * failure here. Where the disk has no room for what the main file would grow by, nothing is done: it would take what
 * room there is, and the log would stay. Throws the driver's error.
 */
export function foldLogIn(db: Database): void {
  if (growth(db) > freeBytes(db)) return;
  const patience = readPragma(db, "busy_timeout");
  db.run(`PRAGMA busy_timeout = ${SHRINK_WAIT_MS}`);
  try {
    db.query("PRAGMA wal_checkpoint(TRUNCATE)").all();
  } finally {
    db.run(`PRAGMA busy_timeout = ${patience}`);
  }
}
