/**
 * Opening SQLite files so that several processes can share them.
 *
 * A database file is only ever touched through a connection. Opening and closing the file by any other means in
 * a process that also has a connection drops that process's POSIX locks, after which another process may
 * unlink the write-ahead log under it.
 */
import { Database } from "bun:sqlite";

/** How long a statement waits for a lock that another process holds, in milliseconds. */
export const BUSY_TIMEOUT_MS = 5_000;

export interface OpenOptions {
  /** Milliseconds a statement waits for another process's lock. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens a database for reading and writing, creating the file if need be, in WAL mode.
 * Throws the driver's error when the file cannot be opened or is not a database.
 */
export function openForWriting(path: string, options: OpenOptions = {}): Database {
  const db = new Database(path, { readwrite: true, create: true, strict: true });
  try {
    switchToWal(db, options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
    db.run("PRAGMA synchronous = NORMAL");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Opens an existing database for writing and leaves its journal mode as it is. Its first statement rolls back what a crash left
 * in a rollback journal, which a read-only connection cannot do. Throws the driver's error when there is none.
 */
export function openToRollBack(path: string, options: OpenOptions = {}): Database {
  const db = new Database(path, { readwrite: true, strict: true });
  db.run(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? BUSY_TIMEOUT_MS}`);
  return db;
}

/** Opens an existing database for reading. Throws the driver's error when there is none. */
export function openForReading(path: string, options: OpenOptions = {}): Database {
  const db = new Database(path, { readonly: true, strict: true });
  db.run(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? BUSY_TIMEOUT_MS}`);
  return db;
}

const SWITCH_PAUSE_MS = 20;

/**
 * Two processes that create the same file race for the switch, and SQLite answers the loser with SQLITE_BUSY at once:
 * the busy handler is not called for a change of journal mode (tobi/qmd#710). So it is tried again until one deadline; each
 * attempt goes without the busy handler, which would otherwise wait its full time in every one of them.
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

/** Whether an error means that another connection holds a lock that this one needs. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith("SQLITE_BUSY") ?? false;
}

/** The extended result code by name, such as `SQLITE_CORRUPT_INDEX`, of an unknown thrown value. */
export function sqliteCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code.startsWith("SQLITE_") ? error.code : undefined;
}

/** Runs `work` in one write transaction that takes the write lock at once, so that it cannot fail half-way as a stale reader. */
export function writeTransaction<T>(db: Database, work: () => T): T {
  return db.transaction(work).immediate();
}
