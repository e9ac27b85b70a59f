/**
 * What state the graph's database is in, before a rebuild decides what to do with it.
 *
 * Looks only, through one connection that is closed before it answers: whoever moves the file afterwards must have
 * none open.
 */
import type { Database } from "bun:sqlite";
import { lstatSync, type Stats, statSync } from "node:fs";
import { basename, join } from "node:path";
import { hasCacheTable } from "../../embedding/cache/index.ts";
import { databaseError, schemaFault, schemaState } from "../../graph/index.ts";
import { type ProjectPaths, projectPaths } from "../../project/index.ts";
import {
  hasUnwritableHeader,
  isDamage,
  openRolledBack,
  openToRead,
  sqliteFault,
  UNWRITABLE,
} from "../../sqlite/index.ts";
import { liesBelow, realPath, realPlace } from "../../system/files/index.ts";
import { messageOf, systemErrorCode } from "../../system/index.ts";

/** What a rebuild calls a new database until it is complete, after the name of the one that it replaces. */
export const BUILDING_SUFFIX = ".rebuilding";

export type DatabaseCondition =
  /** There is no file, or an empty database. */
  | { readonly kind: "absent" }
  /** A graph that passes SQLite's check, of this schema or of an earlier one that is brought over. */
  | { readonly kind: "sound" }
  /** A write was interrupted, and only a writer can take it back; nothing more is known of what is there. */
  | { readonly kind: "interrupted" }
  /**
   * What is there cannot become the graph.
   * `owner` is "unknown" where the file is too damaged to tell, or no database: it may be anybody's.
   */
  | { readonly kind: "unusable"; readonly reason: string; readonly owner: DatabaseOwner };

/** "usual": in `.amalfa`, under the name that a graph has without any setting. "inside": elsewhere in `.amalfa`. */
export type DatabasePlace = "usual" | "inside" | "outside";

/** "vector cache": amalfa's as well, but nothing to replace by a graph. */
export type DatabaseOwner = "amalfa" | "vector cache" | "somebody else" | "unknown";

/**
 * Opens and checks the database. A write that was interrupted in rollback mode, whose journal lies beside it, is
 * taken back first with "roll back"; "look" changes nothing. Throws `database.busy` (exit 4) when another process
 * keeps it locked, and what keeps a sound file from being read, such as missing permissions.
 */
export function examineDatabase(path: string, may: "look" | "roll back"): DatabaseCondition {
  const entry = entryAt(path);
  if (entry === undefined) return { kind: "absent" };
  if (!entry.isFile()) return { kind: "unusable", reason: "it is not a file", owner: "unknown" };
  let owner: DatabaseOwner = "unknown";
  try {
    using db = (may === "look" ? openToRead(path) : openRolledBack(path)).db;
    const state = schemaState(db, path);
    if (state.kind === "empty") return { kind: "absent" };
    if (state.kind === "foreign") {
      return hasCacheTable(db)
        ? unusable("it is a vector cache", "vector cache")
        : unusable("it is a database of something else", "somebody else");
    }
    if (state.kind === "legacy") {
      const proved = state.proof === "columns" ? "amalfa" : "unknown";
      return unusable("it was made by an earlier version of amalfa", proved);
    }
    owner = "amalfa";
    if (hasUnwritableHeader(path)) return unusable(UNWRITABLE, owner);
    if (state.kind === "older" && state.isReadable) return checkPages(db);
    if (state.kind !== "current")
      return unusable(`it has schema version ${state.version}, of another version of amalfa`, owner);
    return checkGraph(db);
  } catch (error) {
    if (may === "look" && sqliteFault(error) === "interrupted write") return { kind: "interrupted" };
    // In a file that says it is ours, an error of no class of its own is damage as well, such as that of the
    // full-text index's settings.
    const contradictsItself = owner === "amalfa" && sqliteFault(error) === "contradiction";
    if (!isDamage(error) && !contradictsItself) throw databaseError(path, error);
    return unusable(messageOf(error), owner);
  }
}

/** Whose database it is, as `examineDatabase` tells; "unknown" also where it cannot be examined now. Never throws. */
export function ownerOf(path: string): DatabaseOwner {
  try {
    const condition = examineDatabase(path, "look");
    return condition.kind === "unusable" ? condition.owner : "unknown";
  } catch {
    return "unknown";
  }
}

/**
 * Where the database really lies: SQLite keeps the `-wal` and `-shm` beside the file that a symbolic link leads to. A
 * link that leads nowhere is answered as it is.
 */
export function realDatabasePath(path: string): string {
  return exists(path) && lstatSync(path).isSymbolicLink() ? realPath(path) : path;
}

/**
 * Where the database really lies, symbolic links resolved on both sides: what a link leads to may be anybody's, or the
 * vector cache that the project uses.
 */
export function databasePlace({ root, data, database, vectorCache }: ProjectPaths): DatabasePlace {
  if (!liesBelow(data, database)) return "outside";
  const place = realPlace(database);
  const isUsual = place === join(realPlace(data), basename(projectPaths(root).database));
  return isUsual && place !== realPlace(vectorCache) ? "usual" : "inside";
}

function checkGraph(db: Database): DatabaseCondition {
  const fault = schemaFault(db);
  if (fault !== undefined) return unusable(fault.what, "amalfa");
  return checkPages(db);
}

function checkPages(db: Database): DatabaseCondition {
  // Index damage, which this does not see, is no obstacle: a rebuild empties every index with its table.
  const verdict = db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check;
  if (verdict === "ok") return { kind: "sound" };
  return unusable(`it fails SQLite's check: ${(verdict ?? "no answer").split("\n").join(" ")}`, "amalfa");
}

function unusable(reason: string, owner: DatabaseOwner): DatabaseCondition {
  return { kind: "unusable", reason, owner };
}

function exists(path: string): boolean {
  return entryAt(path) !== undefined;
}

/** What is at a path; nothing where a folder on the way is a file. */
function entryAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR") return undefined;
    throw databaseError(path, error);
  }
}
