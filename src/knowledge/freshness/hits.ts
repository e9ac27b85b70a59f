/**
 * Documents compared with their files, one by one: nothing is shown as if it were there that is gone or has changed.
 *
 * Size, times and number of the file are compared first; where they differ, or are too young to be trusted, the
 * content has the last word.
 */
import type { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readFileStatsOf } from "../../graph/index.ts";
import { placeholdersOf } from "../../ingest/discovery/index.ts";
import { isAsKnown } from "../../ingest/index.ts";
import { decodeMarkdown, relativePathOf } from "../../ingest/markdown/index.ts";
import { readRegularFile } from "../../ingest/reading/index.ts";
import { systemErrorCode } from "../../system/index.ts";

/** `unreadable`: it is there and cannot be read, so that nothing can be said of it. */
export type FileState = "same" | "changed" | "gone" | "unreadable";

/**
 * How each document's file compares with what the graph read. @param removed documents that are known to be none any
 * more
 */
export function compareWithFiles(
  root: string,
  db: Database,
  ids: readonly string[],
  removed: ReadonlySet<string>,
): Map<string, FileState> {
  const known = readFileStatsOf(db, ids);
  const states = new Map<string, FileState>();
  for (const id of ids) {
    if (states.has(id)) continue;
    const stamp = known.get(id);
    const state = removed.has(id) ? "gone" : stampState(root, id, stamp);
    states.set(id, state === "in doubt" ? contentState(root, db, id) : state);
  }
  return states;
}

function stampState(
  root: string,
  id: string,
  known: Parameters<typeof isAsKnown>[1] | undefined,
): FileState | "in doubt" {
  try {
    const stat = statSync(pathOf(root, id), { throwIfNoEntry: false });
    if (stat === undefined) return isInTheCloud(root, id) ? "unreadable" : "gone";
    if (!stat.isFile()) return "gone";
    const { size, mtimeMs, ctimeMs, ino: inode } = stat;
    return known !== undefined && isAsKnown({ size, mtimeMs, ctimeMs, inode }, known) ? "same" : "in doubt";
  } catch (error) {
    return stateAfter(error);
  }
}

/** What a cloud has taken off the disk is there, though nobody can read it now. */
function isInTheCloud(root: string, id: string): boolean {
  const path = pathOf(root, id);
  return placeholdersOf(basename(path)).some((name) => existsSync(join(dirname(path), name)));
}

function contentState(root: string, db: Database, id: string): FileState {
  try {
    const hash = new Bun.CryptoHasher("sha256").update(readRegularFile(pathOf(root, id))).digest("hex");
    const row = db.query<{ hash: string }, [string]>("SELECT hash FROM nodes WHERE id = ?").get(id);
    return row?.hash === hash ? "same" : "changed";
  } catch (error) {
    return stateAfter(error);
  }
}

function stateAfter(error: unknown): FileState {
  return /^(ENOENT|ENOTDIR|ELOOP)$/.test(systemErrorCode(error) ?? "") ? "gone" : "unreadable";
}

/** The text of a document as it is now; undefined where it cannot be had. */
export function textNow(root: string, id: string): string | undefined {
  try {
    return decodeMarkdown(readRegularFile(pathOf(root, id)));
  } catch {
    return undefined;
  }
}

/** Where a chunk stands in a text, first and last line counted from 1; undefined where the text does not say it. */
export function placeOf(chunk: string, text: string): readonly [number, number] | undefined {
  const at = chunk === "" ? -1 : text.indexOf(chunk);
  if (at < 0) return undefined;
  const first = lineBreaks(text, 0, at) + 1;
  return [first, first + lineBreaks(chunk, 0, chunk.length)];
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function pathOf(root: string, id: string): string {
  return join(root, relativePathOf(id));
}
