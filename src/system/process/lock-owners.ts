/**
 * Who holds the lock of a lock file (`lockFile` of the SQLite layer), as the system tells and nobody can forge.
 *
 * A command line and a start time are what a process or a file says; a lock is what the kernel knows. Only a process
 * can take one, and only for itself. So that no lock of a stranger passes for it, the file must be one that nothing
 * but a lock is in: regular and empty. Where it is a second link to one file, as in a copy of a project by hard links,
 * the lock is of whoever opened it by this one. A mount or a symbolic link shows the file of another folder as well, so
 * that each owner is named with the path by which it has the file open.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { childProcess, systemProgram } from "../child-process.ts";
import { systemErrorCode } from "../errors.ts";
import { isSameFile, realPlace } from "../files/index.ts";
import { type FileLock, isHeldRange, parseLocks, readLocks } from "./file-locks.ts";
import { isPid } from "./identity.ts";
import { procFolder } from "./proc.ts";

const LSOF_TIMEOUT_MS = 10_000;

export interface LockOwner {
  /** As it counts here. */
  readonly pid: number;
  /**
   * The path by which it has the file open, without symbolic links; undefined where the system does not tell. The path
   * follows a folder that is renamed.
   */
  readonly name: string | undefined;
}

/**
 * The processes that hold it; empty where nobody does or that cannot be proved. Never throws, and changes nothing.
 *
 * @param file absolute
 */
export function lockOwners(
  file: string,
  which: "of this link" | "of any link" = "of this link",
): LockOwner[] {
  try {
    const stat = lstatSync(file, { throwIfNoEntry: false, bigint: true });
    if (stat === undefined || !stat.isFile() || stat.size !== 0n) return [];
    const isOnlyLink = stat.nlink === 1n;
    if (process.platform !== "linux") return isOnlyLink ? ownersFromLsof(file) : [];
    const owners = ownersFromProc(stat);
    if (isOnlyLink || which === "of any link") return owners;
    const folder = dirname(file);
    return owners.filter(({ name }) => name === undefined || isSameFile(dirname(name), folder));
  } catch {
    return [];
  }
}

interface Place {
  readonly dev: bigint;
  readonly ino: bigint;
}

function ownersFromProc(place: Place): LockOwner[] {
  const inode = place.ino.toString();
  const locks = readLocks().filter((lock) => isExclusive(lock) && lock.inode === inode);
  const owners = locks.flatMap((lock) => (isPid(lock.pid) ? (ownerOf(lock, place) ?? []) : []));
  return [...new Map(owners.map((owner) => [owner.pid, owner])).values()];
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
function ownerOf({ pid, device }: FileLock, place: Place): LockOwner | undefined {
  const opened = openedAs(pid, place);
  if (opened === undefined) {
    return device === deviceName(place.dev) ? { pid, name: undefined } : undefined;
  }
  const holder = opened.find(({ locks }) => locks.some(isExclusive));
  return holder === undefined ? undefined : { pid, name: holder.name };
}

/** Whether a process has a folder open, by whatever path; undefined where the system does not tell. Never throws. */
export function hasOpen(pid: number, folder: string): boolean | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const opened = openedAs(pid, statSync(folder, { bigint: true }));
    return opened === undefined ? undefined : opened.length > 0;
  } catch {
    return undefined;
  }
}

interface Opened {
  /** The path by which it was opened. */
  readonly name: string;
  readonly locks: readonly FileLock[];
}

/**
 * How a process has a file or folder open; undefined where it may not be looked into. Root without the right to trace
 * sees which descriptors there are, and not what of.
 */
function openedAs(pid: number, place: Place): Opened[] | undefined {
  try {
    const descriptors = readdirSync(`${procFolder(pid)}/fd`);
    return descriptors.flatMap((descriptor) => openedBy(pid, descriptor, place) ?? []);
  } catch {
    return undefined;
  }
}

function openedBy(pid: number, descriptor: string, { dev, ino }: Place): Opened | undefined {
  const folder = procFolder(pid);
  try {
    const stat = statSync(`${folder}/fd/${descriptor}`, { bigint: true });
    if (stat.dev !== dev || stat.ino !== ino) return undefined;
    const info = readFileSync(`${folder}/fdinfo/${descriptor}`, "utf8");
    const name = readlinkSync(`${folder}/fd/${descriptor}`);
    return { name, locks: parseLocks(info.replaceAll(/^lock:\s*/gm, "")) };
  } catch (error) {
    // It was closed meanwhile.
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
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
 * open. A file with one link lies in one place there, and only symbolic links lead elsewhere.
 */
function ownersFromLsof(file: string): LockOwner[] {
  if (process.platform !== "darwin") return [];
  const args = ["-w", "-F", "p", "--", file];
  const { stdout } = childProcess().spawnSync(systemProgram("lsof"), args, {
    encoding: "utf8",
    timeout: LSOF_TIMEOUT_MS,
  });
  const pids = [...stdout.matchAll(/^p(\d+)$/gm)].map((match) => Number(match[1])).filter(isPid);
  return pids.length === 1 ? pids.map((pid) => ({ pid, name: realPlace(file) })) : [];
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
