/** The files that belong to a database: who has them open, and what is none of them though it lies in their place. */

import { statSync } from "node:fs";
import { dirname, sep } from "node:path";
import {
  DATA_DIRECTORY,
  hasDatabaseName,
  oddKindAt,
  oddKindBehind,
  realPlace,
} from "../system/files/index.ts";
import { AmalfaError, systemErrorCode } from "../system/index.ts";
import { describeFileHolder, findFileHolders } from "../system/process/index.ts";

/** What SQLite opens beside a database. */
export const BESIDE = ["-journal", "-wal", "-shm"] as const;

/**
 * The files of a database that exist: the main file first, since a log without its database is harmless and the
 * reverse loses rows.
 */
export function databaseFiles(database: string): string[] {
  return [database, ...BESIDE.map((end) => database + end)].filter(
    (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
  );
}

/** Who has the database open, apart from `ownPids`; undefined where nobody has, or the system does not tell. */
export function nameOpeners(database: string, ownPids: readonly number[]): string | undefined {
  const search = findFileHolders(databaseFiles(database));
  if (search.kind === "unknown") return undefined;
  const others = search.holders.filter(({ pid }) => !ownPids.includes(pid));
  return others.length === 0 ? undefined : others.map(describeFileHolder).join(", ");
}

/**
 * Throws `file.kind` where a database or what SQLite opens beside it is no file: SQLite would wait for a named pipe for
 * ever, and fail at the rest without saying why. A folder in the place of the database is left to SQLite.
 */
export function refuseOddFiles(database: string): void {
  const found = findOddFile(database);
  if (found === undefined) return;
  throw new AmalfaError("file.kind", `${found.path} is ${found.kind}, and no file of a database.`, {
    hint:
      "Nothing was changed. `amalfa doctor --check layout.access` names " +
      "everything of that kind; move it away and run the command again.",
  });
}

/** Whether a file really lies in the `.amalfa` of some project. */
export function isInDataDirectory(path: string): boolean {
  return dirname(realPlace(path)).split(sep).includes(DATA_DIRECTORY);
}

/**
 * Whether an empty file may be made a database. It is one to SQLite, and may be a note yet to be written to its owner:
 * what it is really called tells, and not the link that leads to it.
 */
export function mayBecomeDatabase(path: string): boolean {
  return hasDatabaseName(realPlace(path)) || isInDataDirectory(path);
}

/**
 * Throws `data.link` where a link would have an empty file that is none of amalfa's made a database, or a new one of a
 * name that no database has. What holds something is looked into by whoever is about to write to it.
 */
export function refuseLinkToOthers(path: string): void {
  if (!isLink(path) || mayBecomeDatabase(path) || holdsSomething(path)) return;
  throw new AmalfaError(
    "data.link",
    `${path} is a symbolic link to ${realPlace(path)}, which is no database. Nothing was made through it.`,
  );
}

function isLink(path: string): boolean {
  return unlessForbidden(() => oddKindAt(path)) === "a symbolic link";
}

function holdsSomething(path: string): boolean {
  return unlessForbidden(() => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) ?? true;
}

/** What may not be looked at SQLite cannot open either, and says so. */
function unlessForbidden<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (systemErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}

function findOddFile(database: string): { path: string; kind: string } | undefined {
  return unlessForbidden(() => {
    const kind = oddKindBehind(database);
    if (kind !== undefined) return kind === "a folder" ? undefined : { path: database, kind };
    // SQLite keeps them beside the file that a link leads to.
    const real = realPlace(database);
    for (const path of BESIDE.map((end) => real + end)) {
      const beside = oddKindAt(path);
      if (beside !== undefined) return { path, kind: beside };
    }
    return undefined;
  });
}
