/**
 * Files whose header says that only a later SQLite may write to them, which takes one wrong byte. Reading shows nothing
 * of it, and whoever writes is answered as for a write-protected file, whose permissions are in order.
 */
import { Database } from "bun:sqlite";
import { accessSync, constants } from "node:fs";
import { databaseFiles } from "./database-files.ts";
import { sqliteCode } from "./errors.ts";

export const UNWRITABLE = "its header keeps everybody from writing to it";

/** An error of the damaged kind. */
class UnwritableHeader extends Error {
  readonly code = "SQLITE_CORRUPT";

  constructor(cause: unknown) {
    super(UNWRITABLE, { cause });
  }
}

/**
 * Tries to begin a write, which changes nothing. Another connection to the file has to be open: closing the last one
 * folds the write-ahead log in.
 */
export function hasUnwritableHeader(path: string): boolean {
  try {
    // Nor can anybody write where a file beside it may not be written, whatever its header says.
    for (const file of databaseFiles(path)) accessSync(file, constants.R_OK | constants.W_OK);
    using db = new Database(path, { readwrite: true, create: false });
    db.run("BEGIN IMMEDIATE");
    db.run("ROLLBACK");
    return false;
  } catch (error) {
    return isRefusedAsReadOnly(error);
  }
}

/** What a write to the file failed with, as damage where its header is the reason. */
export function reasonOfRefusal(path: string, error: unknown): unknown {
  return isRefusedAsReadOnly(error) && hasUnwritableHeader(path) ? new UnwritableHeader(error) : error;
}

/** Codes that say more are of folders, logs and files that have moved. */
function isRefusedAsReadOnly(error: unknown): boolean {
  return sqliteCode(error) === "SQLITE_READONLY";
}
