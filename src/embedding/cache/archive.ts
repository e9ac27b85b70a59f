/**
 * A vector cache as one portable file, and back.
 *
 * An export is a SQLite database of its own, with a checksum to each row. It is written as `<file>.<pid>.partial`,
 * without journal or log beside it, made durable, and renamed once it is whole.
 *
 * A file to import may be anybody's. It is read as it lies, and it is an export only if its schema is word for word
 * the one below, so that there is no view, trigger, index or generated column. SQLite looks through its pages and at
 * the length of every value, then each row is proved; only then the first one is written. A good row of the cache is
 * never replaced.
 */

import { Database } from "bun:sqlite";
import { closeSync, fsyncSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { partialName, useOf } from "../../project/index.ts";
import { openUnlocked, readPragma, sqliteCode, writeTransaction } from "../../sqlite/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";
import { isAlive } from "../../system/process/index.ts";
import {
  type Archive,
  type ArchivedRow,
  EARLIER_MAGIC,
  openEarlierArchive,
  UnusableArchive,
} from "./earlier-archive.ts";
import { type ModelRows, modelsOf } from "./report.ts";
import { vectorChecksum, vectorOfRow } from "./row.ts";
import { cacheError, guardedCache, openCacheRolledBack, openCacheToWrite, requireCache } from "./schema.ts";

/** `user_version`. Version 1 is the earlier format, which is no database. */
const ARCHIVE_VERSION = 2;
/** `application_id`: "amVC", at the end of the first 72 bytes of the file. */
const APPLICATION_ID = 0x616d5643;
const HEAD_BYTES = 72;
/** Five rows of 384 dimensions fill a page. */
const PAGE_BYTES = 8_192;

/** A quick check proves types and lengths as well. */
const TABLE = `CREATE TABLE cache (
  key      TEXT    NOT NULL CHECK (octet_length(key) = 64),
  vector   BLOB    NOT NULL CHECK (octet_length(vector) BETWEEN 4 AND 262144),
  model    TEXT    NOT NULL CHECK (octet_length(model) BETWEEN 1 AND 1024),
  checksum INTEGER NOT NULL
) STRICT`;

const ROWS_PER_TRANSACTION = 1_000;

export interface ArchiveReport {
  readonly entries: number;
  readonly bytes: number;
  readonly models: readonly ModelRows[];
}

export interface ExportReport extends ArchiveReport {
  /** Malformed rows, which were left out. */
  readonly skipped: number;
}

export interface ImportReport extends ArchiveReport {
  readonly added: number;
  /** Malformed rows of the cache that were replaced by good ones. */
  readonly repaired: number;
  /** Rows that the cache had already. */
  readonly kept: number;
}

/** Writes all well-formed rows, as they are at one moment. Throws `cache.*`; no half file is left. */
export function exportCache(path: string, file: string, model?: string): ExportReport {
  removeAbandoned(file);
  const partial = partialName(file);
  try {
    const report = guardedCache(path, () => copyToArchive(path, partial, model));
    return { ...report, bytes: writing(partial, () => finish(partial, file)) };
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

/** What exports to the same file have left that were killed. */
function removeAbandoned(file: string): void {
  const prefix = `${basename(file)}.`;
  for (const name of namesIn(dirname(file))) {
    const pid = /^(\d+)\.partial$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : "")?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(dirname(file), name);
    if (useOf([path]).kind === "unused") rmSync(path, { force: true });
  }
}

/** A folder that cannot be read cannot be written to either, which the export finds out. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function copyToArchive(path: string, file: string, model: string | undefined): Omit<ExportReport, "bytes"> {
  using db = openCacheRolledBack(path);
  requireCache(db);
  // One read transaction, so that what is counted is what is written.
  db.run("BEGIN");
  const present = modelsOf(db).filter(({ model: id }) => id !== "" && (model === undefined || id === model));
  if (model !== undefined && present.length === 0) {
    throw new AmalfaError("cache.model", `The vector cache has no rows of the model "${model}".`);
  }
  using out = writing(file, () => createArchive(file));
  const insert = out.query<unknown, [string, Uint8Array, string, number]>(
    "INSERT INTO cache VALUES (?, ?, ?, ?)",
  );
  for (const rows of present) {
    for (const [key, vector] of goodRows(db, rows)) {
      writing(file, () => insert.run(key, vector, rows.model, archiveChecksum(key, vector, rows.model)));
    }
  }
  writing(file, () => out.run("COMMIT"));
  const models = modelsOf(out);
  return { entries: entriesOf(models), models, skipped: entriesOf(present) - entriesOf(models) };
}

function createArchive(file: string): Database {
  rmSync(file, { force: true });
  // Created here and nowhere else: what a link of this name leads to is not written to.
  closeSync(openSync(file, "wx", 0o644));
  const db = new Database(file, { readwrite: true, strict: true });
  db.run(`PRAGMA page_size = ${PAGE_BYTES}`);
  // "OFF" is refused without a word by a SQLite that is built to be defensive.
  db.run("PRAGMA journal_mode = MEMORY");
  db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.run(`PRAGMA user_version = ${ARCHIVE_VERSION}`);
  db.run(TABLE);
  db.run("BEGIN");
  return db;
}

function* goodRows(db: Database, { model, dimensions }: ModelRows): Generator<[string, Uint8Array]> {
  const rows = db
    .query("SELECT key, vector, checksum FROM cache WHERE model IS ? ORDER BY rowid")
    .iterate(model) as Iterable<Record<"key" | "vector" | "checksum", unknown>>;
  for (const { key, vector, checksum } of rows) {
    if (!isKey(key) || vectorOfRow(key, vector, checksum, dimensions) === undefined) continue;
    yield [key, vector as Uint8Array];
  }
}

function isKey(key: unknown): key is string {
  return typeof key === "string" && /^[0-9a-f]{64}$/.test(key);
}

/** That of a row in the cache covers half a word of the key, and not the model. */
function archiveChecksum(key: string, vector: Uint8Array, model: string): number {
  return Bun.hash.crc32(vector, Bun.hash.crc32(`${key} ${model}`));
}

function entriesOf(models: readonly ModelRows[]): number {
  return models.reduce((sum, { entries }) => sum + entries, 0);
}

/** Gives a file that is whole its name. Answers its size, in bytes. */
function finish(partial: string, file: string): number {
  const fd = openSync(partial, "r+");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(partial, file);
  return statSync(file).size;
}

/** Tells what is wrong with the file that is written from what is wrong with the cache that is read. */
function writing<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new AmalfaError("cache.file", `${file} cannot be written: ${messageOf(error)}.`, { cause: error });
  }
}

export interface ImportOptions {
  /** The id of the model whose rows are wanted. */
  readonly modelId: string;
  /** Whether rows of other models are taken as well. */
  readonly models: "this model" | "any model";
}

/**
 * Merges a file that `exportCache` wrote, of this version or an earlier one, into the cache at `path`, which is
 * created if need be. Rows that are added count as used now.
 *
 * Throws `archive.unreadable`, `archive.invalid`, `archive.newer` and `archive.models`, before anything is written,
 * and `cache.*`.
 */
export function importCache(path: string, file: string, options: ImportOptions): ImportReport {
  using archive = reading(file, () => openArchive(file));
  const { models } = archive;
  refuseForeignModels(file, models, options);
  reading(file, () => {
    for (const _ of archive.rows()) {
      // Each row is proved as it is read.
    }
  });
  try {
    using db = openCacheToWrite(path);
    const bytes = statSync(file).size;
    return { entries: entriesOf(models), bytes, models, ...merge(db, file, archive) };
  } catch (error) {
    throw cacheError(path, error);
  }
}

/**
 * Whether a file begins as an export does; one that is damaged further on is one all the same. Throws what the file
 * system throws.
 */
export function isArchive(file: string): boolean {
  return formatOf(file) !== undefined;
}

function formatOf(file: string): "database" | "earlier" | undefined {
  const fd = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(HEAD_BYTES);
    const head = bytes.toString("latin1", 0, readSync(fd, bytes, 0, HEAD_BYTES, 0));
    if (head.startsWith(EARLIER_MAGIC)) return "earlier";
    return head.startsWith("SQLite format 3\0") && head.endsWith("amVC") ? "database" : undefined;
  } finally {
    closeSync(fd);
  }
}

function openArchive(file: string): Archive {
  // Whoever opens a named pipe waits for somebody to write to it.
  if (!statSync(file).isFile()) throw new UnusableArchive("it is no file");
  const format = formatOf(file);
  if (format === undefined) throw new UnusableArchive("it is something else, or too short");
  if (format === "earlier") return openEarlierArchive(file);
  const db = openUnlocked(file);
  try {
    db.run("PRAGMA trusted_schema = OFF");
    db.run("PRAGMA cell_size_check = ON");
    requireArchive(db, file);
    const models = modelsOf(db);
    return { models, rows: () => archivedRows(db, models), [Symbol.dispose]: () => db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

function requireArchive(db: Database, file: string): void {
  const version = readPragma(db, "user_version");
  if (version > ARCHIVE_VERSION) {
    throw new AmalfaError(
      "archive.newer",
      `${file} was exported by a newer version of amalfa (format ${version}, this one knows ${ARCHIVE_VERSION}).`,
    );
  }
  const schema = db.query("SELECT sql FROM sqlite_schema").values();
  if (version !== ARCHIVE_VERSION || !Bun.deepEquals(schema, [[TABLE]])) {
    throw new UnusableArchive("its tables are not those of an export");
  }
  if (readPragma(db, "page_count") * readPragma(db, "page_size") !== statSync(file).size) {
    throw new UnusableArchive("its size is not what it should be");
  }
  const fault = db.query("PRAGMA quick_check(1)").values()[0]?.[0];
  if (fault !== "ok") throw new UnusableArchive(`it is damaged: ${String(fault).replaceAll("\n", ", ")}`);
}

function* archivedRows(db: Database, models: readonly ModelRows[]): Generator<ArchivedRow> {
  const dimensionsOf = new Map(models.map(({ model, dimensions }) => [model, dimensions]));
  const rows = db.query<ArchivedRow & { readonly checksum: number }, []>(
    "SELECT * FROM cache ORDER BY rowid",
  );
  for (const { key, vector, model, checksum } of rows.iterate()) {
    const dimensions = dimensionsOf.get(model) ?? 0;
    const isWhole = isKey(key) && checksum === archiveChecksum(key, vector, model);
    if (!isWhole || vectorOfRow(key, vector, vectorChecksum(key, vector), dimensions) === undefined) {
      throw new UnusableArchive("a row is malformed");
    }
    yield { key, vector, model, dimensions };
  }
}

/** Turns what is wrong with the file into what a user can act on. */
function reading<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    if (error instanceof UnusableArchive || sqliteCode(error) !== undefined) {
      throw new AmalfaError(
        "archive.invalid",
        `${file} is not a usable export of a vector cache: ${messageOf(error)}.`,
      );
    }
    throw new AmalfaError("archive.unreadable", `${file} cannot be read: ${messageOf(error)}.`);
  }
}

function refuseForeignModels(
  file: string,
  models: readonly ModelRows[],
  { modelId, models: wanted }: ImportOptions,
): void {
  const foreign = models.filter(({ model }) => model !== modelId);
  if (wanted === "any model" || foreign.length === 0) return;
  throw new AmalfaError(
    "archive.models",
    `${file} has vectors of other models than this project's: ${foreign.map(({ model }) => model).join(", ")}.`,
  );
}

function merge(
  db: Database,
  file: string,
  archive: Archive,
): Pick<ImportReport, "added" | "repaired" | "kept"> {
  const counts = { added: 0, repaired: 0, kept: 0 };
  const existing = db.query<{ vector: unknown; checksum: unknown }, [string]>(
    "SELECT vector, checksum FROM cache WHERE key = ?",
  );
  const upsert = db.query<unknown, [string, Uint8Array, number, string, number]>(
    `INSERT INTO cache (key, vector, last_used, model, checksum) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET
       vector = excluded.vector, last_used = excluded.last_used, model = excluded.model, checksum = excluded.checksum`,
  );
  const now = Date.now();
  const rows = archive.rows()[Symbol.iterator]();
  const next = () => reading(file, () => rows.next());
  let row = next();
  while (row.done !== true) {
    writeTransaction(db, () => {
      for (let left = ROWS_PER_TRANSACTION; left > 0 && row.done !== true; left--, row = next()) {
        const { key, vector, model, dimensions } = row.value;
        const found = existing.get(key);
        if (found !== null && vectorOfRow(key, found.vector, found.checksum, dimensions) !== undefined) {
          counts.kept++;
          continue;
        }
        upsert.run(key, vector, now, model, vectorChecksum(key, vector));
        counts[found === null ? "added" : "repaired"]++;
      }
    });
  }
  return counts;
}
