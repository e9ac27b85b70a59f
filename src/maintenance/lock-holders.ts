/**
 * Which processes hold locks on a file, as Linux tells through `/proc/locks`. Reading it disturbs nobody.
 *
 * SQLite's locks are byte ranges: in WAL mode on the `-shm` file, where byte 120 is the writer's and bytes 123 to 127 are readers' (SQLite
 * documentation, "WAL-mode File Format", 2.3.1), else on the database itself.
 */
import { readFileSync, statSync } from "node:fs";

export interface HeldFileLock {
  readonly pid: number;
  readonly mode: "READ" | "WRITE";
  readonly firstByte: number;
  readonly lastByte: number;
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

function pidsOf(locks: readonly HeldFileLock[]): number[] {
  return [...new Set(locks.map(({ pid }) => pid))].filter((pid) => pid > 0 && pid !== process.pid);
}

function locksOn(file: string): HeldFileLock[] {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    return parseLocks(readFileSync("/proc/locks", "utf8"), stat.ino);
  } catch {
    return [];
  }
}

/**
 * Lines such as `7: POSIX  ADVISORY  WRITE 4711 fe:00:1604 120 120`; the last column may be `EOF`. Waiting locks (`7: ->`) are left out.
 * The device is not compared: on some file systems it differs from what `stat` says.
 */
export function parseLocks(text: string, inode: number): HeldFileLock[] {
  return text.split("\n").flatMap((line) => {
    const match =
      /^\d+: POSIX\s+\S+\s+(READ|WRITE)\s+(-?\d+)\s+[\da-f]+:[\da-f]+:(\d+)\s+(\d+)\s+(\d+|EOF)/.exec(line);
    if (match === null || Number(match[3]) !== inode) return [];
    const [, mode, pid, , first, last] = match;
    return [
      {
        pid: Number(pid),
        mode: mode as "READ" | "WRITE",
        firstByte: Number(first),
        lastByte: last === "EOF" ? Number.POSITIVE_INFINITY : Number(last),
      },
    ];
  });
}
