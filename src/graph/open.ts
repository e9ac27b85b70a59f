/**
 * The graph's database, opened for reading or for writing.
 *
 * Opening never repairs, converts or replaces anything. A graph of an earlier schema is opened as it is: readers
 * search it, and an ingest brings it over (I16). What is no graph, or a newer one, is refused with an error that says
 * what it is and which command mends it.
 */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { makeFolderOf } from "../project/index.ts";
import {
  isBusy,
  isDamage,
  isInDataDirectory,
  isReadOnly,
  isUnopenable,
  mayBecomeDatabase,
  type OpenOptions,
  openRolledBack,
  openToRead,
  openToWrite,
  type ReadingConnection,
  readTransaction,
  shortageBehind,
  sqliteFault,
  Unshareable,
  writeTransaction,
} from "../sqlite/index.ts";
import { AmalfaError, clauseOf, systemErrorCode } from "../system/index.ts";
import { nameProcesses, writerLockHolders } from "../system/process/index.ts";
import { DamagedRows } from "./damage.ts";
import { metaFault, proveEverything } from "./proof/index.ts";
import { createSchema, type SchemaState, schemaState } from "./schema.ts";
import { readMeta } from "./state.ts";
import { storedTypeFault } from "./stored-types.ts";

/**
 * Bytes of SQLite's page cache for a writer: enough to keep index pages of large graphs in memory, small beside the
 * model.
 */
const WRITER_CACHE_KIB = 16 * 1024;

/** The same for a reader that is asked again and again. */
const LASTING_CACHE_KIB = 8 * 1024;

/** Opens the graph for writing, creating the file and its tables when there are none. */
export function openGraphToWrite(path: string): Database {
  return guarded(path, () => {
    makeFolderOf(path);
    requireOursOrNew(path);
    const db = openToWrite(path, { refuseOthers: (db) => requireUsableOrEmpty(path, db) });
    try {
      db.run(`PRAGMA cache_size = -${WRITER_CACHE_KIB}`);
      const state = schemaState(db, path);
      if (state.kind === "empty") {
        writeTransaction(db, () => {
          if (schemaState(db, path).kind !== "empty") return;
          createSchema(db);
          // Whoever looks before a first ingest has finished, or after one that found nothing, asks for the proof.
          proveEverything(db);
        });
      } else requireUsable(path, state);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * Refuses what is no graph of ours before anything is written: opening for writing already changes the journal mode,
 * and with it the file. An empty file is a database to SQLite, but perhaps a document to its owner.
 */
function requireOursOrNew(path: string): void {
  const size = sizeOf(path);
  if (size === undefined) return;
  if (size === 0) {
    if (mayBecomeDatabase(path)) return;
    throw new AmalfaError("database.foreign", `${path} is an empty file that amalfa did not make.`);
  }
  using db = openRolledBack(path).db;
  requireUsableOrEmpty(path, db);
}

function requireUsableOrEmpty(path: string, db: Database): void {
  const state = schemaState(db, path);
  if (state.kind !== "empty") requireUsable(path, state);
}

export interface GraphOptions extends OpenOptions {
  /** "ignored": damaged rows of `meta` are no obstacle, for whoever is going to replace them. */
  readonly proof?: "required" | "ignored";
}

/**
 * Opens an existing graph as `openToRead` opens any file. Throws `database.missing` when there is none yet, or no
 * ingest has finished.
 */
export function openGraphToRead(path: string, options: GraphOptions = {}): ReadingConnection {
  return guarded(path, () => {
    const size = sizeOf(path);
    if (size === undefined) throw missing(path);
    // No database of amalfa's; an ingest makes one of it, if it may.
    if (size === 0) requireOursOrNew(path);
    const { db, view } = openToRead(path, options);
    try {
      readTransaction(db, () => requireSearchable(db, path, options.proof ?? "required"));
      return { db, view };
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * Makes a reader keep what one search reads for the next one. With SQLite's usual 2 MB the vectors of a search drive
 * out the upper pages of the tables and the lengths of the passages. A reader for one answer reads hardly a page twice,
 * and would take fresh memory for each.
 */
export function keepPages(db: Database): void {
  db.run(`PRAGMA cache_size = -${LASTING_CACHE_KIB}`);
}

function requireSearchable(db: Database, path: string, proof: "required" | "ignored"): void {
  const state = schemaState(db, path);
  if (state.kind === "empty") throw missing(path);
  requireUsable(path, state);
  if (proof === "ignored") return;
  const fault = metaFault(db);
  if (fault !== undefined) throw new DamagedRows(fault);
  // The tables are made before the first ingest begins, which may take minutes or be interrupted.
  if (readMeta(db, "fingerprint") === undefined) throw missing(path);
}

/** The same; undefined where there is none, with which a dry run and a first ingest begin. */
export function openGraphToReadIfPresent(
  path: string,
  options: GraphOptions = {},
): ReadingConnection | undefined {
  try {
    return openGraphToRead(path, options);
  } catch (error) {
    if (error instanceof AmalfaError && error.code === "database.missing") return undefined;
    throw error;
  }
}

/**
 * Bytes of the database, or undefined where there is none. Throws when that cannot be told, since a folder that may
 * not be looked into is no proof of absence, and for what is no file: SQLite would open a named pipe and wait for
 * whoever writes to it.
 */
function sizeOf(path: string): number | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) return found?.size;
    const what = found.isDirectory() ? "a folder" : "neither a file nor a folder";
    throw new AmalfaError("database.unusable", `${path}, where the database should be, is ${what}.`, {
      // What lies elsewhere no command moves: then it is for whoever set it.
      ...(isInDataDirectory(path) ? { hint: MOVED_BY_REBUILD } : {}),
    });
  } catch (error) {
    if (systemErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

const MOVED_BY_REBUILD =
  "Run `amalfa rebuild`: it moves what lies there to quarantine and builds the graph again from the markdown.";

function missing(path: string): AmalfaError {
  return new AmalfaError("database.missing", `There is no graph at ${path} yet.`);
}

/** Throws for what this program can neither search nor bring over. */
function requireUsable(path: string, state: SchemaState): void {
  if (state.kind === "older" && state.isReadable) return;
  switch (state.kind) {
    case "current":
      return;
    case "newer":
      throw new AmalfaError(
        "database.newer",
        `The graph at ${path} was made by a newer version (schema ${state.version}).`,
      );
    case "older":
    case "legacy":
      throw new AmalfaError(
        "database.older",
        `The graph at ${path} was made by an earlier version of amalfa.`,
      );
    default:
      throw new AmalfaError("database.foreign", `${path} is a database, but not one of amalfa's.`, {
        hint:
          "Check the `database` setting, or move that file away; " +
          "nothing was changed, and `amalfa doctor` says more.",
      });
  }
}

/** Turns what SQLite throws into what a user can act on. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw databaseError(path, error);
  }
}

/** An error of SQLite or of the file system as one that names the file and the next step; others pass through. */
export function databaseError(path: string, thrown: unknown): unknown {
  if (thrown instanceof AmalfaError) return thrown;
  const error = isDefect(thrown) ? (oddValueBehind(path) ?? thrown) : thrown;
  if (isBusy(error)) {
    const who = nameProcesses(writerLockHolders(path));
    const what = `Another process is writing to ${path}${who === "" ? "" : `: ${who}`}.`;
    return new AmalfaError("database.busy", what, { cause: error });
  }
  if (error instanceof DamagedRows) {
    return new AmalfaError("database.damaged", `The graph at ${path} is damaged: ${error.message}.`, {
      hint:
        "Run `amalfa rebuild`: it builds the graph again from the markdown and " +
        "keeps the vector cache. `amalfa doctor --deep` compares all rows and says what else is wrong; " +
        "without `--deep` it compares those of a seventh of the documents each day.",
      cause: error,
    });
  }
  const fault = sqliteFault(error);
  if (isDamage(error)) {
    return new AmalfaError("database.damaged", `${path} is damaged or not a database: ${clauseOf(error)}.`, {
      // Elsewhere it may be anybody's file, which a rebuild leaves alone.
      hint: isInDataDirectory(path)
        ? "Run `amalfa doctor` to see what is wrong; `amalfa rebuild` " +
          "builds the graph again and keeps the vector cache."
        : "Run `amalfa doctor`, which says what is wrong and whether the " +
          "`database` setting leads to the right file; nothing was changed.",
      cause: error,
    });
  }
  const shortage = shortageBehind(path, error);
  if (shortage === "limit") {
    return new AmalfaError(
      "files.full",
      `A limit of this process on the size of files keeps ${path} from growing.`,
      {
        hint: "Raise the limit (`ulimit -f unlimited`), and run the command again; the graph is as it was before.",
        cause: error,
      },
    );
  }
  if (shortage !== undefined) {
    return new AmalfaError("database.full", `There is no space left to write ${path}.`, { cause: error });
  }
  if (systemErrorCode(error) === "EACCES" || systemErrorCode(error) === "EPERM") {
    return new AmalfaError("database.unusable", `${path} cannot be reached: permission denied.`, {
      hint: "Run `amalfa doctor --check layout.access`, which names what has to become readable.",
      cause: error,
    });
  }
  if (/^(ELOOP|ENAMETOOLONG|ENOTDIR|EEXIST)$/.test(systemErrorCode(error) ?? "")) {
    return new AmalfaError("database.unusable", `${path} cannot be reached: ${clauseOf(error)}.`, {
      hint: "Mend the link or the folder in its place, or correct the `database` setting; nothing was changed.",
      cause: error,
    });
  }
  if (error instanceof Unshareable || isUnopenable(error)) {
    return new AmalfaError("database.unusable", `${path} cannot be opened: ${clauseOf(error)}.`, {
      hint: "Run `amalfa doctor --check layout.access db.open`, which names what has to become readable or writable.",
      cause: error,
    });
  }
  if (isReadOnly(error)) {
    return new AmalfaError("database.unusable", `${path} cannot be written: ${clauseOf(error)}.`, {
      hint: "Nothing was changed. `amalfa doctor --check layout.access` names what has to become writable.",
      cause: error,
    });
  }
  if (fault !== undefined) {
    return new AmalfaError("database.unusable", `${path} cannot be used: ${clauseOf(error)}.`, {
      hint: "Run `amalfa doctor` to see what is wrong.",
      cause: error,
    });
  }
  return error;
}

/** What JavaScript throws where code meets a value that it does not expect. */
function isDefect(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

/** The damage by which a reader can have met such a value; undefined where all are of the types that were written. */
function oddValueBehind(path: string): DamagedRows | undefined {
  try {
    using db = openToRead(path, {}).db;
    const fault = storedTypeFault(db);
    return fault === undefined ? undefined : new DamagedRows(fault);
  } catch {
    // What was thrown first is what the user has to hear of.
    return undefined;
  }
}
