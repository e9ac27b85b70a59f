/**
 * Opening SQLite files so that several processes can share them.
 *
 * What a function opens a file for stands in its name, and the words mean the same for a graph
 * (`openGraphToRead`), a vector cache (`openCacheToWrite`, `openCacheRolledBack`) and its table (`openTableShared`):
 *
 * | word         | access     | if there is none | promises                                                     |
 * |--------------|------------|------------------|--------------------------------------------------------------|
 * | `ToWrite`    | read-write | it is created    | WAL mode                                                     |
 * | `ToRead`     | read-only  | error            | `Shared`, or `Unlocked` where nobody can be writing          |
 * | `RolledBack` | read-only  | error            | as `ToRead`; what a crash left is taken back first           |
 * | `Shared`     | read-only  | error            | locks as others take them; may create `-shm` beside the file |
 * | `Unlocked`   | read-only  | error            | creates nothing, takes no lock, looks at no write-ahead log  |
 *
 * A database file is only ever touched through a connection. Opening and closing the file by any other means in
 * a process that also has a connection drops that process's POSIX locks, after which another process may
 * unlink the write-ahead log under it.
 */

import { constants, Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import {
  Displaced,
  makeEmptyFile,
  realPlace,
  requireHeldRoot,
  requireOwnPlace,
} from "../system/files/index.ts";
import { AmalfaError, systemErrorCode } from "../system/index.ts";
import { findFileHolders } from "../system/process/index.ts";
import { refuseLinkToOthers, refuseOddFiles } from "./database-files.ts";
import { isBusy, isReadOnly, mayLackFilesBeside, sqliteCode, sqliteFault } from "./errors.ts";
import { partLinkedBeside, refuseLinkedBeside } from "./linked-beside.ts";
import { makeOwnFile } from "./own-file.ts";
import { busyTimeout } from "./patience.ts";
import { reasonOfRefusal } from "./unwritable.ts";

/**
 * Statements that a connection keeps prepared. One search asks more than the twenty that are kept otherwise, and with
 * one too many each is prepared anew every time: the one that is needed next was let go of last.
 */
const STATEMENTS_KEPT = 128;
Database.MAX_QUERY_CACHE_SIZE = STATEMENTS_KEPT;

export interface OpenOptions {
  /** Milliseconds a statement waits for another process's lock. */
  readonly busyTimeoutMs?: number;
}

export interface WriteOptions extends OpenOptions {
  /** Throws where the file is none that may be written: what was looked at before is another one, perhaps, by now. */
  readonly refuseOthers?: (db: Database) => void;
}

/**
 * Opens a database for reading and writing, creating the file if need be, in WAL mode.
 * Throws the driver's error when the file cannot be opened or is not a database, `root.replaced` and `data.link`.
 */
export function openToWrite(path: string, options: WriteOptions = {}): Database {
  const { busyTimeoutMs = busyTimeout(), refuseOthers } = options;
  const db = openInOwnPlace(path);
  try {
    db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    // Changing the journal mode writes already.
    refuseOthers?.(db);
    switchToWal(db, busyTimeoutMs);
    requireOwnPlace(path);
    db.run("PRAGMA synchronous = NORMAL");
    return db;
  } catch (error) {
    closeInPlace(db);
    throw error;
  }
}

/**
 * Opens a database that may be created and changes nothing of one that is there. Throws the driver's error,
 * `root.replaced`, and `data.link`.
 */
export function openInOwnPlace(path: string): Database {
  refuseOddFiles(path);
  requireOwnPlace(path);
  refuseLinkToOthers(path);
  makeOwnFile(path, busyTimeout());
  const isMade = wasMade(path);
  partLinkedBeside(path, busyTimeout());
  const db = new Database(path, { readwrite: true, create: !isMade, strict: true });
  try {
    requireOwnPlace(path);
    refuseLinkToOthers(path);
    requireOpened(db, path);
    return db;
  } catch (error) {
    closeInPlace(db);
    throw error;
  }
}

/** Opens an existing database for reading, beside others. Throws the driver's error when there is none. */
export function openShared(path: string, options: OpenOptions = {}): Database {
  refuseOddFiles(path);
  requireHeldRoot(path);
  refuseLinkedBeside(path);
  const db = new Database(path, { readonly: true, strict: true });
  db.run(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? busyTimeout()}`);
  return db;
}

/** Not by SQLite, which would make it wherever the path has just come to lead; but that says why it cannot be made. */
function wasMade(path: string): boolean {
  // To find that out by trying takes most of what it takes to open a database.
  if (existsSync(path)) return false;
  try {
    makeEmptyFile(path, { mode: 0o644 });
    return true;
  } catch (error) {
    if (error instanceof Displaced) throw replacedMeanwhile(path);
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}

function replacedMeanwhile(path: string): AmalfaError {
  return new AmalfaError(
    "file.changed",
    `${path} was replaced by another program while it was being opened.`,
  );
}

/** A link may have been put in the place of a folder on the way just then, and have been taken away again. */
function requireOpened(db: Database, path: string): void {
  const [[, , opened] = []] = db.query("PRAGMA database_list").values();
  const [meant, found] = [path, String(opened)].map((file) =>
    statSync(file, { throwIfNoEntry: false, bigint: true }),
  );
  if (meant !== undefined && meant.ino === found?.ino && meant.dev === found.dev) return;
  throw replacedMeanwhile(path);
}

const SWITCH_PAUSE_MS = 20;

/**
 * Two processes that create the same file race for the switch, and SQLite answers the loser with SQLITE_BUSY at once:
 * the busy handler is not called for a change of journal mode (tobi/qmd#710). So it is tried again until one
 * deadline; each attempt goes without the busy handler, which would otherwise wait its full time in every one of
 * them.
 */
function switchToWal(db: Database, busyTimeoutMs: number): void {
  const deadline = performance.now() + busyTimeoutMs;
  db.run("PRAGMA busy_timeout = 0");
  for (;;) {
    try {
      const mode = db.query<{ journal_mode: string }, []>("PRAGMA journal_mode").get()?.journal_mode;
      if (mode !== "wal") db.run("PRAGMA journal_mode = WAL");
      break;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      Bun.sleepSync(SWITCH_PAUSE_MS);
    }
  }
  db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
}

/**
 * Runs `work` in one write transaction that takes the write lock at once, so that it cannot fail half-way as a stale
 * reader. Throws the driver's error, and `UnwritableHeader`.
 */
export function writeTransaction<T>(db: Database, work: () => T): T {
  try {
    return db.transaction(work).immediate();
  } catch (error) {
    throw reasonOfRefusal(db.filename, error);
  }
}

/**
 * Runs `work`, whose reads all see one state of the database. A file that another process is just making has no table
 * in one statement and a version in the next, and would be taken for a stranger's.
 */
export function readTransaction<T>(db: Database, work: () => T): T {
  return db.inTransaction ? work() : db.transaction(work).deferred();
}

/*
 * Reading a database where nothing may be created beside it: on a read-only disk, in a folder without permission to
 * write.
 *
 * To share a database in WAL mode SQLite needs two files beside it, and a process that ends properly leaves none.
 * Such a file is complete in itself and is read as it lies there, without locks; only while nobody may be writing to
 * it, or pages of different times could be read.
 */

/** "as it lies": without locks, so that what others write later may not be seen, or be seen in part. */
export type View = "complete" | "as it lies";

export interface ReadingConnection {
  readonly db: Database;
  readonly view: View;
}

/** Nothing can be created beside a database, and it may not be read without that. */
export class Unshareable extends Error {
  /** SQLite's extended result code. */
  readonly code: string;

  constructor(obstacle: string, cause: unknown) {
    super(`reading it needs files beside it, and none can be created, since ${obstacle}`, { cause });
    this.code = sqliteCode(cause) ?? "SQLITE_CANTOPEN";
  }
}

/**
 * Opens an existing database for reading, if need be as it lies there. Throws the driver's error, and `Unshareable`.
 */
export function openToRead(path: string, options: OpenOptions = {}): ReadingConnection {
  try {
    return { db: begun(openShared(path, options)), view: "complete" };
  } catch (error) {
    if (!mayLackFilesBeside(error)) throw error;
    return openedInstead(path, error);
  }
}

/**
 * As `openToRead`. Where a crash left a rollback journal, its transaction is taken back first: no connection that
 * only reads can do that, and until it is done none can read. So are files beside it parted from somebody else's, as
 * with `openToWrite`. The journal mode stays, unlike with `openToWrite`. Throws
 * the driver's error: the first one where the file cannot be written.
 */
export function openRolledBack(path: string, options: OpenOptions = {}): ReadingConnection {
  refuseOddFiles(path);
  partLinkedBeside(path, options.busyTimeoutMs ?? busyTimeout());
  try {
    return openToRead(path, options);
  } catch (error) {
    if (!isReadOnly(error)) throw error;
    rollBack(path, options, error);
  }
  return openToRead(path, options);
}

function rollBack(path: string, { busyTimeoutMs = busyTimeout() }: OpenOptions, obstacle: unknown): void {
  requireOwnPlace(path);
  try {
    using db = new Database(path, { readwrite: true, strict: true });
    db.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    // SQLite looks for what is to be taken back when it first reads.
    db.query("SELECT count(*) FROM sqlite_schema").get();
  } catch (error) {
    throw isReadOnly(error) || sqliteFault(error) === "no access" ? obstacle : error;
  }
}

/** Opens a database without locks and without a look at its write-ahead log, whoever may be writing to it. */
export function openUnlocked(path: string): Database {
  refuseOddFiles(path);
  const url = Bun.pathToFileURL(path);
  url.search = "immutable=1";
  return new Database(url.href, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

function openedInstead(path: string, error: unknown): ReadingConnection {
  let db: Database;
  try {
    db = begun(openUnlocked(path));
  } catch {
    // It cannot be read in any way, for the reason found first.
    throw error;
  }
  const obstacle = obstacleTo(path);
  if (obstacle === undefined) return { db, view: "as it lies" };
  db.close();
  throw new Unshareable(obstacle, error);
}

/** Makes SQLite look at the file, which it puts off until the first statement. */
function begun(db: Database): Database {
  try {
    db.query("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Why a file may not be read as it lies there, a clause. */
function obstacleTo(path: string): string | undefined {
  // SQLite keeps its files beside the one that a symbolic link leads to.
  const real = realPlace(path);
  const unfinished = ["-wal", "-journal"].map((end) => real + end).find((file) => sizeOf(file) > 0);
  if (unfinished !== undefined) return `${unfinished} holds changes that are not folded in`;
  // Unknown counts as somebody. Other readers are in nobody's way.
  const search = findFileHolders([real, `${real}-wal`, `${real}-shm`]);
  if (search.kind === "unknown") {
    return `it cannot be told whether another process is writing to it (${search.reason})`;
  }
  return search.holders.some(({ mayWrite }) => mayWrite) ? "another process may be writing to it" : undefined;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/* Figures that SQLite tells of a database. */

/** The value of a pragma that answers with one number. Throws the driver's error. */
export function readPragma(db: Database, name: string): number {
  const [row] = db.query(`PRAGMA ${name}`).values();
  return Number(row?.[0] ?? Number.NaN);
}

/**
 * Whether the file that a connection opened is still the one at its path. "unknown" where SQLite does not tell. Then
 * whoever may lose something decides for the worse.
 */
export function placeOf(db: Database): "in place" | "moved" | "unknown" {
  const moved = new Int32Array(2);
  if (db.fileControl(constants.SQLITE_FCNTL_HAS_MOVED, moved) !== 0) return "unknown";
  return moved[0] === 0 ? "in place" : "moved";
}

/**
 * Closes a connection. Closing the last one removes the write-ahead log by name, which belongs to another file once
 * this one was replaced.
 */
export function closeInPlace(db: Database): void {
  if (placeOf(db) === "moved") db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 1);
  db.close();
}
