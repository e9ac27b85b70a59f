/**
 * Reading files that are small wherever they are what they should be: settings, notes of our own, lists of what to
 * ignore. What lies under such a name in a folder may be anything: a disk image of 5 GiB was once read whole into
 * memory for a word of it, and a named pipe waits for somebody to write to it.
 */
import { readFileSync, statSync } from "node:fs";
import { formatBytes } from "../format.ts";

/** More than people write by hand. */
const MOST_BYTES = 1 << 20;

/**
 * The bytes of a small file; links are followed. Throws what the file system throws, and for what is no regular file
 * or larger than `mostBytes`.
 */
export function readSmallBytes(path: string, mostBytes = MOST_BYTES): Uint8Array {
  const stats = statSync(path);
  if (!stats.isFile()) throw new Error("it is not a file");
  if (stats.size > mostBytes) throw new Error(`it is larger than ${formatBytes(mostBytes)}`);
  return readFileSync(path);
}

/** The same as text. */
export function readSmallFile(path: string, mostBytes = MOST_BYTES): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(readSmallBytes(path, mostBytes));
}
