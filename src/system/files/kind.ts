/**
 * What lies in the place of a file. Whoever opens a named pipe waits for somebody to write to it, out of reach of any
 * signal.
 */
import { lstatSync, type Stats, statSync } from "node:fs";

export type OddKind = "a folder" | "a named pipe" | "a socket" | "a device" | "a symbolic link";

/**
 * What something is that is no regular file; undefined for a regular file and where there is nothing. Throws what the
 * file system throws.
 */
export function oddKindAt(path: string): OddKind | undefined {
  return oddKindOf(lstatSync(path, { throwIfNoEntry: false }));
}

/** The same of what a link leads to; a link that leads nowhere is nothing. */
export function oddKindBehind(path: string): OddKind | undefined {
  return oddKindOf(statSync(path, { throwIfNoEntry: false }));
}

function oddKindOf(stat: Stats | undefined): OddKind | undefined {
  if (stat === undefined || stat.isFile()) return undefined;
  if (stat.isDirectory()) return "a folder";
  if (stat.isSymbolicLink()) return "a symbolic link";
  if (stat.isFIFO()) return "a named pipe";
  return stat.isSocket() ? "a socket" : "a device";
}
