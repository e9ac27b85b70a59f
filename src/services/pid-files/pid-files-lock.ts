/**
 * Looking at a PID file and changing it as one step.
 *
 * Renaming alone does not do: of two processes that have both judged a PID file stale, the slower one would move away what the faster one
 * has just put in its place. The lock is an exclusive transaction on a small SQLite file and dies with its holder.
 */
import type { Database } from "bun:sqlite";
import { AmalfaError, EXIT, messageOf } from "../../errors.ts";
import { lockFile } from "../../sqlite/lock-file.ts";
import { isBusy } from "../../sqlite/open.ts";

/** Holders only read and rename a small file, so this is plenty. */
const WAIT_MS = 5_000;

/**
 * Runs `work` while no other process changes a PID file of the project. The folder must exist.
 * Throws `pidfile.lock`; `work` is short and does not wait for anything.
 */
export function withPidFilesLock<T>(path: string, work: () => T): T {
  using db = take(path);
  void db;
  return work();
}

function take(path: string): Database {
  try {
    return lockFile(path, { waitMs: WAIT_MS });
  } catch (error) {
    const busy = isBusy(error);
    throw new AmalfaError(
      "pidfile.lock",
      `The PID files cannot be locked through ${path}: ${messageOf(error)}.`,
      {
        hint: busy
          ? "Another amalfa process is starting or stopping a service; try again."
          : "Run `amalfa doctor --check layout.access`; it names the folder or file whose permissions or type are wrong.",
        exit: busy ? EXIT.busy : EXIT.failed,
        cause: error,
      },
    );
  }
}
