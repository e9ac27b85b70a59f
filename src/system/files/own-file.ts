/**
 * Writing and removing small files of amalfa's own, in a folder that somebody else may have filled before: what comes
 * with a cloned or unpacked folder can hold links under any name that can be foreseen.
 *
 * - The folder is opened first, and is a real one, and so are those of `.amalfa` on the way to it: a link in its place
 *   is not followed, not even one that is put there meanwhile.
 * - The content goes to a new file of a name that nobody can foresee, made with its mode (`O_EXCL` follows no link),
 *   and is renamed into place: what had the name is replaced, and a link there is replaced as a link.
 */
import { basename, dirname } from "node:path";
import { AnchoredFolder } from "./anchored.ts";
import { requireOwnPlace } from "./held-root.ts";
import { realPlace } from "./paths.ts";
import { temporaryName } from "./replace.ts";

export interface OwnFileOptions {
  /** Less what the process's mask takes away. */
  readonly mode: number;
}

/**
 * Replaces whatever has the name. Throws what the file system throws, `data.link`, `root.replaced` and `Displaced`;
 * then nothing was changed.
 */
export function writeOwnFile(path: string, text: string, { mode }: OwnFileOptions): void {
  using folder = openOwnFolder(path);
  folder.writeFile(basename(path), text, { mode, temporary: temporaryName() });
}

/** The same where nothing may have the name: throws `EEXIST` then. */
export function createOwnFile(path: string, text: string, { mode }: OwnFileOptions): void {
  using folder = openOwnFolder(path);
  folder.createNew(basename(path), Buffer.from(text), {
    mode: mode & ~process.umask(),
    temporary: temporaryName(),
  });
}

/**
 * Makes an empty file where there is none. It and its folder may be links, unless that is one of amalfa's own. Throws
 * as `writeOwnFile`.
 */
export function makeEmptyFile(path: string, { mode }: OwnFileOptions): void {
  const real = realPlace(path);
  using folder = AnchoredFolder.open(dirname(real));
  requireOwnPlace(path);
  folder.makeFile(basename(real), mode);
}

/** Makes a folder where nothing has its name, in one that is there. Throws as `writeOwnFile`. */
export function makeFolderInPlace(path: string): void {
  using folder = openOwnFolder(path);
  folder.makeFolder(basename(path));
}

/** Removes a file, and nothing that is not there. Throws as `writeOwnFile`, for a folder of that name as well. */
export function removeOwnFile(path: string): void {
  using folder = openOwnFolder(path);
  folder.discard(basename(path));
}

/** The folder of such a file, held. Throws what the file system throws, `data.link` and `root.replaced`. */
export function openOwnFolder(path: string): AnchoredFolder {
  let folder: AnchoredFolder | undefined;
  try {
    folder = AnchoredFolder.open(dirname(path));
    // What it was reached through; it itself is looked at again whenever something is done in it.
    requireOwnPlace(path);
    return folder;
  } catch (error) {
    folder?.[Symbol.dispose]();
    // A link in its place is no folder to the system.
    requireOwnPlace(path);
    throw error;
  }
}
