/**
 * What a file of the vector cache looks like, and how it is told from other databases.
 *
 * - A file is created at once as it should be: what decides how its pages are laid out can hardly be changed later.
 * - A file that is not known to be a vector cache is never written to: `user_version` and the columns of its table
 *   have to be right.
 * - No DDL where everything is there. What is missing beside the rows, as in a file of version 1, or was altered, is
 *   made again in one transaction, and no row is lost.
 */
import type { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { makeFolderOf } from "../../project/index.ts";
import {
  busyTimeout,
  isBusy,
  isDamage,
  mayBecomeDatabase,
  type OthersObjects,
  objectsOfOthers,
  openInOwnPlace,
  openRolledBack,
  openToWrite,
  readPragma,
  readTransaction,
  sqliteCode,
  writeTransaction,
} from "../../sqlite/index.ts";
import { AmalfaError, accessReason, clauseOf, systemErrorCode } from "../../system/index.ts";
import {
  CACHE_SCHEMA_VERSION,
  EmptyCache,
  NotAFile,
  reasonOf,
  SOMETHING_ELSE,
  UnknownCacheSchema,
} from "./unknown-schema.ts";

/** Versions whose rows can be read as they are. */
const READABLE_VERSIONS: ReadonlySet<number> = new Set([1, CACHE_SCHEMA_VERSION]);

const CACHE_TABLE = `
  CREATE TABLE cache (
    key       TEXT PRIMARY KEY,
    vector    BLOB,
    last_used INTEGER,
    model     TEXT,
    checksum  INTEGER
  )`;

/** Of every version. */
const CACHE_COLUMNS = ["key", "vector", "last_used", "model", "checksum"] as const;

/** Since version 2. Rows are large: without the index, finding the oldest ones would mean reading the whole file. */
const USE_INDEX = "CREATE INDEX cache_by_use ON cache (last_used)";

/** Since version 2. What the last ingests asked for. */
const RUNS_TABLE = `
  CREATE TABLE runs (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    command TEXT NOT NULL,
    model   TEXT NOT NULL,
    hits    INTEGER NOT NULL,
    misses  INTEGER NOT NULL
  )`;

/** Whether rows of a file with this `user_version` can be read. */
function isReadableVersion(version: number): boolean {
  return READABLE_VERSIONS.has(version);
}

export function schemaVersion(db: Database): number {
  return readPragma(db, "user_version");
}

/**
 * Whether the database is a vector cache whose rows can be read: other programs number their schemas from 1 as well.
 */
export function isVectorCache(db: Database): boolean {
  return schemaFault(db) === undefined;
}

/** Why a database is no vector cache of this version, a clause. Reads only. */
export function schemaFault(db: Database): string | undefined {
  return readTransaction(db, () => faultOf(db));
}

function faultOf(db: Database): string | undefined {
  const version = schemaVersion(db);
  const isAsMade = objectsOf(db).get("cache") === wordsOf(CACHE_TABLE);
  // A graph has numbers of its own, which tell nothing here.
  if (!isAsMade && !hasCacheTable(db)) return SOMETHING_ELSE;
  if (!isReadableVersion(version)) return reasonOf(version);
  // Columns are not all: without its key, or with a rule of its own, no row can be stored.
  if (!isAsMade) return "its table is not as amalfa makes it";
  // One may keep a row from being stored, or change it.
  const trigger = db.query("SELECT 1 FROM sqlite_schema WHERE type = 'trigger' LIMIT 1").get();
  return trigger === null ? undefined : "it has triggers that amalfa did not make";
}

/** What there is beside the rows, which follows from them or is only told to people. */
const BESIDE_ROWS: ReadonlyMap<string, string> = new Map([
  ["cache_by_use", USE_INDEX],
  ["runs", RUNS_TABLE],
]);

const OWN_NAMES: ReadonlySet<string> = new Set(["cache", ...BESIDE_ROWS.keys()]);

/** Names of what is not as this version makes it beside the rows of a vector cache. Reads only. */
export function flawsBesideRows(db: Database): string[] {
  const present = objectsOf(db);
  return [...BESIDE_ROWS].flatMap(([name, sql]) => (present.get(name) === wordsOf(sql) ? [] : [name]));
}

/** What somebody else has put into a vector cache; reads only. A unique index keeps vectors from being stored. */
export function objectsBesideCache(db: Database): OthersObjects {
  return objectsOfOthers(db, OWN_NAMES);
}

/** By name, what makes it. */
function objectsOf(db: Database): Map<string, string> {
  const rows = db.query("SELECT name, coalesce(sql, '') FROM sqlite_schema").values() as [string, string][];
  return new Map(rows.map(([name, sql]) => [name, wordsOf(sql)]));
}

function wordsOf(sql: string): string {
  return sql.trim().replace(/\s+/g, " ");
}

/** Whether the database has the table of a vector cache, of whichever version of amalfa. */
export function hasCacheTable(db: Database): boolean {
  const columns = db
    .query<{ name: string }, []>(
      `SELECT field.name FROM sqlite_schema AS object, pragma_table_info(object.name) AS field
       WHERE object.type = 'table' AND object.name = 'cache'`,
    )
    .all();
  const names = new Set(columns.map(({ name }) => name));
  return CACHE_COLUMNS.every((name) => names.has(name));
}

/** Throws `UnknownCacheSchema` for what is neither a vector cache nor an empty database. */
function refuseOtherSchemas(db: Database): void {
  readTransaction(db, () => {
    const fault = faultOf(db);
    if (fault !== undefined && !isEmptyDatabase(db)) throw new UnknownCacheSchema(schemaVersion(db), fault);
  });
}

/** Whether nothing was ever made in the database, as in a file of 0 bytes. */
export function isEmptyDatabase(db: Database): boolean {
  return readTransaction(
    db,
    () => schemaVersion(db) === 0 && db.query("SELECT 1 FROM sqlite_schema LIMIT 1").get() === null,
  );
}

/**
 * Throws `EmptyCache` for a file whose making did not come to its end, and `UnknownCacheSchema` for what is no vector
 * cache.
 */
export function requireCache(db: Database): void {
  readTransaction(db, () => {
    if (isEmptyDatabase(db)) throw new EmptyCache();
    const fault = faultOf(db);
    if (fault !== undefined) throw new UnknownCacheSchema(schemaVersion(db), fault);
  });
}

/**
 * Opens the file for reading and writing; creates or upgrades it if need be. Throws the driver's error or
 * `UnknownCacheSchema`.
 */
export function openCacheToWrite(path: string): Database {
  refuseOtherThanFiles(path);
  refuseEmptyNote(path);
  if (isEmptyOrAbsent(path)) {
    makeFolderOf(path);
  } else {
    // Before the file is opened for writing, which would turn a stranger's database into one in WAL mode.
    using existing = openCacheRolledBack(path);
    refuseOtherSchemas(existing);
  }
  // What was taken back may have been the creation of the file.
  if (isEmptyOrAbsent(path)) create(path);
  const db = openToWrite(path, { refuseOthers: refuseOtherSchemas });
  try {
    completeSchema(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Opens an existing file for reading. Where a process was killed in the middle of a write, its transaction is taken
 * back first: until a connection that may write has done that, no other one can read. Throws the driver's error.
 */
export function openCacheRolledBack(path: string): Database {
  refuseOtherThanFiles(path);
  return openRolledBack(path).db;
}

function isEmptyOrAbsent(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || (found.isFile() && found.size === 0);
}

/** SQLite would open a named pipe and wait for whoever writes to it, out of reach of any signal. */
function refuseOtherThanFiles(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) throw new NotAFile();
}

/**
 * An empty file may be a note yet to be written, which a misspelt setting names; a name that databases have tells
 * otherwise.
 */
function refuseEmptyNote(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size > 0) return;
  if (mayBecomeDatabase(path)) return;
  // Another process may be about to create the cache.
  if (existsSync(`${path}-journal`)) return;
  throw new UnknownCacheSchema(0, "it is an empty file whose name does not end in .sqlite, .sqlite3 or .db");
}

/** Pages can only be given back to the system one by one when that was asked for before the first page was written. */
function create(path: string): void {
  using db = openInOwnPlace(path);
  db.run(`PRAGMA busy_timeout = ${busyTimeout()}`);
  db.run("PRAGMA auto_vacuum = INCREMENTAL");
  completeSchema(db);
}

/** Makes what the database lacks of the current schema. */
export function completeSchema(db: Database): void {
  if (isComplete(db)) return;
  writeTransaction(db, () => {
    refuseOtherSchemas(db);
    // Another process may have done it since.
    if (isComplete(db)) return;
    if (!hasCacheTable(db)) db.run(CACHE_TABLE);
    // A trigger was refused above, so these are indexes, which hold nothing that the rows do not.
    for (const { name } of objectsBesideCache(db).inTheWay)
      db.run(`DROP INDEX "${name.replaceAll('"', '""')}"`);
    for (const name of flawsBesideRows(db)) makeBesideRows(db, name);
    db.run(`PRAGMA user_version = ${CACHE_SCHEMA_VERSION}`);
  });
}

function isComplete(db: Database): boolean {
  return readTransaction(
    db,
    () =>
      schemaVersion(db) === CACHE_SCHEMA_VERSION &&
      flawsBesideRows(db).length + objectsBesideCache(db).inTheWay.length === 0,
  );
}

function makeBesideRows(db: Database, name: string): void {
  const [type] = db.query("SELECT type FROM sqlite_schema WHERE name = ?").values(name).flat();
  if (type !== undefined) db.run(`DROP ${String(type)} "${name}"`);
  db.run(BESIDE_ROWS.get(name)!);
}

/*
 * What the commands that are about the vector cache say when it cannot be used. A run that merely uses it never fails
 * on its account.
 */

/** Runs `work`, and turns what SQLite throws into what a user can act on. */
export function guardedCache<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cacheError(path, error);
  }
}

/** Throws `cache.missing`, and `cache.unusable` where a folder on the way is none. */
export function requireCacheFile(path: string): void {
  if (!isThere(path)) throw missing(path);
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw cacheError(path, error);
  }
}

function missing(path: string): AmalfaError {
  return new AmalfaError("cache.missing", `There is no vector cache at ${path} yet.`);
}

/** Others than SQLite's and the file system's pass through. */
export function cacheError(path: string, error: unknown): unknown {
  if (error instanceof EmptyCache) return missing(path);
  if (error instanceof UnknownCacheSchema) {
    return new AmalfaError("cache.schema", `${path} is no vector cache of this version: ${error.message}.`);
  }
  if (error instanceof NotAFile) {
    return new AmalfaError("cache.unusable", `${path} cannot be used: ${error.message}.`);
  }
  if (/^(ELOOP|ENAMETOOLONG|ENOTDIR|EACCES|EPERM|EROFS)$/.test(systemErrorCode(error) ?? "")) {
    return new AmalfaError("cache.unusable", `${path} cannot be reached: ${accessReason(error)}.`, {
      hint: "Mend the link, the folder or the permissions on the way, or correct the `cache.path` setting.",
      cause: error,
    });
  }
  if (sqliteCode(error) === undefined) return error;
  if (isBusy(error)) {
    return new AmalfaError("cache.busy", `Another process is writing to ${path}.`, { cause: error });
  }
  if (isDamage(error)) {
    return new AmalfaError("cache.damaged", `${path} is damaged or no vector cache: ${clauseOf(error)}.`, {
      cause: error,
    });
  }
  return new AmalfaError("cache.unusable", `${path} cannot be used: ${clauseOf(error)}.`, {
    hint: "Look at its permissions and at the free space of the disk; `amalfa doctor` says more.",
    cause: error,
  });
}
