/**
 * An export of a vector cache as a file: a SQLite database of its own, with a checksum to each row.
 *
 * A file to import may be anybody's. It is read as it lies, and it is an export only if its schema is word for word
 * the one below, so that there is no view, trigger, index or generated column. SQLite looks through its pages and at
 * the length of every value; then each row is proved as it is read.
 */

import { Database } from "bun:sqlite";
import { closeSync, lstatSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { openUnlocked, readPragma } from "../../sqlite/index.ts";
import { AmalfaError, seedOfText, vectorChecksum } from "../../system/index.ts";
import { type ModelRows, modelsOf } from "./report.ts";
import { isKey, rowChecksum, vectorOfRow } from "./row.ts";

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

export interface ArchiveReport {
  readonly entries: number;
  readonly bytes: number;
  readonly models: readonly ModelRows[];
}

export function entriesOf(models: readonly ModelRows[]): number {
  return models.reduce((sum, { entries }) => sum + entries, 0);
}

/** A new file of which the rows are still to come, in a transaction that is begun. */
export function createArchive(file: string): Database {
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

/**
 * Whether a file begins as an export does; one that is damaged further on is one all the same. Throws what the file
 * system throws.
 */
export function isArchive(file: string): boolean {
  return formatOf(file) !== undefined;
}

/**
 * Whether a file may be what an export has left that was ended: one that holds nothing yet, or begins as an export
 * does. Others give files such names as well. Never throws.
 */
export function isUnfinishedExport(file: string): boolean {
  try {
    const stat = lstatSync(file);
    return stat.isFile() && (stat.size === 0 || isArchive(file));
  } catch {
    return false;
  }
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

/** Throws `UnusableArchive`, `archive.newer`, the driver's error and the file system's. */
export function openArchive(file: string): Archive {
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
    if (!isWhole || vectorOfRow(key, vector, rowChecksum(key, vector), dimensions) === undefined) {
      throw new UnusableArchive("a row is malformed");
    }
    yield { key, vector, model, dimensions };
  }
}

/** That of a row in the cache covers half a word of the key, and not the model. */
export function archiveChecksum(key: string, vector: Uint8Array, model: string): number {
  return vectorChecksum(vector, seedOfText(`${key} ${model}`));
}

/*
 * Exports of a vector cache in format 1, which are read and no longer written.
 *
 * Integers little-endian: magic (8 bytes), version (u32), length of the header (u32), header (JSON); for each model
 * in the header's order its rows: key (32 bytes), last use (i64), checksum (u32), vector (float32); SHA-256 of
 * everything before (32 bytes).
 */

const EARLIER_MAGIC = "amalfaVC";

const HEADER_AT = EARLIER_MAGIC.length + 8;
const CHECKSUM_AT = 32 + 8;
const VECTOR_AT = CHECKSUM_AT + 4;
const DIGEST_BYTES = 32;

/** A file to import, of whichever format. */
export interface Archive extends Disposable {
  readonly models: readonly ModelRows[];
  /** Each is proved as it is read; throws `UnusableArchive`. */
  rows(): Iterable<ArchivedRow>;
}

interface ArchivedRow {
  readonly key: string;
  readonly vector: Uint8Array;
  readonly model: string;
  readonly dimensions: number;
}

/** Why a file is no export that can be imported, a clause. */
export class UnusableArchive extends Error {}

/** Reads all of the file, and proves it by its digest. */
function openEarlierArchive(file: string): Archive {
  const bytes = readFileSync(file);
  const end = bytes.length - DIGEST_BYTES;
  const digest = new Bun.CryptoHasher("sha256").update(bytes.subarray(0, Math.max(0, end))).digest();
  if (end < HEADER_AT || !digest.equals(bytes.subarray(end)))
    throw new UnusableArchive("its checksum is wrong");
  const rowsAt = HEADER_AT + bytes.readUInt32LE(EARLIER_MAGIC.length + 4);
  const models = modelsIn(bytes.toString("utf8", HEADER_AT, rowsAt));
  const size = models.reduce((sum, model) => sum + model.entries * rowBytes(model), rowsAt);
  if (size !== end) throw new UnusableArchive("its size is not what it should be");
  return { models, rows: () => rowsOf(bytes, rowsAt, models), [Symbol.dispose]: () => {} };
}

function modelsIn(header: string): ModelRows[] {
  try {
    const { models } = JSON.parse(header) as { models: readonly ModelRows[] };
    for (const { model, dimensions, entries } of models) {
      if (typeof model !== "string" || model === "") throw new TypeError();
      if (!(Number.isInteger(dimensions) && dimensions > 0)) throw new TypeError();
      if (!(Number.isInteger(entries) && entries > 0)) throw new TypeError();
    }
    return [...models];
  } catch {
    throw new UnusableArchive("its header is damaged");
  }
}

function* rowsOf(bytes: Buffer, at: number, models: readonly ModelRows[]): Generator<ArchivedRow> {
  for (const { model, dimensions, entries } of models) {
    for (let left = entries; left > 0; left--) {
      const key = bytes.toString("hex", at, at + 32);
      const checksum = bytes.readUInt32LE(at + CHECKSUM_AT);
      // A copy, for the alignment that a vector of floats needs.
      const vector = new Uint8Array(bytes.subarray(at + VECTOR_AT, at + rowBytes({ dimensions })));
      if (vectorOfRow(key, vector, checksum, dimensions) === undefined) {
        throw new UnusableArchive("a row is malformed");
      }
      yield { key, vector, model, dimensions };
      at += rowBytes({ dimensions });
    }
  }
}

function rowBytes({ dimensions }: Pick<ModelRows, "dimensions">): number {
  return VECTOR_AT + dimensions * 4;
}
