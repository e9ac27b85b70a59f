/**
 * The table of the vector cache, in a file that other processes share or in a private temporary one.
 *
 * - A row that is malformed is absent: its reader computes the vector again, its writer replaces it.
 * - Everything here throws the driver's errors; what they mean for a run is decided in `vector-cache.ts`.
 */
import { constants, Database, type Statement } from "bun:sqlite";
import {
  closeInPlace,
  logPages,
  openShared,
  openUnlocked,
  placeOf,
  readPragma,
  writeTransaction,
} from "../../sqlite/index.ts";
import { type CacheLimits, enforceLimits } from "./evict.ts";
import { rowChecksum, vectorBytes, vectorOfRow } from "./row.ts";
import { completeSchema, openCacheToWrite, requireCache } from "./schema.ts";

// The place in the batch comes back instead of the key: 64 characters a row less to make strings of.
const SELECT = `
  SELECT wanted.key, cache.vector, cache.last_used, cache.checksum
  FROM json_each(?) AS wanted CROSS JOIN cache ON cache.key = wanted.value`;

const UPSERT = `
  INSERT INTO cache (key, vector, last_used, model, checksum) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET
    vector = excluded.vector, last_used = excluded.last_used, model = excluded.model, checksum = excluded.checksum`;

const STAMP = "UPDATE cache SET last_used = ? WHERE key IN (SELECT value FROM json_each(?))";

const READ_BATCH = 500;
const USUAL_LOG_PAGES = 1_000;
/** Runs whose figures are kept. */
const RUNS_KEPT = 100;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A vector and its key. */
export interface VectorRow {
  readonly key: string;
  readonly vector: Float32Array;
}

/** What one run asked of the cache. */
export interface RunRecord {
  readonly command: string;
  readonly hits: number;
  readonly misses: number;
}

type SelectedRow = [place: number, vector: unknown, lastUsed: unknown, checksum: unknown];

export class VectorTable implements Disposable {
  readonly #db: Database;
  readonly #dimensions: number;
  readonly #select: Statement<unknown, [string]>;
  readonly #upsert: Statement<unknown, [string, Uint8Array, number, string, number]>;
  readonly #stamp: Statement<unknown, [number, string]>;

  /** Takes over the connection. Throws when the table is not as it should be. */
  constructor(db: Database, dimensions: number) {
    this.#db = db;
    this.#dimensions = dimensions;
    this.#select = db.prepare(SELECT);
    this.#upsert = db.prepare(UPSERT);
    this.#stamp = db.prepare(STAMP);
  }

  /**
   * Puts the vectors of `keys` into the same places of `into`, and leaves the places of misses alone.
   *
   * @param onStale called with the key of each vector whose `last_used` is not of the last day.
   */
  read(
    keys: readonly string[],
    into: (Float32Array | undefined)[],
    onStale: (key: string) => void,
    now: number,
  ): void {
    for (let start = 0; start < keys.length; start += READ_BATCH) {
      const batch = keys.slice(start, start + READ_BATCH);
      const rows = this.#select.values(JSON.stringify(batch)) as SelectedRow[];
      for (const [place, blob, lastUsed, checksum] of rows) {
        const key = batch[place]!;
        const vector = vectorOfRow(key, blob, checksum, this.#dimensions);
        if (vector === undefined) continue;
        into[start + place] = vector;
        // A stamp from the future would keep a row for good, so it is renewed as well.
        if (typeof lastUsed !== "number" || Math.abs(now - lastUsed) > DAY_MS) onStale(key);
      }
    }
  }

  /** Inserts or replaces the rows in one transaction. */
  write(rows: readonly VectorRow[], modelId: string, now: number): void {
    writeTransaction(this.#db, () => {
      for (const { key, vector } of rows) {
        const bytes = vectorBytes(vector);
        this.#upsert.run(key, bytes, now, modelId, rowChecksum(key, bytes));
      }
    });
  }

  /** Sets `last_used` of the rows to `now`, in one transaction. */
  stamp(keys: readonly string[], now: number): void {
    writeTransaction(this.#db, () => {
      for (let start = 0; start < keys.length; start += READ_BATCH) {
        this.#stamp.run(now, JSON.stringify(keys.slice(start, start + READ_BATCH)));
      }
    });
  }

  /** Evicts what is beyond the limits, except the keys for which `mayGo` answers false. */
  enforce(limits: CacheLimits, mayGo: (key: string) => boolean, now: number): void {
    enforceLimits(this.#db, limits, mayGo, now);
  }

  /** Notes what a run asked for, and forgets all but the last {@link RUNS_KEPT}. */
  recordRun({ command, hits, misses }: RunRecord, modelId: string, now: number): void {
    writeTransaction(this.#db, () => {
      this.#db.run("INSERT INTO runs (at, command, model, hits, misses) VALUES (?, ?, ?, ?, ?)", [
        now,
        command,
        modelId,
        hits,
        misses,
      ]);
      this.#db.run("DELETE FROM runs WHERE id <= (SELECT max(id) FROM runs) - ?", [RUNS_KEPT]);
    });
  }

  /** Grows when another connection has changed the file; says nothing about this one's own changes. */
  foreignVersion(): number {
    return readPragma(this.#db, "data_version");
  }

  /**
   * Whether the file was removed, renamed or replaced since it was opened, so that nobody will find what is written.
   */
  hasMoved(): boolean {
    return placeOf(this.#db) === "moved";
  }

  close(): void {
    for (const statement of [this.#select, this.#upsert, this.#stamp]) statement.finalize();
    closeInPlace(this.#db);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens the file for reading and writing; creates or upgrades it if need be. Throws the driver's error or
 * `UnknownCacheSchema`.
 */
export function openTableToWrite(path: string, dimensions: number): VectorTable {
  const db = openCacheToWrite(path);
  return guarded(db, () => {
    // A vector that is stored by itself takes five pages of log. On a disk that is nearly full the usual thousand left
    // no room for the vectors.
    db.run(`PRAGMA wal_autocheckpoint = ${logPages(db, USUAL_LOG_PAGES)}`);
    return new VectorTable(db, dimensions);
  });
}

/** Opens an existing file for reading. Throws the driver's error or `UnknownCacheSchema`. */
export function openTableShared(path: string, dimensions: number): VectorTable {
  return readingTable(openShared(path), dimensions);
}

/**
 * Opens the file for reading where nothing beside it may be created, not even what WAL mode needs.
 *
 * The connection takes no locks and does not look at the write-ahead log. It may so see less than there is, or pages
 * of different times; the checksums of the rows tell.
 */
export function openTableUnlocked(path: string, dimensions: number): VectorTable {
  return readingTable(openUnlocked(path), dimensions);
}

function readingTable(db: Database, dimensions: number): VectorTable {
  return guarded(db, () => {
    requireCache(db);
    return new VectorTable(db, dimensions);
  });
}

/** A private table in a temporary file, which goes with the connection. */
export function createTemporaryTable(dimensions: number): VectorTable {
  // To SQLite an empty file name means a temporary file; to Bun, unless it comes as a URI, a database in memory.
  const flags = constants.SQLITE_OPEN_READWRITE | constants.SQLITE_OPEN_CREATE | constants.SQLITE_OPEN_URI;
  const db = new Database("file:", flags);
  return guarded(db, () => {
    db.run("PRAGMA journal_mode = OFF");
    completeSchema(db);
    return new VectorTable(db, dimensions);
  });
}

function guarded<T>(db: Database, use: () => T): T {
  try {
    return use();
  } catch (error) {
    db.close();
    throw error;
  }
}
