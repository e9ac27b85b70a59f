/**
 * A vector cache as one portable file, and back.
 *
 * An import reads and proves all of the file before the first row is written, and never replaces a good row.
 */
import type { Database } from "bun:sqlite";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { partialName, useOf } from "../../project/index.ts";
import { writeTransaction } from "../../sqlite/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";
import { isAlive } from "../../system/process/index.ts";
import { type ModelRows, modelsOf } from "./report.ts";
import { vectorOfRow } from "./row.ts";
import {
  cacheError,
  guardedCache,
  openCacheForReading,
  openCacheForWriting,
  requireCache,
} from "./schema.ts";

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

/** Writes all well-formed rows, as they are at one moment. Throws `cache.*`, and what the file system throws; no half file is left. */
export function exportCache(path: string, file: string, model?: string): ExportReport {
  removeAbandoned(file);
  const partial = partialName(file);
  try {
    const report = guardedCache(path, () => writeArchive(path, partial, model));
    renameSync(partial, file);
    return report;
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

function writeArchive(path: string, file: string, model: string | undefined): ExportReport {
  using db = openCacheForReading(path);
  requireCache(db);
  // One read transaction, so that what is counted is what is written.
  db.run("BEGIN");
  const present = modelsOf(db).filter(({ model: id }) => id !== "" && (model === undefined || id === model));
  if (model !== undefined && present.length === 0) {
    throw new AmalfaError("cache.model", `The vector cache has no rows of the model "${model}".`);
  }
  const all = present.reduce((sum, { entries }) => sum + entries, 0);
  const models = present
    .map((rows) => ({ ...rows, entries: count(goodRows(db, rows)) }))
    .filter(({ entries }) => entries > 0);
  const entries = models.reduce((sum, rows) => sum + rows.entries, 0);
  using out = new ArchiveWriter(file);
  out.begin(models);
  for (const rows of models) for (const row of goodRows(db, rows)) out.addRow(row);
  return { entries, models, skipped: all - entries, bytes: out.finish() };
}

function* goodRows(db: Database, { model, dimensions }: ModelRows): Generator<ArchiveRow> {
  const rows = db
    .query("SELECT key, vector, checksum, last_used AS lastUsed FROM cache WHERE model IS ? ORDER BY rowid")
    .iterate(model) as Iterable<Record<"key" | "vector" | "checksum" | "lastUsed", unknown>>;
  for (const { key, vector, checksum, lastUsed } of rows) {
    if (typeof key !== "string" || !/^[0-9a-f]{64}$/.test(key)) continue;
    if (vectorOfRow(key, vector, checksum, dimensions) === undefined) continue;
    // A damaged stamp may be of any type, and more than the format can hold.
    const stamp = Number.isSafeInteger(lastUsed) ? (lastUsed as number) : 0;
    yield { key, lastUsed: stamp, checksum: checksum as number, vector: vector as Uint8Array };
  }
}

function count(rows: Iterable<unknown>): number {
  let total = 0;
  for (const _ of rows) total++;
  return total;
}

export interface ImportOptions {
  /** The id of the model whose rows are wanted. */
  readonly modelId: string;
  /** Whether rows of other models are taken as well. */
  readonly models: "this model" | "any model";
}

/**
 * Merges a file that `exportCache` wrote into the cache at `path`, which is created if need be. Rows that are added count as used now.
 *
 * Throws `archive.invalid`, `archive.newer` and `archive.models`, before anything is written, and `cache.*`.
 */
export function importCache(path: string, file: string, options: ImportOptions): ImportReport {
  const archive = openArchive(file);
  using _ = archive;
  const report = { entries: archive.entries, bytes: archive.bytes, models: archive.models };
  refuseForeignModels(file, archive.models, options);
  archive.prove();
  try {
    using db = openCacheForWriting(path);
    return { ...report, ...merge(db, archive.rows()) };
  } catch (error) {
    throw cacheError(path, error);
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

function merge(db: Database, rows: Iterable<ArchivedRow>): Pick<ImportReport, "added" | "repaired" | "kept"> {
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
  let batch: ArchivedRow[] = [];
  const write = () =>
    writeTransaction(db, () => {
      for (const { key, vector, checksum, model, dimensions } of batch) {
        const found = existing.get(key);
        if (found !== null && vectorOfRow(key, found.vector, found.checksum, dimensions) !== undefined) {
          counts.kept++;
          continue;
        }
        upsert.run(key, vector, now, model, checksum);
        counts[found === null ? "added" : "repaired"]++;
      }
      batch = [];
    });
  for (const row of rows) {
    batch.push(row);
    if (batch.length >= ROWS_PER_TRANSACTION) write();
  }
  write();
  return counts;
}

/*
 * The file that a vector cache is exported to: writing it, and reading it with every doubt.
 *
 * Layout, integers little-endian: magic (8 bytes), version (u32), length of the header (u32), header (JSON); for each model in the header's
 * order its rows: key (32 bytes), last use (i64, milliseconds), checksum (u32), vector (float32); SHA-256 of everything before (32 bytes).
 */

const MAGIC = new TextEncoder().encode("amalfaVC");
export const ARCHIVE_VERSION = 1;

const KEY_BYTES = 32;
/** Key, last use, checksum. */
const ROW_HEAD = KEY_BYTES + 8 + 4;
const DIGEST_BYTES = 32;
const PREAMBLE_BYTES = MAGIC.length + 8;
const LONGEST_HEADER = 1 << 20;
const LONGEST_VECTOR = 65_536;
const BUFFER_BYTES = 1 << 20;

/** A row on its way, proved whole. */
export interface ArchiveRow {
  readonly key: string;
  readonly lastUsed: number;
  readonly checksum: number;
  readonly vector: Uint8Array;
}

export interface ArchivedRow extends ArchiveRow {
  readonly model: string;
  readonly dimensions: number;
}

/** Writes one archive from its beginning to its end. Throws what the file system throws. */
export class ArchiveWriter implements Disposable {
  readonly #fd: number;
  readonly #hash = new Bun.CryptoHasher("sha256");
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;

  constructor(file: string) {
    this.#fd = openSync(file, "wx", 0o644);
  }

  /** What the file is about; comes first. */
  begin(models: readonly ModelRows[]): void {
    const entries = models.reduce((sum, rows) => sum + rows.entries, 0);
    const header = new TextEncoder().encode(
      JSON.stringify({ createdAt: new Date().toISOString(), entries, models }),
    );
    const preamble = Buffer.alloc(PREAMBLE_BYTES);
    preamble.set(MAGIC);
    preamble.writeUInt32LE(ARCHIVE_VERSION, MAGIC.length);
    preamble.writeUInt32LE(header.length, MAGIC.length + 4);
    this.#add(preamble);
    this.#add(header);
  }

  addRow(row: ArchiveRow): void {
    this.#add(bytesOf(row));
  }

  #add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= BUFFER_BYTES) this.#write();
  }

  /** Ends the file and answers its size. */
  finish(): number {
    this.#pending.push(this.#hash.digest());
    this.#write();
    fsyncSync(this.#fd);
    return this.#bytes;
  }

  #write(): void {
    const bytes = Buffer.concat(this.#pending);
    for (let from = 0; from < bytes.length; ) from += writeSync(this.#fd, bytes, from);
    this.#bytes += bytes.length;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function bytesOf({ key, lastUsed, checksum, vector }: ArchiveRow): Uint8Array {
  const bytes = Buffer.alloc(ROW_HEAD + vector.length);
  bytes.write(key, 0, "hex");
  bytes.writeBigInt64LE(BigInt(Math.trunc(lastUsed)), KEY_BYTES);
  bytes.writeUInt32LE(checksum, KEY_BYTES + 8);
  bytes.set(vector, ROW_HEAD);
  return bytes;
}

/** Opens an archive and reads its header. Throws `archive.unreadable` (exit 2), `archive.invalid` and `archive.newer`. */
export function openArchive(file: string): ArchiveReader {
  try {
    return new ArchiveReader(file);
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    throw new AmalfaError("archive.unreadable", `${file} cannot be read: ${messageOf(error)}.`);
  }
}

/** Whether a file begins as an archive does; one that is damaged further on is one all the same. Throws what the file system throws. */
export function isArchive(file: string): boolean {
  const fd = openSync(file, "r");
  try {
    const head = Buffer.alloc(MAGIC.length);
    return readSync(fd, head, 0, MAGIC.length, 0) === MAGIC.length && head.equals(MAGIC);
  } finally {
    closeSync(fd);
  }
}

export class ArchiveReader implements Disposable {
  readonly entries: number;
  readonly bytes: number;
  readonly models: readonly ModelRows[];
  readonly #file: string;
  readonly #fd: number;
  readonly #rowsAt: number;

  /** Reads the header, and compares what it promises with the file's size. */
  constructor(file: string) {
    this.#file = file;
    // Whoever opens a named pipe waits for somebody to write to it.
    this.#fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(this.#fd);
      if (!stat.isFile()) throw this.#invalid("it is no file");
      this.bytes = stat.size;
      const { header, end } = this.#readHeader();
      this.models = this.#checkModels(header);
      this.entries = this.models.reduce((sum, { entries }) => sum + entries, 0);
      this.#rowsAt = end;
      const rows = this.models.reduce((sum, model) => sum + model.entries * rowBytes(model), 0);
      if (end + rows + DIGEST_BYTES !== this.bytes) throw this.#invalid("its size is not what it should be");
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Reads everything once. Throws `archive.invalid` when anything is not as it was written. */
  prove(): void {
    const hash = new Bun.CryptoHasher("sha256");
    const end = this.bytes - DIGEST_BYTES;
    for (let at = 0; at < end; at += BUFFER_BYTES) {
      hash.update(this.#read(at, Math.min(BUFFER_BYTES, end - at)));
    }
    if (!hash.digest().equals(this.#read(end, DIGEST_BYTES))) throw this.#invalid("its checksum is wrong");
    for (const _ of this.rows()) {
      // Each row is proved as it is read.
    }
  }

  *rows(): Generator<ArchivedRow> {
    let at = this.#rowsAt;
    for (const model of this.models) {
      const size = rowBytes(model);
      const perRead = Math.max(1, Math.floor(BUFFER_BYTES / size));
      for (let done = 0; done < model.entries; done += perRead) {
        const bytes = this.#read(at, Math.min(perRead, model.entries - done) * size);
        for (let from = 0; from < bytes.length; from += size) {
          yield this.#row(bytes.subarray(from, from + size), model);
        }
        at += bytes.length;
      }
    }
  }

  #row(bytes: Buffer, { model, dimensions }: ModelRows): ArchivedRow {
    const key = bytes.toString("hex", 0, KEY_BYTES);
    const lastUsed = Number(bytes.readBigInt64LE(KEY_BYTES));
    const checksum = bytes.readUInt32LE(KEY_BYTES + 8);
    // A copy, for the alignment that a vector of floats needs.
    const vector = new Uint8Array(bytes.subarray(ROW_HEAD));
    if (vectorOfRow(key, vector, checksum, dimensions) === undefined)
      throw this.#invalid("a vector is malformed");
    return { key, lastUsed, checksum, vector, model, dimensions };
  }

  #readHeader(): { header: unknown; end: number } {
    if (this.bytes < PREAMBLE_BYTES + DIGEST_BYTES) throw this.#invalid("it is too short");
    const preamble = this.#read(0, PREAMBLE_BYTES);
    if (!preamble.subarray(0, MAGIC.length).equals(MAGIC)) throw this.#invalid("it is something else");
    const version = preamble.readUInt32LE(MAGIC.length);
    if (version > ARCHIVE_VERSION) {
      throw new AmalfaError(
        "archive.newer",
        `${this.#file} was exported by a newer version of amalfa (format ${version}, this one knows ${ARCHIVE_VERSION}).`,
      );
    }
    const length = preamble.readUInt32LE(MAGIC.length + 4);
    const end = PREAMBLE_BYTES + length;
    if (version !== ARCHIVE_VERSION || length > LONGEST_HEADER || end + DIGEST_BYTES > this.bytes) {
      throw this.#invalid("its header is damaged");
    }
    try {
      return { header: JSON.parse(this.#read(PREAMBLE_BYTES, length).toString()), end };
    } catch {
      throw this.#invalid("its header is damaged");
    }
  }

  #checkModels(header: unknown): ModelRows[] {
    const models = (header as { models?: unknown } | null)?.models;
    if (!Array.isArray(models)) throw this.#invalid("its header is damaged");
    return models.map((value: unknown) => {
      const { model, dimensions, entries } = (value ?? {}) as Record<keyof ModelRows, unknown>;
      const sound =
        typeof model === "string" &&
        model !== "" &&
        isWhole(dimensions, 1, LONGEST_VECTOR) &&
        isWhole(entries, 0, Number.MAX_SAFE_INTEGER / (ROW_HEAD + LONGEST_VECTOR * 4));
      if (!sound) throw this.#invalid("its header is damaged");
      return { model, dimensions, entries } as ModelRows;
    });
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#fd, bytes, done, length - done, at + done);
      if (read === 0) throw this.#invalid("it ends early");
      done += read;
    }
    return bytes;
  }

  #invalid(reason: string): AmalfaError {
    return new AmalfaError(
      "archive.invalid",
      `${this.#file} is not a usable export of a vector cache: ${reason}.`,
    );
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function rowBytes({ dimensions }: ModelRows): number {
  return ROW_HEAD + dimensions * 4;
}

function isWhole(value: unknown, lowest: number, highest: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest;
}
