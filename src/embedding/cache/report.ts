/** What a vector cache holds and how useful it was. Reads only. */
import type { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { dimensionsOfId } from "../../project/index.ts";
import { openToRead, readTransaction } from "../../sqlite/index.ts";
import { readCacheUse } from "./evict.ts";
import { guardedCache, isEmptyDatabase, openCacheRolledBack, requireCache, schemaVersion } from "./schema.ts";

export interface CacheReport {
  readonly entries: number;
  /** Bytes in use, which is what the cap is about. */
  readonly bytes: number;
  /** Bytes of the file and its write-ahead log. */
  readonly fileBytes: number;
  /** When the row unused for longest was used last, ISO 8601; null without rows. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly models: readonly ModelRows[];
  readonly ages: readonly AgeGroup[];
  /** The last ingests that asked for texts, the latest first. */
  readonly runs: readonly RecordedRun[];
  /** Part of what these runs asked for that was there; null before the first. */
  readonly hitRate: number | null;
}

export interface ModelRows {
  /** The model id. */
  readonly model: string;
  readonly dimensions: number;
  readonly entries: number;
}

/** Rows by the time since their last use. */
export interface AgeGroup {
  /** Days, the upper bound; null for everything older. */
  readonly days: number | null;
  readonly entries: number;
}

export interface RecordedRun {
  readonly at: string;
  readonly command: string;
  readonly model: string;
  readonly hits: number;
  readonly misses: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const AGE_BOUNDS = [1, 7, 30, 90, 365] as const;
const RUNS_SHOWN = 20;

const EMPTY: CacheReport = {
  entries: 0,
  bytes: 0,
  fileBytes: 0,
  oldest: null,
  newest: null,
  models: [],
  ages: [],
  runs: [],
  hitRate: null,
};

/** Zeros where there is no cache. Throws `cache.damaged`, `cache.schema` and so on. */
export function readCacheReport(path: string, now: number = Date.now()): CacheReport {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return guardedCache(path, () => {
    const fileBytes = size(path) + size(`${path}-wal`);
    if (fileBytes === 0) return EMPTY;
    using db = openCacheRolledBack(path);
    // Of one moment: rows may come and go, and the models' rows are all rows.
    return readTransaction(db, () => reportOf(db, fileBytes, now));
  });
}

function reportOf(db: Database, fileBytes: number, now: number): CacheReport {
  if (isEmptyDatabase(db)) return { ...EMPTY, fileBytes };
  requireCache(db);
  const runs = readRuns(db);
  const asked = runs.reduce((sum, { hits, misses }) => sum + hits + misses, 0);
  const hits = runs.reduce((sum, run) => sum + run.hits, 0);
  return {
    ...readCacheUse(db),
    fileBytes,
    oldest: stampOf(db, "min"),
    newest: stampOf(db, "max"),
    models: modelsOf(db),
    ages: agesOf(db, now),
    runs,
    hitRate: asked === 0 ? null : hits / asked,
  };
}

function stampOf(db: Database, which: "min" | "max"): string | null {
  const [stamp] = db.query(`SELECT ${which}(last_used) FROM cache`).values()[0] as [unknown];
  const date = new Date(typeof stamp === "number" ? stamp : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The models of a cache, by their ids. Reads every row. */
export function modelsOf(db: Database): ModelRows[] {
  const rows = db
    .query(
      `SELECT coalesce(model, ''), max(length(vector)), count(*) FROM cache
       GROUP BY model ORDER BY count(*) DESC, model`,
    )
    .values() as [string, number | null, number][];
  return rows.map(([model, bytes, entries]) => ({
    model: String(model),
    dimensions: dimensionsOfId(model) ?? Math.floor((bytes ?? 0) / 4),
    entries,
  }));
}

function agesOf(db: Database, now: number): AgeGroup[] {
  const count = db.query<{ n: number }, [number, number]>(
    "SELECT count(*) AS n FROM cache WHERE last_used > ? AND last_used <= ?",
  );
  const before = (days: number): number => now - days * DAY_MS;
  const bounds = [Number.NEGATIVE_INFINITY, ...AGE_BOUNDS, Number.POSITIVE_INFINITY];
  return bounds.slice(1).map((days, place) => {
    const older = Math.max(before(days), Number.MIN_SAFE_INTEGER);
    const younger = Math.min(before(bounds[place]!), Number.MAX_SAFE_INTEGER);
    return { days: Number.isFinite(days) ? days : null, entries: count.get(older, younger)?.n ?? 0 };
  });
}

function readRuns(db: Database): RecordedRun[] {
  if (schemaVersion(db) < 2) return [];
  const rows = db
    .query("SELECT at, command, model, hits, misses FROM runs ORDER BY id DESC LIMIT ?")
    .values(RUNS_SHOWN) as [unknown, string, string, number, number][];
  return rows.flatMap(([at, command, model, hits, misses]) => {
    const date = new Date(typeof at === "number" ? at : Number.NaN);
    // What no clock says is damage, and of no use to anybody.
    if (Number.isNaN(date.getTime())) return [];
    return [{ at: date.toISOString(), command: String(command), model: String(model), hits, misses }];
  });
}

/* How much the vector cache holds. Reads only, and never fails on account of the cache (I8). */

export interface VectorCacheFigures {
  /** Rows; 0 where there is no cache or it cannot be read. */
  readonly entries: number;
  /** Size of the file, without its write-ahead log. */
  readonly bytes: number;
}

export function readVectorCacheFigures(path: string): VectorCacheFigures {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return { entries: bytes === 0 ? 0 : countRows(path), bytes };
}

function countRows(path: string): number {
  try {
    using db = openToRead(path).db;
    return db.query<{ entries: number }, []>("SELECT count(*) AS entries FROM cache").get()?.entries ?? 0;
  } catch {
    // What is wrong with the file is for the doctor to say.
    return 0;
  }
}
