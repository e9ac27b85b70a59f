/**
 * An export of a vector cache as a file: a SQLite database of its own, with a checksum to each row.
 *
 * A file to import may be anybody's. It is read as it lies, and it is an export only if its schema is word for word
 * the one below, so that there is no view, trigger, index or generated column. SQLite looks through its pages and at
 * the length of every value; then each row is proved as it is read.
 */
import { Database } from "bun:sqlite";
import { closeSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { openUnlocked, readPragma } from "../../sqlite/index.ts";
import { AmalfaError, seedOfText, vectorChecksum } from "../../system/index.ts";
import {
  type Archive,
  type ArchivedRow,
  EARLIER_MAGIC,
  openEarlierArchive,
  UnusableArchive,
} from "./earlier-archive.ts";
import { type ModelRows, modelsOf } from "./report.ts";
import { rowChecksum, vectorOfRow } from "./row.ts";

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

export function isKey(key: unknown): key is string {
  return typeof key === "string" && /^[0-9a-f]{64}$/.test(key);
}

/** That of a row in the cache covers half a word of the key, and not the model. */
export function archiveChecksum(key: string, vector: Uint8Array, model: string): number {
  return vectorChecksum(vector, seedOfText(`${key} ${model}`));
}
