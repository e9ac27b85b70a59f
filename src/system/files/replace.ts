/**
 * Replacing a file that belongs to somebody else: whole or not at all, with its mode and owner, and not if it has
 * changed meanwhile.
 *
 * The new content is written to a temporary file on the same file system, made durable, and renamed over the old one.
 * A process that is killed meanwhile leaves that file behind: its name is none that a document can have, and the
 * doctor finds it.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { AmalfaError, messageOf } from "../errors.ts";

/** A file as it was read. */
export interface FileSnapshot {
  /** Absolute path without symbolic links. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Changes whenever the file does, as far as the file system tells. */
  readonly stamp: string;
}

/**
 * Reads a regular file. `path` must be free of symbolic links; one that appears at its end is not followed.
 * Throws what the file system throws, and `file.kind` for anything but a regular file.
 */
export function readSnapshot(path: string): FileSnapshot {
  // O_NONBLOCK: a named pipe would otherwise wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) throw new AmalfaError("file.kind", `${path} is not a regular file.`);
    const bytes = readFileSync(fd);
    const { uid, gid } = stat;
    return { path, bytes, mode: Number(stat.mode), uid: Number(uid), gid: Number(gid), stamp: stampOf(stat) };
  } finally {
    closeSync(fd);
  }
}

const LEFTOVER = /^\.amalfa-\d+-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Whether a file of this name is one that a replacement writes to. */
export function isTemporaryReplacement(name: string): boolean {
  return LEFTOVER.test(name);
}

/** A name of this kind that nothing has yet. */
export function temporaryName(): string {
  return `.amalfa-${process.pid}-${Bun.randomUUIDv7()}.tmp`;
}

function temporaryIn(folder: string): string {
  return join(folder, temporaryName());
}

/**
 * Replaces the content. Throws `file.read-only`, `file.changed` or `file.unwritable`; then nothing has changed.
 * @param scratch a folder for the temporary file, where it is in nobody's way; where that does not do, it is written
 * beside the file.
 */
export function replaceFile(snapshot: FileSnapshot, content: Uint8Array, scratch?: string): void {
  const { path, mode } = snapshot;
  if ((mode & 0o222) === 0) {
    throw new AmalfaError("file.read-only", `${path} is read-only and was not changed.`);
  }
  const folder = dirname(path);
  try {
    if (scratch === undefined || !replaceThrough(scratch, snapshot, content)) {
      throughTemporary(temporaryIn(folder), snapshot, content);
    }
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    throw new AmalfaError(
      "file.unwritable",
      `${path} cannot be written: ${messageOf(error)}. It was not changed.`,
      { cause: error },
    );
  }
  syncFolder(folder);
}

/**
 * Replaces the content through a temporary file in another folder. Answers false, and has changed nothing, where that
 * is not possible.
 */
function replaceThrough(scratch: string, snapshot: FileSnapshot, content: Uint8Array): boolean {
  const stat = lstatSync(scratch, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true || stat.dev !== lstatSync(snapshot.path, { throwIfNoEntry: false })?.dev)
    return false;
  try {
    throughTemporary(temporaryIn(scratch), snapshot, content);
    return true;
  } catch (error) {
    // Neither a bind mount nor permissions and quotas of the folder show before it is tried.
    if (error instanceof AmalfaError) throw error;
    return false;
  }
}

function throughTemporary(temporary: string, snapshot: FileSnapshot, content: Uint8Array): void {
  try {
    writeDurably(temporary, content, snapshot);
    refuseIfChanged(snapshot);
    renameSync(temporary, snapshot.path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** Creates a file that must not exist yet. Throws what the file system throws; then there is none. */
export function createFile(path: string, content: Uint8Array, mode: number): void {
  const temporary = temporaryIn(dirname(path));
  try {
    writeDurably(temporary, content, { mode });
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      throw new AmalfaError(
        "file.changed",
        `${path} has just been created by another program and was not changed.`,
      );
    }
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
  syncFolder(dirname(path));
}

/** What went wrong before is what matters: on a read-only file system not even a missing file can be removed. */
function removeQuietly(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {
    // See above.
  }
}

function writeDurably(
  path: string,
  content: Uint8Array,
  like: { readonly mode: number; readonly uid?: number; readonly gid?: number },
): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    writeFileSync(fd, content);
    const made = fstatSync(fd);
    if (
      like.uid !== undefined &&
      like.gid !== undefined &&
      (made.uid !== like.uid || made.gid !== like.gid)
    ) {
      fchownSync(fd, like.uid, like.gid);
    }
    fchmodSync(fd, like.mode & 0o7777);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function refuseIfChanged({ path, stamp }: FileSnapshot): void {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat !== undefined && stampOf(stat) === stamp && realpathSync(path) === path) return;
  throw new AmalfaError(
    "file.changed",
    `${path} was changed by another program meanwhile and is left as it is.`,
  );
}

function stampOf(stat: { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/**
 * So that the rename itself survives a power cut. Not every system can open a folder; the content is safe either way.
 */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, constants.O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // The file is in place; only how soon the folder's entry is durable is left to the system.
  }
}
