/** Files by their paths, never outside the project root. */
import { lstatSync, type Stats } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { relativePathOf } from "../ingest/markdown/index.ts";
import { isNeverIngested } from "../project/index.ts";
import { isBelow, isMarkdown, realPath } from "../system/files/index.ts";
import { AmalfaError, clauseOf, systemErrorCode } from "../system/index.ts";

/** Whether a document's path is a link. */
export function isSymbolicLink(root: string, id: string): boolean {
  try {
    return lstatSync(join(root, relativePathOf(id)), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false;
  }
}

/**
 * The markdown file that a path or a document's id names: its absolute path, free of symbolic links, below the
 * project root and outside folders that are never ingested. Links inside the project are followed; none may lead out.
 * Throws `path.outside` and `path.not-markdown` (exit 2), `path.missing`, `path.unreadable`, `path.encoding`.
 */
export function markdownFileInside(root: string, written: string): string {
  if (written.includes("\0") || written.trim() === "") throw outside(written);
  const base = realPath(root);
  const path = resolve(base, written);
  if (!isBelow(base, path)) throw outside(written);
  const real = realPathOf(written, path) ?? realPathOfId(base, written);
  if (real === undefined) {
    // Whoever may ask about this project alone does not learn what is there outside of it.
    if (leadsOut(base, path)) throw outside(written);
    throw new AmalfaError("path.missing", `There is no file "${written}" in ${root}.`);
  }
  if (!isBelow(base, real) || relative(base, real).split(sep).some(isNeverIngested)) throw outside(written);
  for (const name of [path, real]) {
    if (!isMarkdown(name)) {
      throw new AmalfaError("path.not-markdown", `"${written}" is not a markdown file.`);
    }
  }
  return real;
}

/** Whether the way to where nothing is goes through a link out of the project, or through one to nowhere. */
function leadsOut(base: string, path: string): boolean {
  for (let place = path; isBelow(base, place); place = dirname(place)) {
    if (entryAt(place) === undefined) continue;
    const real = realPathOf(place, place);
    return real === undefined || !isBelow(base, real);
  }
  return false;
}

/** What lies at a path, links not followed; nothing as well where a file is in the place of a folder on the way. */
export function entryAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** In ids control characters and `%` are escaped. */
function realPathOfId(base: string, written: string): string | undefined {
  const decoded = relativePathOf(written);
  if (decoded === written || decoded.includes("\0")) return undefined;
  const path = join(base, decoded);
  return isBelow(base, path) ? realPathOf(written, path) : undefined;
}

function realPathOf(written: string, path: string): string | undefined {
  try {
    return realPath(path);
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new AmalfaError("path.unreadable", `"${written}" cannot be looked at: ${clauseOf(error)}.`, {
      cause: error,
    });
  }
}

function outside(written: string): AmalfaError {
  return new AmalfaError("path.outside", `"${written}" is not a document inside the project root.`, {
    hint: "Give a path relative to the project root.",
  });
}
