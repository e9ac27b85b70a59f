/**
 * Reading a database where nothing may be created beside it: on a read-only disk, in a folder without permission to write.
 *
 * To share a database in WAL mode SQLite needs two files beside it, and a process that ends properly leaves none. Such a file is
 * complete in itself and is read as it lies there, without locks; only while nobody may be writing to it, or pages of different times
 * could be read.
 */
import { constants, Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { realPlace } from "../config/real-place.ts";
import { findFileHolders } from "./file-holders.ts";
import { type OpenOptions, openForReading, sqliteCode } from "./open.ts";

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
    super(`nothing can be created beside it, which reading it takes, since ${obstacle}`, { cause });
    this.code = sqliteCode(cause) ?? "SQLITE_CANTOPEN";
  }
}

/** Opens an existing database for reading, if need be as it lies there. Throws the driver's error, and `Unshareable`. */
export function openToRead(path: string, options: OpenOptions = {}): ReadingConnection {
  try {
    return { db: begun(openForReading(path, options)), view: "complete" };
  } catch (error) {
    if (!mayLackFilesBeside(error)) throw error;
    return openedInstead(path, error);
  }
}

/** Opens a database without locks and without a look at its write-ahead log, whoever may be writing to it. */
export function openImmutable(path: string): Database {
  const url = Bun.pathToFileURL(path);
  url.search = "immutable=1";
  return new Database(url.href, constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI);
}

function openedInstead(path: string, error: unknown): ReadingConnection {
  let db: Database;
  try {
    db = begun(openImmutable(path));
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

/** SQLite's answers where it may not create a file depend on the disk, the folder and the platform. */
function mayLackFilesBeside(error: unknown): boolean {
  return /^SQLITE_(CANTOPEN|PERM|AUTH|READONLY_DIRECTORY|READONLY_CANT|IOERR_ACCESS|IOERR_SHM)/.test(
    sqliteCode(error) ?? "",
  );
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
