/**
 * A vector cache as one portable file, and back.
 *
 * An import reads and proves all of the file before the first row is written, and never replaces a good row.
 */
import type { Database } from "bun:sqlite";
import { renameSync, rmSync } from "node:fs";
import { AmalfaError, EXIT } from "../errors.ts";
import { writeTransaction } from "../sqlite/open.ts";
import { vectorOfRow } from "./vector-bytes.ts";
import {
  type ArchivedRow,
  type ArchiveRow,
  ArchiveWriter,
  openArchive,
} from "./vector-cache-archive-file.ts";
import { cacheError, guardedCache } from "./vector-cache-errors.ts";
import { type ModelRows, modelsOf } from "./vector-cache-report.ts";
import { openCacheForReading, openCacheForWriting, requireCache } from "./vector-cache-schema.ts";

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
  const partial = `${file}.${process.pid}.partial`;
  try {
    const report = guardedCache(path, () => writeArchive(path, partial, model));
    renameSync(partial, file);
    return report;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function writeArchive(path: string, file: string, model: string | undefined): ExportReport {
  using db = openCacheForReading(path);
  requireCache(db);
  // One read transaction, so that what is counted is what is written.
  db.run("BEGIN");
  const present = modelsOf(db).filter(({ model: id }) => id !== "" && (model === undefined || id === model));
  if (model !== undefined && present.length === 0) {
    throw new AmalfaError("cache.model", `The vector cache has no rows of the model "${model}".`, {
      hint: "Nothing was written. `amalfa cache stats` names the models that it has rows of.",
      exit: EXIT.usage,
    });
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
    {
      hint: "Nothing was changed. Add --any-model to take them all the same, or export those of one model with --model.",
    },
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
