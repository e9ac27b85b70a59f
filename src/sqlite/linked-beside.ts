/**
 * Files beside a database (`-journal`, `-wal`, `-shm`) that are a hard link of somebody else's file.
 *
 * SQLite writes into whatever has such a name, and so into that file. Where the database has as many names itself, all
 * of them belong to a copy of the whole project (`cp -al`), of which `own-file.ts` tells. Else they are parted before
 * SQLite opens them to write, and the other name keeps the file as it is.
 */
import { constants, Database } from "bun:sqlite";
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { AnchoredFolder, realPlace, requireOwnPlace, temporaryName } from "../system/files/index.ts";
import { AmalfaError } from "../system/index.ts";
import { BESIDE } from "./database-files.ts";
import { isBusy } from "./errors.ts";
import { namesOf } from "./own-file.ts";

/** Those that have more names than the database, absolute paths; none where there is no database. */
export function linkedBeside(path: string): string[] {
  const usual = namesOf(path);
  if (usual === 0) return [];
  const real = realPlace(path);
  return BESIDE.map((end) => real + end).filter((beside) => namesOf(beside) > usual);
}

/** While a copy by hard links is being made, or parted, some of the files have one name more than the others. */
const COPYING_MS = 1_000;
const PAUSE_MS = 20;

/**
 * Throws `file.kind` where SQLite would write to a file that is somebody else's as well, even to read the database; a
 * `-journal` it then only reads. Changes nothing (I5).
 */
export function refuseLinkedBeside(path: string): void {
  const find = () => linkedBeside(path).filter((file) => !file.endsWith("-journal"));
  untilNoneIsLinked(find, COPYING_MS, () => undefined);
}

/**
 * Parts them from their other names. Throws the driver's error where the database is damaged, what the file system
 * throws, as `requireOwnPlace` does, and `file.kind` where somebody has the database open all the time.
 */
export function partLinkedBeside(path: string, waitMs: number): void {
  const find = () => linkedBeside(path);
  untilNoneIsLinked(find, waitMs, (linked) => partWhereUnused(path, linked));
}

function untilNoneIsLinked(
  find: () => readonly string[],
  waitMs: number,
  work: (linked: readonly string[]) => void,
): void {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const linked = find();
    if (linked[0] === undefined) return;
    work(linked);
    if (performance.now() >= deadline) throw refusal(linked[0]);
    Bun.sleepSync(PAUSE_MS);
  }
}

function refusal(linked: string): AmalfaError {
  return new AmalfaError(
    "file.kind",
    `${linked} is a hard link of another file, which SQLite would write to through it.`,
    {
      hint:
        "The other file was not changed. Run `amalfa stop-all`, since services have the database open, and then " +
        "`amalfa doctor --fix`, which parts the two.",
    },
  );
}

/** Leaves everything as it is where somebody has the database open. */
function partWhereUnused(path: string, linked: readonly string[]): void {
  requireOwnPlace(path);
  const real = realPlace(path);
  using folder = AnchoredFolder.open(dirname(real));
  // What it holds may have to be taken back, and SQLite then writes to it.
  for (const file of linked) if (file.endsWith("-journal")) putCopy(folder, basename(file));
  const db = new Database(real, { readwrite: true, create: false });
  try {
    // Alone, SQLite keeps in memory what it has in `-shm` else. Whoever shares the database is in the way of this lock.
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("BEGIN EXCLUSIVE");
    requireOwnPlace(path);
    for (const file of linked) if (file.endsWith("-shm")) folder.discard(basename(file));
    db.run("ROLLBACK");
    // Closing it folds a log of ours into the database, and removes its name without having written to it.
    db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 0);
  } catch (error) {
    if (!isBusy(error)) throw error;
  } finally {
    db.close();
  }
}

function putCopy(folder: AnchoredFolder, name: string): void {
  const path = join(folder.path, name);
  const temporary = temporaryName();
  try {
    folder.writeNew(temporary, readFileSync(path), { mode: statSync(path).mode });
    if (namesOf(path) > 1) folder.rename(temporary, folder, name);
    folder.sync();
  } finally {
    folder.discard(temporary);
  }
}
