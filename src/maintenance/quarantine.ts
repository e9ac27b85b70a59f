/**
 * Moving aside what is damaged or not ours, instead of deleting it.
 *
 * Call with no connection to the files open in this process, and only when no other process has one.
 */
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { ProjectPaths } from "../config/paths.ts";
import { systemErrorCode } from "../errors.ts";

/** One file or folder on its way to quarantine. Absolute paths. */
export interface QuarantineMove {
  readonly from: string;
  readonly to: string;
}

/** The files of a database that exist: the main file first, since a log without its database is harmless and the reverse loses rows. */
export function databaseFiles(database: string): string[] {
  return [database, `${database}-wal`, `${database}-shm`].filter(
    (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
  );
}

/** Plans the move of files to a folder of their own, named after the time in UTC; nothing is created yet. */
export function planQuarantine(paths: ProjectPaths, files: readonly string[], now: Date): QuarantineMove[] {
  const stamp = now.toISOString().replaceAll(":", "-");
  let folder = join(paths.quarantine, stamp);
  for (let count = 2; existsSync(folder); count++) folder = join(paths.quarantine, `${stamp}-${count}`);
  return files.map((from) => ({ from, to: join(folder, basename(from)) }));
}

/** Carries out the moves in order. Throws what the file system throws. */
export function quarantine(moves: readonly QuarantineMove[]): void {
  for (const { from, to } of moves) {
    mkdirSync(join(to, ".."), { recursive: true });
    try {
      renameSync(from, to);
    } catch (error) {
      if (systemErrorCode(error) !== "EXDEV") throw error;
      copyFileSync(from, to, constants.COPYFILE_EXCL);
      rmSync(from);
    }
  }
}
