/**
 * Takes a lock file even where something else lies in its place, such as a file from a restored backup or a mistaken
 * copy. That goes to quarantine, unless somebody has it open, and the lock is made anew. Why each kind may not stay:
 *
 * - What is no database cannot be locked at all.
 * - A database can, but a lock is empty: of one that holds something nobody can tell who has it, and one in WAL mode
 *   keeps no reader out, so that it looks free while it is held.
 * - A link leads to a file of somebody else, who would be kept from it; one that leads nowhere would make a file there.
 */
import type { Database } from "bun:sqlite";
import { lstatSync } from "node:fs";
import { BESIDE, isDamage, lockFile } from "../../sqlite/index.ts";
import type { ProjectPaths } from "../paths.ts";
import { setAsideUnused } from "../quarantine.ts";

/** As `lockFile`, and through no link. Throws what it throws. */
export function takeLockFile(
  paths: ProjectPaths,
  path: string,
  options: { readonly waitMs: number; readonly make?: (() => void) | undefined },
): Database {
  const { waitMs, make } = options;
  const take = (): Database => {
    make?.();
    return lockFile(path, { waitMs, create: make === undefined });
  };
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) {
    if (!isSetAside(paths, path)) throw new Error("it is a symbolic link");
  } else if (found?.isFile() === true && found.size > 0) isSetAside(paths, path);
  try {
    return take();
  } catch (error) {
    if (!isDamage(error) || !isSetAside(paths, path)) throw error;
    return take();
  }
}

/** A lock's file, and what SQLite has beside it where that is a database: read alone it would stay, and be nobody's. */
export function lockFiles(path: string): string[] {
  const beside = BESIDE.map((end) => path + end);
  return [path, ...beside.filter((file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined)];
}

function isSetAside(paths: ProjectPaths, path: string): boolean {
  try {
    setAsideUnused(paths, lockFiles(path));
    return true;
  } catch {
    // What is wrong with the lock is the error that was found first.
    return false;
  }
}
