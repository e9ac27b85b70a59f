/**
 * The log of a service: one line an event, and files that are rotated by size however long the service runs.
 */
import { appendFileSync, closeSync, constants, openSync, readSync, renameSync, statSync } from "node:fs";
import { LOG_LIMIT_BYTES } from "../project/index.ts";
import { oddKindAt } from "../system/files/index.ts";
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
        // A named pipe would hold the service up until somebody reads it; a link may have come with the folder.
        if (oddKindAt(path) !== undefined) return;
        rotateLog(path, limitBytes);
        const descriptor = openToAppend(path);
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
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < limitBytes) return false;
  for (let age = OLDER_LOGS; age >= 1; age--) {
    const younger = age === 1 ? path : `${path}.${age - 1}`;
    if (statSync(younger, { throwIfNoEntry: false }) !== undefined) renameSync(younger, `${path}.${age}`);
  }
  return true;
}

/**
 * Opens a log, in a folder that is there, for a process that is about to be started, whose own output goes there as
 * well. The caller closes it.
 */
export function openLogForChild(path: string): { readonly descriptor: number; readonly size: number } {
  const kind = oddKindAt(path);
  if (kind !== undefined) throw new Error(`it is ${kind}`);
  rotateLog(path);
  const descriptor = openToAppend(path);
  return { descriptor, size: statSync(path).size };
}

function openToAppend(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o666);
}

/** The last lines written to a log after it had a size. @param limit lines at most */
export function linesSince(path: string, size: number, limit = 12): string[] {
  const longest = 16 * 1024;
  try {
    if (oddKindAt(path) !== undefined) return [];
    const end = statSync(path).size;
    const start = Math.max(end < size ? 0 : size, end - longest);
    const buffer = Buffer.alloc(end - start);
    const descriptor = openSync(path, "r");
    try {
      readSync(descriptor, buffer, 0, buffer.length, start);
    } finally {
      closeSync(descriptor);
    }
    const lines = buffer.toString("utf8").split("\n");
    return lines.filter((line) => line.trim() !== "").slice(-limit);
  } catch {
    return [];
  }
}
