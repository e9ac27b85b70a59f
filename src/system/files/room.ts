/**
 * Whether a folder takes anything more. What the file system tells of its free space leaves quotas out, of a user, a
 * project or a subvolume: only writing shows them.
 */
import { closeSync, constants, existsSync, openSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { realPlace } from "./paths.ts";

/** What SQLite needs beside a database to open it. */
export const LEAST_ROOM_BYTES = 64 * 1024;

/** What is used up. */
export type Shortage = "disk" | "quota" | "limit";

/** Linux's `O_TMPFILE`, which Node does not name: a file without a name, gone when it is closed. */
const UNNAMED = 0o20000000 | constants.O_DIRECTORY;

/**
 * What keeps `LEAST_ROOM_BYTES` from being written in a folder, found out without leaving a trace (I5); undefined
 * where nothing does, and where that cannot be told: what else is wrong with the folder is for others to say.
 */
export function shortageIn(folder: string): Shortage | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < LEAST_ROOM_BYTES) return "disk";
    if (process.platform === "linux") writeUnnamed(folder);
    return undefined;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EDQUOT") return "quota";
    // As `ulimit -f` sets it, of the size of one file.
    if (code === "EFBIG") return "limit";
    return code === "ENOSPC" ? "disk" : undefined;
  }
}

function writeUnnamed(folder: string): void {
  const file = openSync(folder, UNNAMED | constants.O_RDWR, 0o600);
  try {
    // A quota may leave room for a part.
    let written = 0;
    while (written < LEAST_ROOM_BYTES) written += writeSync(file, new Uint8Array(LEAST_ROOM_BYTES - written));
  } finally {
    closeSync(file);
  }
}

/** The folder itself, or the nearest one above it that is there. */
export function existingFolder(folder: string): string {
  return existsSync(folder) ? folder : existingFolder(dirname(folder));
}

/** Whether two files are, or would be, on one disk. Throws what the file system throws. */
export function areOnOneDisk(one: string, other: string): boolean {
  const [first, second] = [one, other].map((file) => statSync(existingFolder(dirname(realPlace(file)))).dev);
  return first === second;
}
