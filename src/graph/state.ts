/** What the graph knows of its documents, read for planning an ingest. */
import type { Database } from "bun:sqlite";

/** What the file system said when a document was last read; mtimeMs is -1 when it must not be trusted. */
export interface StoredStat {
  readonly size: number;
  readonly mtimeMs: number;
}

export interface StoredLink {
  readonly node: string;
  readonly type: string;
  readonly target: string;
  readonly anchor: string | undefined;
  readonly line: number;
}

export function readStoredStats(db: Database): Map<string, StoredStat> {
  const rows = db.query("SELECT node, size, mtime_ms FROM file_stats").values() as [string, number, number][];
  const stats = new Map<string, StoredStat>();
  for (const [node, size, mtimeMs] of rows) stats.set(node, { size, mtimeMs });
  return stats;
}

/**
 * The same for a graph that may be damaged: every document that has a row, with or without what the file system said of it, and nothing whose
 * id is no text.
 */
export function readDocumentStats(db: Database): Map<string, StoredStat> {
  const stats = readStoredStats(db);
  const ids = db.query("SELECT id FROM nodes WHERE typeof(id) = 'text'").values() as [string][];
  return new Map(ids.map(([id]) => [id, stats.get(id) ?? { size: 0, mtimeMs: -1 }]));
}

/** Content hashes by document id. */
export function readStoredHashes(db: Database): Map<string, string> {
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
