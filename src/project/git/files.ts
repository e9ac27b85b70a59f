/** Looking at git's files, which may be anything: they come with a folder that somebody else made. */
import { lstatSync, type Stats } from "node:fs";
import { readSmallFile } from "../../system/files/index.ts";

/** What is there, without following a link; undefined also where it may not be looked at. */
export function lookAt(path: string): Stats | undefined {
  return orUndefined(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** A file of git's as text; undefined for what is no regular file, too large for one, or cannot be read. */
export function readSmall(path: string, mostBytes?: number): string | undefined {
  return orUndefined(() => readSmallFile(path, mostBytes));
}

/** Whether all exist and belong to one user. */
export function haveOneOwner(paths: readonly string[]): boolean {
  const owners = paths.map((path) => lookAt(path)?.uid);
  return owners.every((owner) => owner !== undefined && owner === owners[0]);
}

export function orUndefined<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
