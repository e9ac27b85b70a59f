/**
 * A vector cache as one portable file. It is written as `<file>.<pid>.partial`, without journal or log beside it, made
 * durable, and renamed once it is whole.
 */
import type { Database } from "bun:sqlite";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { partialName, useOf } from "../../project/index.ts";
import { AmalfaError, clauseOf } from "../../system/index.ts";
import { hasEnded } from "../../system/process/index.ts";
import {
  type ArchiveReport,
  archiveChecksum,
  createArchive,
  entriesOf,
  isUnfinishedExport,
} from "./archive.ts";
import { type ModelRows, modelsOf } from "./report.ts";
import { isKey, vectorOfRow } from "./row.ts";
import { guardedCache, openCacheRolledBack, requireCache } from "./schema.ts";

export interface ExportReport extends ArchiveReport {
  /** Malformed rows, which were left out. */
  readonly skipped: number;
}

/**
 * Writes all well-formed rows, as they are at one moment. Throws `cache.*`; no half file is left.
 *
 * @param model of which alone rows are written; all by default
 * @param isWanted whether the row of a key is written; all are by default
 */
export function exportCache(
  path: string,
  file: string,
  model?: string,
  isWanted: (key: string) => boolean = () => true,
): ExportReport {
  removeAbandoned(file);
  const partial = partialName(file);
  try {
    const report = guardedCache(path, () => copyToArchive(path, partial, model, isWanted));
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
    if (pid === undefined || !hasEnded(Number(pid))) continue;
    const path = join(dirname(file), name);
    if (isUnfinishedExport(path) && useOf([path]).kind === "unused") rmSync(path, { force: true });
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

function copyToArchive(
  path: string,
  file: string,
  model: string | undefined,
  isWanted: (key: string) => boolean,
): Omit<ExportReport, "bytes"> {
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
  let unwanted = 0;
  for (const rows of present) {
    for (const [key, vector] of goodRows(db, rows)) {
      if (!isWanted(key)) {
        unwanted++;
        continue;
      }
      writing(file, () => insert.run(key, vector, rows.model, archiveChecksum(key, vector, rows.model)));
    }
  }
  writing(file, () => out.run("COMMIT"));
  const models = modelsOf(out);
  return { entries: entriesOf(models), models, skipped: entriesOf(present) - entriesOf(models) - unwanted };
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
    throw new AmalfaError("cache.file", `${file} cannot be written: ${clauseOf(error)}.`, { cause: error });
  }
}
