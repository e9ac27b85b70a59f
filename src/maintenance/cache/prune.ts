/**
 * What `amalfa cache` does to the vector cache: prune, clear, compact.
 *
 * A prune is a plan, a list of rows; a dry run reports it and the real run carries out the same one. What a cache
 * that lies outside `.amalfa` holds may be other projects', so its orphans cannot be told.
 */
import type { Database } from "bun:sqlite";
import {
  type CacheUse,
  type EvictionPlan,
  executeEviction,
  guardedCache,
  isEmptyDatabase,
  loadReport,
  openCacheRolledBack,
  openCacheToWrite,
  planEviction,
  readCacheUse,
  requireCache,
  requireCacheFile,
  usedBytes,
} from "../../embedding/cache/index.ts";
import { forgetPacks } from "../../embedding/remote/index.ts";
import { ChunkKeys } from "../../graph/index.ts";
import { findModel, type Project, type ProjectPaths } from "../../project/index.ts";
import { isBusy, openToRead, readPragma, sqliteFault } from "../../sqlite/index.ts";
import { liesBelow } from "../../system/files/index.ts";
import { AmalfaError } from "../../system/index.ts";

const { modelsOf } = await loadReport();

/** Only rows for which everything that is given holds may go, the least recently used first. */
export interface PruneChoice {
  /** Only as many as bring the cache down to this size. */
  readonly maxBytes?: number | undefined;
  /** Only rows unused for longer than this, in milliseconds. */
  readonly olderThanMs?: number | undefined;
  /** Only rows of this model, by its id or its name. */
  readonly model?: string | undefined;
  /** Only rows that belong to no chunk of the project's graph. */
  readonly orphans?: boolean | undefined;
}

/** Pages that stay half empty count as well; the plan allows for them. */
const MARGIN = 0.95;

export interface PruneReport {
  readonly dryRun: boolean;
  /** Rows that went, or would go. */
  readonly removed: number;
  readonly bytesBefore: number;
  /** What is left; in a dry run an estimate. */
  readonly entries: number;
  readonly bytes: number;
}

/** A dry run on a file of 0 bytes; a real one makes a cache of it first. */
const NOTHING_TO_PRUNE: PruneReport = { dryRun: true, removed: 0, bytesBefore: 0, entries: 0, bytes: 0 };

/**
 * Throws `cache.*`, `database.*` and, where orphans cannot be told, `cache.shared` (exit 2). A dry run writes
 * nothing.
 */
export function pruneCache(
  project: Project,
  choice: PruneChoice,
  run: { readonly dryRun: boolean },
): PruneReport {
  const path = project.paths.vectorCache;
  requireCacheFile(path);
  const inGraph = choice.orphans === true ? keysInGraph(project) : undefined;
  return guardedCache(path, () => {
    using db = run.dryRun ? openToRead(path).db : openCacheToWrite(path);
    if (isEmptyDatabase(db)) return NOTHING_TO_PRUNE;
    requireCache(db);
    const model = choice.model === undefined ? undefined : modelIdOf(db, choice.model);
    const plan = planPrune(db, project, { ...choice, model }, inGraph);
    return run.dryRun ? prediction(plan) : carryOut(db, plan);
  });
}

function planPrune(
  db: Database,
  project: Project,
  { maxBytes, olderThanMs, model, orphans }: PruneChoice,
  inGraph: ((key: string) => boolean) | undefined,
): EvictionPlan {
  const { cache } = project.settings;
  const nothingGiven =
    maxBytes === undefined && olderThanMs === undefined && model === undefined && orphans !== true;
  const age = nothingGiven ? cache.maxAgeMs : olderThanMs;
  const aged = planEviction(db, {
    model,
    targetBytes: maxBytes === undefined ? undefined : maxBytes * MARGIN,
    unusedSince: age === undefined ? undefined : Date.now() - age,
    mayGo: inGraph === undefined ? undefined : (key) => !inGraph(key),
  });
  if (!nothingGiven) return aged;
  // As at the end of an ingest: what is too old, and what is beyond the cap.
  const beyond = planEviction(db, { targetBytes: cache.maxBytes * MARGIN });
  if (age === undefined) return beyond;
  return aged.rows.length >= beyond.rows.length ? aged : beyond;
}

function prediction({ rows, before, bytes }: EvictionPlan): PruneReport {
  return {
    dryRun: true,
    removed: rows.length,
    bytesBefore: before.bytes,
    entries: before.entries - rows.length,
    bytes: Math.max(0, before.bytes - bytes),
  };
}

/**
 * Removes what the plan says and nothing else. What pages that stay half empty keep from becoming free is given back
 * by writing the file anew.
 */
function carryOut(db: Database, plan: EvictionPlan): PruneReport {
  const removed = executeEviction(db, plan);
  const expected = plan.before.bytes - plan.bytes;
  if (removed > 0 && usedBytes(db) > expected / DENSE_ENOUGH) compactIfPossible(db);
  return { dryRun: false, removed, bytesBefore: plan.before.bytes, ...readCacheUse(db) };
}

/** Part of the pages in use that the rows have to take, or the file is written anew. */
const DENSE_ENOUGH = 0.95;

/**
 * The rows are gone in any case; without the space for a copy, or while others write, the free parts of pages are
 * left for the next rows.
 */
function compactIfPossible(db: Database): void {
  try {
    vacuum(db);
  } catch (error) {
    if (!isBusy(error) && sqliteFault(error) !== "full") throw error;
  }
}

/** Whether this project's cache lies outside its `.amalfa`, where other projects may use it as well. */
export function isSharedCache(paths: ProjectPaths): boolean {
  return !liesBelow(paths.data, paths.vectorCache);
}

/**
 * Throws `cache.shared` (exit 2) where the cache is that of another project or working tree, which is then the one to
 * decide about it.
 */
export function refuseAnothersCache({ vectorCache, cacheOwner }: ProjectPaths): void {
  if (cacheOwner === undefined) return;
  throw new AmalfaError(
    "cache.shared",
    `Nothing was changed: ${vectorCache} is the vector cache of ${cacheOwner}, which this project only uses.`,
    { hint: `Run the command there: add --root ${cacheOwner}` },
  );
}

/** Whether a key belongs to a chunk of the project's graph. Throws `database.*`, `cache.shared` and `graph.empty`. */
function keysInGraph(project: Project): (key: string) => boolean {
  if (isSharedCache(project.paths)) {
    throw new AmalfaError(
      "cache.shared",
      `${project.paths.vectorCache} lies outside .amalfa, so that ` +
        "rows which this project does not need may be another's.",
    );
  }
  const keys = new ChunkKeys(project.paths.database);
  if (keys.size === 0) {
    throw new AmalfaError(
      "graph.empty",
      "The graph has no chunks, so that every row of the cache would count as an orphan.",
    );
  }
  return (key) => keys.has(key);
}

/**
 * How many rows of the cache belong to no chunk of the project's graph; null where that cannot be told, for a shared
 * cache and for a project without a graph.
 */
export function countOrphans(project: Project): number | null {
  const { paths } = project;
  if (isSharedCache(paths)) return null;
  try {
    const keys = new ChunkKeys(paths.database);
    using db = openToRead(paths.vectorCache).db;
    let orphans = 0;
    for (const { key } of db
      .query<{ key: string }, []>("SELECT key FROM cache INDEXED BY sqlite_autoindex_cache_1")
      .iterate()) {
      if (!keys.has(key)) orphans++;
    }
    return orphans;
  } catch {
    return null;
  }
}

/**
 * The id of a model of the cache, given the id or the catalogue's name. Throws `cache.model` (exit 2) for one that it
 * has no rows of.
 */
function modelIdOf(db: Database, text: string): string {
  const present = modelsOf(db).map(({ model }) => model);
  const id = findModel(text)?.id ?? text;
  if (present.includes(id)) return id;
  throw new AmalfaError("cache.model", `The vector cache has no rows of the model "${text}".`, {
    hint:
      present.length === 0 ? "It is empty." : `It has rows of: ${present.join(", ")}. Nothing was changed.`,
  });
}

/** What a clear would remove. Throws `cache.*`. */
export function planClear(path: string, model: string | undefined): CacheUse & { model: string | undefined } {
  requireCacheFile(path);
  return guardedCache(path, () => {
    using db = openCacheRolledBack(path);
    if (isEmptyDatabase(db)) return { entries: 0, bytes: 0, model };
    requireCache(db);
    const use = readCacheUse(db);
    if (model === undefined) return { ...use, model };
    const id = modelIdOf(db, model);
    const plan = planEviction(db, { model: id });
    return { entries: plan.rows.length, bytes: plan.bytes, model: id };
  });
}

/**
 * Removes all rows, or those of one model id; packs of a remote are fetched again after it. Throws `cache.*`.
 * @param onLeft told of what has the name of the record of packs, is none, and was left
 */
export function clearCache(
  path: string,
  model: string | undefined,
  onLeft: (path: string) => void = () => {},
): PruneReport {
  return guardedCache(path, () => {
    using db = openCacheToWrite(path);
    const left = forgetPacks(path);
    if (left !== undefined) onLeft(left);
    if (model !== undefined) return carryOut(db, planEviction(db, { model }));
    const before = readCacheUse(db);
    const { changes } = db.run("DELETE FROM cache");
    vacuum(db);
    return { dryRun: false, removed: changes, bytesBefore: before.bytes, ...readCacheUse(db) };
  });
}

export interface CompactReport extends CacheUse {
  /** Size of the file before and after. */
  readonly fileBytesBefore: number;
  readonly fileBytes: number;
}

/**
 * Writes the file anew without gaps, which also lets it shrink by itself from then on. Other processes wait
 * meanwhile. Throws `cache.*`.
 */
export function compactCache(path: string): CompactReport {
  requireCacheFile(path);
  return guardedCache(path, () => {
    using db = openCacheToWrite(path);
    const fileBytesBefore = fileSize(db);
    vacuum(db);
    return { ...readCacheUse(db), fileBytesBefore, fileBytes: fileSize(db) };
  });
}

function vacuum(db: Database): void {
  db.run("PRAGMA auto_vacuum = INCREMENTAL");
  db.run("VACUUM");
  db.query("PRAGMA wal_checkpoint(TRUNCATE)").all();
}

function fileSize(db: Database): number {
  return readPragma(db, "page_count") * readPragma(db, "page_size");
}
