/**
 * Taking a lock in whose place something else lies, such as a file that a restored backup or a mistaken copy has put
 * there: nobody can hold a lock on it, and nobody could ever take one. It goes to quarantine when nobody has it open,
 * and the lock is made anew.
 */
import type { Database } from "bun:sqlite";
import { isDamage, lockFile } from "../../sqlite/index.ts";
import type { ProjectPaths } from "../paths.ts";
import { setAsideUnused } from "../quarantine.ts";

/** As `lockFile`. Throws what it throws. */
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
  try {
    return take();
  } catch (error) {
    if (!isDamage(error) || !isSetAside(paths, path)) throw error;
    return take();
  }
}

function isSetAside(paths: ProjectPaths, path: string): boolean {
  try {
    setAsideUnused(paths, [path]);
    return true;
  } catch {
    // What is wrong with the lock is the error that was found first.
    return false;
  }
}
