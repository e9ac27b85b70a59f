/**
 * Locks on files, as Linux tells through `/proc/locks`. Reading it disturbs nobody; elsewhere no lock is shown.
 *
 * SQLite's locks are byte ranges: in WAL mode on the `-shm` file, where byte 120 is the writer's and bytes 123 to 127
 * are readers' (SQLite documentation, "WAL-mode File Format", 2.3.1), else on the database itself.
 */
import { statSync } from "node:fs";
import { readProcLocks } from "./proc.ts";

export interface FileLock {
  /** `POSIX` for a range of bytes, which is what SQLite takes; others are `FLOCK`, `OFDLCK`, `LEASE`. */
  readonly kind: string;
  /** Somebody else holds it, and this process waits. */
  readonly waits: boolean;
  readonly pid: number;
  readonly mode: "READ" | "WRITE";
  /** As the kernel names it, `fe:00`. On some file systems it differs from what `stat` says. */
  readonly device: string;
  /** A decimal number, which may be too large for one of JavaScript's. */
  readonly inode: string;
  readonly firstByte: number;
  readonly lastByte: number;
}

/** All locks that there are now, of any kind; none where the system does not tell (`proc.ts`). Never throws. */
export function readLocks(): FileLock[] {
  try {
    return parseLocks(readProcLocks());
  } catch {
    return [];
  }
}

/**
 * Lines such as `7: POSIX  ADVISORY  WRITE 4711 fe:00:1604 120 120`; the last column may be `EOF`. A lock that is
 * waited for begins with `7: -> POSIX`.
 */
export function parseLocks(text: string): FileLock[] {
  return text.split("\n").flatMap((line) => {
    const match =
      /^\d+: (-> )?(\w+)\s+\S+\s+(READ|WRITE)\s+(-?\d+)\s+([\da-f]+:[\da-f]+):(\d+)\s+(\d+)\s+(\d+|EOF)/.exec(
        line,
      );
    if (match === null) return [];
    const [, waits, kind = "", mode, pid, device = "", inode = "", first, last] = match;
    return [
      {
        kind,
        waits: waits !== undefined,
        pid: Number(pid),
        mode: mode as "READ" | "WRITE",
        device,
        inode,
        firstByte: Number(first),
        lastByte: last === "EOF" ? Number.POSITIVE_INFINITY : Number(last),
      },
    ];
  });
}

/** Whether a process has the lock, and it is one of SQLite's kind. */
export function isHeldRange({ kind, waits }: FileLock): boolean {
  return kind === "POSIX" && !waits;
}

const WAL_WRITE_BYTE = 120;
const WAL_FIRST_READ_BYTE = 123;
const WAL_LAST_READ_BYTE = 127;

/** PIDs of the processes that keep writers out; empty where there are none or the system does not tell. */
export function writerLockHolders(database: string): number[] {
  const wal = locksOn(`${database}-shm`).filter(
    ({ mode, firstByte, lastByte }) =>
      mode === "WRITE" && firstByte <= WAL_WRITE_BYTE && lastByte >= WAL_WRITE_BYTE,
  );
  const whole = locksOn(database).filter(({ mode }) => mode === "WRITE");
  return pidsOf([...wal, ...whole]);
}

/** PIDs of the processes that are in the middle of reading, so that the write-ahead log has to wait for them. */
export function readerLockHolders(database: string): number[] {
  return pidsOf(
    locksOn(`${database}-shm`).filter(
      ({ firstByte, lastByte }) => lastByte >= WAL_FIRST_READ_BYTE && firstByte <= WAL_LAST_READ_BYTE,
    ),
  );
}

function pidsOf(locks: readonly FileLock[]): number[] {
  return [...new Set(locks.map(({ pid }) => pid))].filter((pid) => pid > 0 && pid !== process.pid);
}

function locksOn(file: string): FileLock[] {
  const inode = inodeOf(file);
  return inode === undefined ? [] : readLocks().filter((lock) => isHeldRange(lock) && lock.inode === inode);
}

function inodeOf(file: string): string | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false, bigint: true })?.ino.toString();
  } catch {
    return undefined;
  }
}
