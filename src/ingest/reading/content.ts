/**
 * The bytes of one file, and their hash. Parsing them is done elsewhere (`prepare.ts`): whoever only wants to know what
 * has changed loads no markdown parser.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { formatBytes, messageOf, systemErrorCode } from "../../system/index.ts";
import type { DiscoveredFile } from "../discovery/index.ts";

export interface FileContent {
  readonly file: DiscoveredFile;
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, hex. */
  readonly hash: string;
  /** The time of the file's last change in milliseconds, below zero when a later change might not show in it. */
  readonly storedMtimeMs: number;
}

/**
 * File systems stamp changes in steps of up to some ten milliseconds, some in whole seconds. A file that was changed
 * again within the step in which it was read would look unchanged for ever, so a stamp that young is not trusted.
 */
const FINE_STEP_MS = 100;
const COARSE_STEP_MS = 2_100;

/** Reads a file. Throws what the file system throws. */
export function readContent(file: DiscoveredFile): FileContent {
  const readAt = Date.now();
  const bytes = readRegularFile(file.path);
  const step = file.mtimeMs % 1000 === 0 ? COARSE_STEP_MS : FINE_STEP_MS;
  const isYoung = readAt - file.mtimeMs < step || readAt - file.ctimeMs < FINE_STEP_MS;
  return {
    file,
    bytes,
    hash: new Bun.CryptoHasher("sha256").update(bytes).digest("hex"),
    storedMtimeMs: isYoung ? -Math.max(1, file.mtimeMs) : file.mtimeMs,
  };
}

/**
 * A larger document is not read, and is named as one that failed. Nobody wrote it by hand, and to parse it would take
 * minutes, or all memory there is.
 */
const MOST_DOCUMENT_BYTES = 32 * 2 ** 20;

/**
 * The bytes of a regular file. It may have been replaced since it was discovered: a pipe would keep its reader waiting,
 * and a device may have no end.
 */
export function readRegularFile(path: string): Uint8Array {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error("is not a regular file");
    if (stat.size > MOST_DOCUMENT_BYTES)
      throw new Error(
        `is larger than ${formatBytes(MOST_DOCUMENT_BYTES)}; split it, or leave it out with excludePatterns`,
      );
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Why a file could not be read, in words. */
export function whyUnreadable(error: unknown): string {
  switch (systemErrorCode(error)) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOENT":
      return "vanished while it was being read";
    case "ELOOP":
      return "is a link that leads back to itself";
    case "ENOMEM":
    case "ERR_FS_FILE_TOO_LARGE":
      return "is too large to be read";
    default:
      return messageOf(error);
  }
}
