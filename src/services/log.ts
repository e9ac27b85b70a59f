/**
 * The log of a service: one line an event, and files that are rotated by size however long the service runs.
 */
import { appendFileSync, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { LOG_LIMIT_BYTES } from "../project/index.ts";
import { type AnchoredFolder, oddKindAt, openOwnFolder } from "../system/files/index.ts";
import { escapedLines } from "../system/index.ts";

/** How many older logs are kept: `watcher.log.1` is the youngest. */
export const OLDER_LOGS = 2;

export interface ServiceLog {
  readonly path: string;
  write(message: string): void;
}

/** Opens nothing for long: each line is appended by name, so that rotation by anybody is followed. Never throws. */
export function openServiceLog(path: string, limitBytes = LOG_LIMIT_BYTES): ServiceLog {
  return {
    path,
    write: (message) => {
      const line = `${new Date().toISOString()} ${escapedLines(message).replaceAll("\n", "\n  ")}\n`;
      try {
        const descriptor = openLog(path, limitBytes);
        try {
          appendFileSync(descriptor, line);
        } finally {
          closeSync(descriptor);
        }
      } catch {
        // A full disk must not stop the service that would report it.
      }
    },
  };
}

/** Moves a log aside once it has reached the limit. True when it did. */
export function rotateLog(path: string, limitBytes = LOG_LIMIT_BYTES): boolean {
  using folder = openOwnFolder(path);
  return rotate(folder, basename(path), limitBytes);
}

function rotate(folder: AnchoredFolder, name: string, limitBytes: number): boolean {
  if ((folder.statOf(name)?.size ?? 0) < limitBytes) return false;
  for (let age = OLDER_LOGS; age >= 1; age--) {
    const younger = age === 1 ? name : `${name}.${age - 1}`;
    if (folder.statOf(younger) !== undefined) folder.rename(younger, folder, `${name}.${age}`);
  }
  return true;
}

/**
 * Opens a log, in a folder that is there, for a process that is about to be started, whose own output goes there as
 * well. The caller closes it.
 */
export function openLogForChild(path: string): { readonly descriptor: number; readonly size: number } {
  const descriptor = openLog(path, LOG_LIMIT_BYTES);
  return { descriptor, size: fstatSync(descriptor).size };
}

function openLog(path: string, limitBytes: number): number {
  using folder = openOwnFolder(path);
  const name = basename(path);
  // A link may have come with the folder.
  const kind = oddKindAt(path);
  if (kind !== undefined) throw new Error(`it is ${kind}`);
  rotate(folder, name, limitBytes);
  const descriptor = folder.openToAppend(name);
  // A named pipe that somebody reads can be opened as well.
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new Error("it is no file");
}

/** The last lines written to a log after it had a size. @param limit lines at most */
export function linesSince(path: string, size: number, limit = 12): string[] {
  const longest = 16 * 1024;
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const found = fstatSync(descriptor);
      if (!found.isFile()) return [];
      const start = Math.max(found.size < size ? 0 : size, found.size - longest);
      const buffer = Buffer.alloc(found.size - start);
      readSync(descriptor, buffer, 0, buffer.length, start);
      const lines = buffer.toString("utf8").split("\n");
      return lines.filter((line) => line.trim() !== "").slice(-limit);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return [];
  }
}
