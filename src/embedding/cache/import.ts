/**
 * Merges an export into a vector cache. Every row of the file is proved before the first one is written, and a good
 * row of the cache is never replaced.
 */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { sqliteCode, writeTransaction } from "../../sqlite/index.ts";
import { AmalfaError, clauseOf } from "../../system/index.ts";
import { type Archive, type ArchiveReport, entriesOf, openArchive, UnusableArchive } from "./archive.ts";
import type { ModelRows } from "./report.ts";
import { rowChecksum, vectorOfRow } from "./row.ts";
import { cacheError, openCacheToWrite } from "./schema.ts";

const ROWS_PER_TRANSACTION = 1_000;

export interface ImportReport extends ArchiveReport {
  readonly added: number;
  /** Malformed rows of the cache that were replaced by good ones. */
  readonly repaired: number;
  /** Rows that the cache had already. */
  readonly kept: number;
  /** Rows of other models than the one that is wanted, which were not taken. */
  readonly leftOut: number;
}

export interface ImportOptions {
  /** The id of the model whose rows are wanted. */
  readonly modelId: string;
  /**
   * Whether rows of other models are taken as well. With `this model` they are left out, and with `this model alone` a
   * file that has any is refused.
   */
  readonly models: "this model" | "this model alone" | "any model";
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
    const wanted = options.models === "any model" ? undefined : options.modelId;
    return { entries: entriesOf(models), bytes, models, ...merge(db, { file, archive, wanted }) };
  } catch (error) {
    throw cacheError(path, error);
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
        `${file} is not a usable export of a vector cache: ${clauseOf(error)}.`,
      );
    }
    throw new AmalfaError("archive.unreadable", `${file} cannot be read: ${clauseOf(error)}.`);
  }
}

function refuseForeignModels(
  file: string,
  models: readonly ModelRows[],
  { modelId, models: wanted }: ImportOptions,
): void {
  const foreign = models.filter(({ model }) => model !== modelId);
  if (wanted === "any model" || foreign.length === 0) return;
  if (wanted === "this model" && foreign.length < models.length) return;
  throw new AmalfaError(
    "archive.models",
    `${file} has vectors of other models than this project's: ${foreign.map(({ model }) => model).join(", ")}.`,
  );
}

interface Merging {
  readonly file: string;
  readonly archive: Archive;
  /** The id of the model whose rows are taken; those of all without it. */
  readonly wanted: string | undefined;
}

function merge(
  db: Database,
  { file, archive, wanted }: Merging,
): Pick<ImportReport, "added" | "repaired" | "kept" | "leftOut"> {
  const counts = { added: 0, repaired: 0, kept: 0, leftOut: 0 };
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
        if (wanted !== undefined && model !== wanted) {
          counts.leftOut++;
          continue;
        }
        const found = existing.get(key);
        if (found !== null && vectorOfRow(key, found.vector, found.checksum, dimensions) !== undefined) {
          counts.kept++;
          continue;
        }
        upsert.run(key, vector, now, model, rowChecksum(key, vector));
        counts[found === null ? "added" : "repaired"]++;
      }
    });
  }
  return counts;
}
