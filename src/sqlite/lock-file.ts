/**
 * A lock between processes: an exclusive transaction on a small SQLite file, which the operating system ends with its
 * holder.
 *
 * It writes not a byte, so that it can be taken on a full disk. The transaction would begin with a rollback journal,
 * though it changes nothing, and SQLite would keep it beside the file for as long as the lock is held; that is kept
 * in memory.
 */
import { Database } from "bun:sqlite";
import { accessSync, constants, lstatSync } from "node:fs";
import { makeEmptyFile, requireOwnPlace } from "../system/files/index.ts";
import { type LockOwner, lockOwners } from "../system/process/index.ts";
import { refuseOddFiles } from "./database-files.ts";
import { isBusy } from "./errors.ts";
import { busyTimeout } from "./patience.ts";

/**
 * Takes the lock, creating the file if need be and unless that is not to be; closing the connection releases it. The
 * folder must exist. Throws the driver's error, busy while another process holds the lock, and the file system's
 * where the file may not be written.
 */
export function lockFile(
  path: string,
  options: { readonly waitMs: number; readonly create?: boolean },
): Database {
  refuseOddFiles(path);
  requireOwnPlace(path);
  // SQLite would make it as well, but not say whether space or permission was lacking.
  if (options.create !== false) makeEmptyFile(path, { mode: 0o666 });
  const db = new Database(path, { readwrite: true, create: false });
  try {
    // What may not be written SQLite opens for reading, and an "exclusive" transaction then keeps nobody out.
    accessSync(path, constants.R_OK | constants.W_OK);
    requireOwnPlace(path);
    db.run(`PRAGMA busy_timeout = ${Math.min(options.waitMs, busyTimeout())}`);
    db.run("PRAGMA journal_mode = MEMORY");
    db.run("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Whether nobody holds the lock. False as well where that cannot be told. Changes nothing (I5). */
export function isLockFree(path: string): boolean {
  return lockState(path) === "free";
}

/**
 * Whether somebody is proved to hold the lock, this process included. False as well where that cannot be told.
 * Changes nothing (I5).
 */
export function isLockHeld(path: string): boolean {
  return lockState(path) === "held";
}

function lockState(path: string): "free" | "held" | "unknown" {
  try {
    // A pipe in its place would wait for a writer.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return "unknown";
    refuseOddFiles(path);
    using db = new Database(path, { readonly: true });
    db.run("PRAGMA busy_timeout = 0");
    db.query("SELECT count(*) FROM sqlite_schema").get();
    return "free";
  } catch (error) {
    return isBusy(error) ? "held" : "unknown";
  }
}

/** The processes that hold the lock, as far as they are proved and count here. Changes nothing (I5). */
export function lockHolders(path: string, which?: "of any link"): LockOwner[] {
  if (process.platform !== "linux" && isLockFree(path)) return [];
  return lockOwners(path, which);
}
