/** What the graph knows of its documents, read for planning an ingest. */
import type { Database } from "bun:sqlite";
import { DamagedRows } from "./damage.ts";
import { hasFieldsAndTerms, isOfEarlierSchema } from "./schema.ts";

/**
 * What the file system said when a document was last read; mtimeMs is below zero when it must not be trusted, and -1,
 * as the others, when it is not known.
 */
export interface StoredStat {
  readonly size: number;
  readonly mtimeMs: number;
  /** When the file's entry was last changed, in milliseconds: a replaced file may have kept its size and time. */
  readonly ctimeMs: number;
  readonly inode: number;
}

export interface StoredLink {
  readonly node: string;
  readonly type: string;
  readonly target: string;
  readonly anchor: string | undefined;
  readonly line: number;
}

/** SQL: when the file of a document was changed, in milliseconds, trusted or not; 0 where that is not known. */
export const FILE_CHANGED_MS = "coalesce(nullif(abs(s.mtime_ms), 1), 0)";

/** Stands for a file of which nothing is known, so that the document is read. */
const UNKNOWN_STAT: StoredStat = { size: 0, mtimeMs: -1, ctimeMs: -1, inode: -1 };

export function readFileStats(db: Database): Map<string, StoredStat> {
  const more = isOfEarlierSchema(db) ? "-1, -1" : "ctime_ms, inode";
  const rows = db.query(`SELECT node, size, mtime_ms, ${more} FROM file_stats`).values() as [
    string,
    number,
    number,
    number,
    number,
  ][];
  const stats = new Map<string, StoredStat>();
  // By their places: to take thousands of rows apart, as a program that has just begun does, takes twice as long.
  for (const row of rows) {
    // No digest covers these rows. What is no id would be taken for a document that is gone.
    if (typeof row[0] !== "string") continue;
    stats.set(row[0], { size: row[1], mtimeMs: row[2], ctimeMs: row[3], inode: row[4] });
  }
  return stats;
}

/** What the file system said of some documents. */
export function readFileStatsOf(db: Database, ids: readonly string[]): Map<string, StoredStat> {
  const more = isOfEarlierSchema(db) ? "-1, -1" : "s.ctime_ms, s.inode";
  const rows = db
    .query(
      `SELECT s.node, s.size, s.mtime_ms, ${more} FROM json_each(?) j CROSS JOIN file_stats s ON s.node = j.value`,
    )
    .values(JSON.stringify(ids)) as [string, number, number, number, number][];
  return new Map(
    rows.map(([node, size, mtimeMs, ctimeMs, inode]) => [node, { size, mtimeMs, ctimeMs, inode }]),
  );
}

/**
 * The same for a graph that may be damaged: every document that has a row, with or without what the file system said
 * of it, and nothing whose id is no text.
 */
export function readFileStatsOfDamaged(db: Database): Map<string, StoredStat> {
  const stats = readFileStats(db);
  const ids = db.query("SELECT id FROM nodes WHERE typeof(id) = 'text'").values() as [string][];
  return new Map(ids.map(([id]) => [id, stats.get(id) ?? UNKNOWN_STAT]));
}

/** Whether the graph has any document. */
export function hasDocuments(db: Database): boolean {
  return db.query("SELECT 1 FROM nodes WHERE typeof(id) = 'text' LIMIT 1").get() !== null;
}

/** Content hashes by document id. */
export function readContentHashes(db: Database): Map<string, string> {
  return new Map(db.query("SELECT id, hash FROM nodes").values() as [string, string][]);
}

export function readMeta(db: Database, key: string): string | undefined {
  return db.query<{ value: string }, [string]>("SELECT value FROM meta WHERE key = ?").get(key)?.value;
}

export function writeMeta(db: Database, key: string, value: string): void {
  db.run(
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    [key, value],
  );
}

/** Grows by one with every write that changes the graph; 0 before the first. */
export function readGeneration(db: Database): number {
  const generation = Number(readMeta(db, "generation") ?? 0);
  // A value that is no number would never be equal to itself, and every write would be refused.
  return Number.isSafeInteger(generation) ? generation : 0;
}

/** A text that is another one after every write to the file, by others or over this connection. */
export function stateOfRows(db: Database): string {
  const [[others, own] = []] = db
    .query("SELECT data_version, total_changes() FROM pragma_data_version")
    .values();
  return `${others} ${own}`;
}

export interface GraphCounts {
  readonly nodes: number;
  readonly chunks: number;
  readonly edges: number;
  readonly unresolvedLinks: number;
}

export function countGraph(db: Database): GraphCounts {
  const row = db
    .query<GraphCounts, []>(
      `SELECT (SELECT count(*) FROM nodes) AS nodes, (SELECT count(*) FROM chunks) AS chunks,
              (SELECT count(*) FROM edges) AS edges, (SELECT count(*) FROM unresolved_links) AS unresolvedLinks`,
    )
    .get();
  return row ?? { nodes: 0, chunks: 0, edges: 0, unresolvedLinks: 0 };
}

/** How many chunks wait for their vector. */
export interface PendingCount {
  readonly chunks: number;
  /** Of all chunks, those that wait and those that do not. */
  readonly of: number;
}

/** A graph of the earliest schema has none: its ingests wrote all vectors at once. */
export function countPending(db: Database): PendingCount {
  if (!hasFieldsAndTerms(db)) return { chunks: 0, of: 0 };
  const [chunks] = db.query("SELECT count(*) FROM pending").values()[0] as [number];
  if (chunks === 0) return { chunks: 0, of: 0 };
  const [of] = db.query("SELECT count(*) FROM chunks").values()[0] as [number];
  return { chunks, of };
}

/** Row of `meta`: how many vectors the last ingest that had many to compute wrote in a second. */
export const PACE_META = "vectors_per_second";

/** Undefined before the first batch of vectors. */
export function readPace(db: Database): number | undefined {
  const pace = Number(readMeta(db, PACE_META));
  return pace > 0 ? pace : undefined;
}

/**
 * A list of texts that the graph keeps as JSON. Throws `DamagedRows`, so that whoever asked is told which command to
 * run.
 *
 * @param where the row that it is from, for people
 */
export function storedTexts(json: unknown, where: string): string[] {
  try {
    const list: unknown = typeof json === "string" ? JSON.parse(json) : undefined;
    if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  } catch {
    // The error for people is thrown below.
  }
  throw new DamagedRows(`a list in the rows of ${where} is not what was written`);
}

/** A text of a row. Throws `DamagedRows` for a value of another type, which a damaged row may have. */
export function storedText(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw new DamagedRows(`a text in the rows of ${where} is not what was written`);
}

/** A value of a document's front matter that cannot be read; the rest of the document is in the graph. */
export interface UnreadFrontMatter {
  readonly path: string;
  readonly line: number;
  readonly error: string;
}

/** Row of `meta`: the values of front matter that cannot be read, of all documents, as JSON. */
export const FRONT_MATTER_META = "front_matter";

export function readUnreadFrontMatter(db: Database): UnreadFrontMatter[] {
  const written = readMeta(db, FRONT_MATTER_META);
  try {
    const values: unknown = JSON.parse(written ?? "[]");
    if (Array.isArray(values) && values.every(isUnread)) return values;
  } catch {
    // Told by the row that proves it as well.
  }
  // A rebuild reads a damaged row before it writes it anew.
  return [];
}

function isUnread(value: unknown): value is UnreadFrontMatter {
  if (typeof value !== "object" || value === null) return false;
  const { path, line, error } = value as Partial<Record<keyof UnreadFrontMatter, unknown>>;
  return typeof path === "string" && typeof line === "number" && typeof error === "string";
}
