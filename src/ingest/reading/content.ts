/**
 * The bytes of one file. Apart from taking them apart, which loads a markdown parser that telling what has changed
 * does not need.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { formatBytes, messageOf, systemErrorCode } from "../../system/index.ts";
import type { DiscoveredFile } from "../discovery/index.ts";

export interface FileContent {
  readonly file: DiscoveredFile;
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, hex. */
  readonly hash: string;
  /** The time of the file's last change in milliseconds, or -1 when a later change might not show in it. */
  readonly trustedMtimeMs: number;
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
  return {
    file,
    bytes,
    hash: new Bun.CryptoHasher("sha256").update(bytes).digest("hex"),
    trustedMtimeMs: readAt - file.mtimeMs < step || readAt - file.ctimeMs < FINE_STEP_MS ? -1 : file.mtimeMs,
  };
}

/**
 * A document of more bytes is named as one that cannot be read. Nobody wrote it by hand, and taking it apart would take
 * minutes, or all memory there is.
 */
const MOST_DOCUMENT_BYTES = 32 * 2 ** 20;

/**
 * What was a file when it was discovered may be a pipe by now, which would keep its reader waiting, or a device
 * without an end.
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
