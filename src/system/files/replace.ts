/**
 * Replacing a file that belongs to somebody else: whole or not at all, with its mode and owner, and not if it has
 * changed meanwhile.
 *
 * The new content is written to a temporary file on the same file system, made durable, and renamed over the old one.
 * A process that is killed meanwhile leaves that file behind: its name is none that a document can have, and the
 * doctor finds it.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { AmalfaError, systemErrorCode, writeHint, writeReason } from "../errors.ts";
import { AnchoredFolder, Displaced } from "./anchored.ts";
import { realPath, requireCertain } from "./decoded.ts";

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
 * Throws what the file system throws, `file.kind` for anything but a regular file, and `path.encoding`.
 */
export function readSnapshot(path: string): FileSnapshot {
  // O_NONBLOCK: a named pipe would otherwise wait for a writer.
  const fd = openSync(requireCertain(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
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
  try {
    using folder = AnchoredFolder.open(dirname(path));
    if (scratch === undefined || !replaceThrough(scratch, folder, snapshot, content)) {
      throughTemporary(folder, folder, snapshot, content);
    }
    folder.sync();
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    if (error instanceof Displaced || isOutOfPlace(error)) throw changedMeanwhile(path);
    throw new AmalfaError(
      "file.unwritable",
      `${path} cannot be written: ${writeReason(error)}. It was not changed.`,
      { ...writeHint(error), cause: error },
    );
  }
}

/**
 * Replaces the content through a temporary file in another folder. Answers false, and has changed nothing, where that
 * is not possible.
 */
function replaceThrough(
  scratch: string,
  folder: AnchoredFolder,
  snapshot: FileSnapshot,
  content: Uint8Array,
): boolean {
  const stat = lstatSync(scratch, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true || stat.dev !== lstatSync(snapshot.path, { throwIfNoEntry: false })?.dev)
    return false;
  try {
    using place = AnchoredFolder.open(scratch);
    throughTemporary(place, folder, snapshot, content);
    return true;
  } catch (error) {
    // Neither a bind mount nor permissions and quotas of the folder show before it is tried.
    if (error instanceof AmalfaError || error instanceof Displaced) throw error;
    return false;
  }
}

/**
 * What is renamed over is in the folder that was looked at, whatever its path leads to by then: a link that was put in
 * its place could lead the new content over anybody's file.
 */
function throughTemporary(
  place: AnchoredFolder,
  folder: AnchoredFolder,
  snapshot: FileSnapshot,
  content: Uint8Array,
): void {
  const temporary = temporaryName();
  const name = basename(snapshot.path);
  try {
    place.writeNew(temporary, content, snapshot);
    refuseIfChanged(folder, name, snapshot);
    place.rename(temporary, folder, name);
  } catch (error) {
    removeQuietly(place, temporary);
    throw error;
  }
}

/** Creates a file that must not exist yet. Throws what the file system throws; then there is none. */
export function createFile(path: string, content: Uint8Array, mode: number): void {
  using folder = AnchoredFolder.open(realPath(dirname(path)));
  try {
    folder.createNew(basename(path), content, { mode, temporary: temporaryName() });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    throw new AmalfaError(
      "file.changed",
      `${path} has just been created by another program and was not changed.`,
    );
  }
  folder.sync();
}

/** What went wrong before is what matters: on a read-only file system not even a missing file can be removed. */
function removeQuietly(folder: AnchoredFolder, temporary: string): void {
  try {
    folder.discard(temporary);
  } catch {
    // See above.
  }
}

function refuseIfChanged(folder: AnchoredFolder, name: string, { path, stamp }: FileSnapshot): void {
  const stat = folder.statOf(name);
  if (stat !== undefined && stampOf(stat) === stamp && realPath(path) === path) return;
  throw changedMeanwhile(path);
}

/** What lay there when it was read does not any more: a folder on the way is gone, or a file or a link. */
function isOutOfPlace(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "ELOOP"].includes(systemErrorCode(error) ?? "");
}

function changedMeanwhile(path: string): AmalfaError {
  return new AmalfaError(
    "file.changed",
    `${path} was changed by another program meanwhile and is left as it is.`,
  );
}

function stampOf(stat: { dev: bigint; ino: bigint; size: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}
