/**
 * Writing a small file of amalfa's own, in a folder that somebody else may have filled before: what comes with a
 * cloned or unpacked folder can hold links under any name that can be foreseen.
 *
 * - The folder is opened first, and is a real one: a link in its place is not followed.
 * - The content goes to a new file of a name that nobody can foresee, made with its mode (`O_EXCL` follows no link),
 *   and is renamed into place: what had the name is replaced, and a link there is replaced as a link.
 */
import { basename, dirname } from "node:path";
import { AnchoredFolder } from "./anchored.ts";
import { temporaryName } from "./replace.ts";

export interface OwnFileOptions {
  /** Less what the process's mask takes away. */
  readonly mode: number;
}

/** Replaces whatever has the name. Throws what the file system throws, and `Displaced`; then nothing was changed. */
export function writeOwnFile(path: string, text: string, { mode }: OwnFileOptions): void {
  using folder = AnchoredFolder.open(dirname(path));
  folder.writeFile(basename(path), text, { mode, temporary: temporaryName() });
}

/** The same where nothing may have the name: throws `EEXIST` then. */
export function createOwnFile(path: string, text: string, { mode }: OwnFileOptions): void {
  using folder = AnchoredFolder.open(dirname(path));
  folder.createNew(basename(path), Buffer.from(text), {
    mode: mode & ~process.umask(),
    temporary: temporaryName(),
  });
}
