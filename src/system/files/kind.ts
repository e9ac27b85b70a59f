/**
 * What lies in the place of a file, and reading it where it is what it should be. Whoever opens a named pipe waits for
 * somebody to write to it, out of reach of any signal.
 */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
  statSync,
} from "node:fs";
import { formatBytes } from "../format.ts";

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

/*
 * Reading files that are small wherever they are what they should be: settings, notes of our own, lists of what to
 * ignore. What lies under such a name in a folder may be anything: a disk image of 5 GiB was once read whole into
 * memory for a word of it.
 */

/** More than people write by hand. */
const MOST_BYTES = 1 << 20;

/**
 * The bytes of a small file; links are followed. Throws what the file system throws, and for what is no regular file
 * or larger than `mostBytes`.
 */
export function readSmallBytes(path: string, mostBytes = MOST_BYTES): Uint8Array {
  // Looked at once it is open: another thing may have taken the place of what was looked at before.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error("it is not a file");
    if (stats.size > mostBytes) throw new Error(`it is larger than ${formatBytes(mostBytes)}`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The same as text. */
export function readSmallFile(path: string, mostBytes = MOST_BYTES): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readSmallBytes(path, mostBytes));
}
