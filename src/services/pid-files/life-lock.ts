/**
 * A lock that a service holds for as long as it lives, beside its PID file.
 *
 * From another PID namespace, such as that of a container that was made anew, a PID says nothing. The lock does, in all namespaces of one
 * machine: it is an exclusive transaction on a small SQLite file, which the system releases however its holder ends. That it is free proves
 * that the service has ended; that it is held proves nothing about who holds it, and nobody is signalled on account of it (I6).
 */
import { Database } from "bun:sqlite";
import { lstatSync } from "node:fs";
import { lockFile } from "../../sqlite/lock-file.ts";

/** Whoever looks whether the lock is free holds it for an instant. Milliseconds. */
const WAIT_MS = 1_000;

/** Absolute path of the lock that belongs to a PID file. */
export function lifeLockPath(pidFile: string): string {
  return `${pidFile}.lock`;
}

/**
 * Takes the lock of a PID file, until it is disposed of or the process ends. Undefined where it cannot be taken: the service can do
 * without, and is then never taken for dead from another namespace.
 */
export function takeLifeLock(pidFile: string): Disposable | undefined {
  try {
    return lockFile(lifeLockPath(pidFile), { waitMs: WAIT_MS });
  } catch {
    return undefined;
  }
}

/** Whether nobody holds the lock. False as well where that cannot be told. Changes nothing (I5). */
export function isLifeLockFree(pidFile: string): boolean {
  const path = lifeLockPath(pidFile);
  try {
    // A pipe in its place would wait for a writer.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
    using db = new Database(path, { readonly: true });
    db.run("PRAGMA busy_timeout = 0");
    db.query("SELECT count(*) FROM sqlite_schema").get();
    return true;
  } catch {
    return false;
  }
}
