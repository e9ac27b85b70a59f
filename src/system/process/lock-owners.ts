/**
 * Who holds the lock of a lock file (`lockFile` of the SQLite layer), as the system tells and nobody can forge.
 *
 * A command line and a start time are what a process or a file says; a lock is what the kernel knows. Only a process
 * can take one, and only for itself. So that no lock of a stranger passes for it, the file must be one that nothing
 * but a lock is in: regular and empty. Where it has a second name, as in a copy of a project by hard links, the lock is
 * of whoever opened it by this one.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { childProcess, systemProgram } from "../child-process.ts";
import { type FileLock, isHeldRange, parseLocks, readLocks } from "./file-locks.ts";
import { isPid } from "./identity.ts";
import { procFolder } from "./proc.ts";

const LSOF_TIMEOUT_MS = 10_000;

/**
 * The PIDs, as they count here, of the processes that hold it; empty where nobody does or that cannot be proved.
 * Never throws, and changes nothing.
 */
export function lockOwners(file: string, which: "by this name" | "by any name" = "by this name"): number[] {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false, bigint: true });
    if (stat === undefined || !stat.isFile() || stat.size !== 0n) return [];
    const { dev, ino } = stat;
    const isOnlyName = stat.nlink === 1n || which === "by any name";
    const name = isOnlyName ? undefined : realpathSync(file);
    if (process.platform === "linux") return ownersFromProc({ dev, ino, name });
    return stat.nlink === 1n ? ownersFromLsof(file) : [];
  } catch {
    return [];
  }
}

interface Place {
  readonly dev: bigint;
  readonly ino: bigint;
  /** The path that it has to be opened by, where it has another one. */
  readonly name: string | undefined;
}

function ownersFromProc(place: Place): number[] {
  const inode = place.ino.toString();
  const locks = readLocks().filter((lock) => isExclusive(lock) && lock.inode === inode);
  const owners = locks.filter((lock) => isPid(lock.pid) && holds(lock, place)).map(({ pid }) => pid);
  return [...new Set(owners)];
}

/** The bytes that readers lock; who keeps all of them for itself has the exclusive lock (SQLite's `os.h`). */
const FIRST_BYTE = 0x40000002;
const LAST_BYTE = FIRST_BYTE + 509;

/** A lock on other bytes, which anybody may take for purposes of their own, proves nothing. */
function isExclusive(lock: FileLock): boolean {
  if (!isHeldRange(lock) || lock.mode !== "WRITE") return false;
  return lock.firstByte <= FIRST_BYTE && lock.lastByte >= LAST_BYTE;
}

/**
 * An inode's number may be that of another file on another disk: the process must have this very file open, and the
 * lock through it. What may not be looked into is another user's or has rights of its own; there the device of the
 * lock has to agree.
 */
function holds({ pid, device }: FileLock, place: Place): boolean {
  const folder = `${procFolder(pid)}/fd`;
  let descriptors: string[];
  try {
    descriptors = readdirSync(folder);
  } catch {
    return device === deviceName(place.dev);
  }
  return descriptors.some((fd) => {
    try {
      const opened = readlinkSync(`${folder}/${fd}`);
      if (!opened.startsWith("/") || (place.name ?? opened) !== opened) return false;
      const { dev, ino } = statSync(`${folder}/${fd}`, { bigint: true });
      if (dev !== place.dev || ino !== place.ino) return false;
      const info = readFileSync(`${procFolder(pid)}/fdinfo/${fd}`, "utf8");
      return parseLocks(info.replaceAll(/^lock:\s*/gm, "")).some(isExclusive);
    } catch {
      return false;
    }
  });
}

/** The paths by which a process has a file open, as far as the system tells (of nobody elsewhere). Never throws. */
export function openedNames(pid: number, file: string): string[] {
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    const folder = `${procFolder(pid)}/fd`;
    return readdirSync(folder).flatMap((fd) => {
      const opened = statSync(`${folder}/${fd}`, { bigint: true, throwIfNoEntry: false });
      return opened?.dev === dev && opened.ino === ino ? [readlinkSync(`${folder}/${fd}`)] : [];
    });
  } catch {
    return [];
  }
}

/** As `/proc/locks` writes it, two hexadecimal numbers: `fe:00`. `stat` packs them (makedev(3)). */
function deviceName(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  return [major, minor].map((value) => value.toString(16).padStart(2, "0")).join(":");
}

/**
 * Elsewhere no lock is shown. Where the caller knows that there is one, it is of the process that alone has the file
 * open.
 */
function ownersFromLsof(file: string): number[] {
  if (process.platform !== "darwin") return [];
  const args = ["-w", "-F", "p", "--", file];
  const { stdout } = childProcess().spawnSync(systemProgram("lsof"), args, {
    encoding: "utf8",
    timeout: LSOF_TIMEOUT_MS,
  });
  const pids = [...stdout.matchAll(/^p(\d+)$/gm)].map((match) => Number(match[1])).filter(isPid);
  return pids.length === 1 ? pids : [];
}

/* Namespaces: where a PID, a port or a path of another process means something else than here (namespaces(7)). */

/** Whether a process sees the same PIDs, ports and files as this one. False where that cannot be told. */
export function sharesNamespaces(pid: number, kinds: readonly ("pid" | "net" | "mnt")[]): boolean {
  if (process.platform !== "linux") return true;
  try {
    return kinds.every(
      (kind) => readlinkSync(`${procFolder(pid)}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`),
    );
  } catch {
    return false;
  }
}
