/** Where a path leads, symbolic links followed: two names of one file are one place. */
import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/** As many links one after the other as Linux follows. */
const MOST_LINKS = 40;

/**
 * The real path of as much of `path` as exists. A link to nowhere is followed as well, because SQLite would make the
 * file that it names. What may not be looked at is answered as it is written. Never throws.
 *
 * Files are not asked for their real path, which some systems answer by opening and closing them: in a process that
 * has a database open that would drop its locks.
 *
 * @param path absolute
 */
export function realPlace(path: string, linksLeft: number = MOST_LINKS): string {
  const entry = entryAt(path);
  const folder = dirname(path);
  if (entry?.isDirectory() || folder === path) return realPathOf(path) ?? path;
  const target = entry?.isSymbolicLink() && linksLeft > 0 ? targetOf(path) : undefined;
  if (target !== undefined) return realPlace(resolve(realPlace(folder, linksLeft), target), linksLeft - 1);
  return join(realPlace(folder, linksLeft), basename(path));
}

/** Whether a path really lies below a folder, wherever links lead; not so for the folder itself. Both absolute. */
export function liesBelow(folder: string, path: string): boolean {
  return isBelow(realPlace(folder), realPlace(path));
}

/** The same for two absolute paths that are free of symbolic links already. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Whether two paths, which may be links, hard links or of other mounts, lead to one file or folder. Never throws. */
export function isSameFile(one: string, other: string): boolean {
  try {
    const [first, second] = [one, other].map((path) =>
      statSync(path, { throwIfNoEntry: false, bigint: true }),
    );
    return first?.ino !== undefined && first.ino === second?.ino && first.dev === second.dev;
  } catch {
    // What cannot be looked at cannot be opened either.
    return false;
  }
}

/** Nothing as well where it may not be looked at. */
function entryAt(path: string): Stats | undefined {
  return unlessForbidden(() => lstatSync(path, { throwIfNoEntry: false }));
}

function realPathOf(path: string): string | undefined {
  return unlessForbidden(() => realpathSync.native(path));
}

function targetOf(path: string): string | undefined {
  return unlessForbidden(() => readlinkSync(path));
}

function unlessForbidden<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/* Which files are documents, as far as their names tell. */

/** In lower case; case does not matter in names. */
export const MARKDOWN_EXTENSIONS = [".md", ".markdown", ".mdown", ".mkd", ".mdx"] as const;

const MARKDOWN = /\.(?:md|markdown|mdown|mkd|mdx)$/i;

export function isMarkdown(name: string): boolean {
  return MARKDOWN.test(name);
}

/** Code that may be a document, where a source names it; in lower case as well. */
export const CODE_EXTENSIONS = ".ts .mts .cts .tsx .js .mjs .cjs .jsx .py .pyi .go .rs".split(" ");

const CODE = /\.(?:[mc]?[tj]s|[tj]sx|pyi?|go|rs)$/i;

/** Whether it is called as databases are. */
export function hasDatabaseName(path: string): boolean {
  return /\.(?:db|sqlite|sqlite3)$/i.test(path);
}

export function isCode(name: string): boolean {
  return CODE.test(name);
}
