/**
 * Makes a table equal to a staged one by touching only the rows that differ.
 *
 * Every row is compared in every column, so that the outcome is the same as if all were written anew. But a rebuild that finds the graph
 * as it should be, which is most of them, does not write all vectors to the log and from there to the file.
 *
 * Rows are found by their rowid, whose order SQLite's quick check proves. It does not prove that of other keys, and in a tree that is out
 * of order a row may be there and not be found: tables without a rowid are emptied and filled again, which goes by no key. They are small.
 */
import type { Database } from "bun:sqlite";

export interface Replacement {
  readonly table: string;
  /** A temporary table with the same columns in the same order. */
  readonly staged: string;
  /** The column that is the rowid. */
  readonly rowid: string;
}

/** The large tables, whose rows are staged one for one. */
export const REPLACEMENTS: readonly Replacement[] = [
  { table: "chunks", staged: "staged_chunks", rowid: "id" },
  { table: "vectors", staged: "staged_vectors", rowid: "chunk" },
];

const WITHOUT_ROWID = {
  nodes: "staged_nodes",
  file_stats: "staged_stats",
  links: "staged_links",
  edges: "staged_edges",
  unresolved_links: "staged_unresolved",
} as const;

/** Empties the tables that have no rowid, and fills them with what was staged. Call inside the write transaction. */
export function refillSmallTables(db: Database): void {
  for (const [table, staged] of Object.entries(WITHOUT_ROWID)) {
    db.run(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM ${staged}`);
  }
}

/** Call inside the write transaction. */
export function replaceDifferences(db: Database, { table, staged, rowid }: Replacement): void {
  const columns = db
    .query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map(({ name }) => name);
  const equal = (names: readonly string[]): string =>
    names.map((name) => `s.${name} IS t.${name}`).join(" AND ");
  db.run(`
    DELETE FROM ${table} AS t WHERE NOT EXISTS (SELECT 1 FROM ${staged} s WHERE ${equal(columns)});
    INSERT INTO ${table} SELECT s.* FROM ${staged} s
      WHERE NOT EXISTS (SELECT 1 FROM ${table} t WHERE ${equal([rowid])}) ORDER BY s.${rowid};
  `);
}

/** Indexes are not compared with their tables, and a damaged one would stay so. */
export function remakeIndexes(db: Database): void {
  const indexes = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    .all();
  for (const { name } of indexes) db.run(`REINDEX main."${name}"`);
  db.run(`
    INSERT INTO search_index (search_index) VALUES ('delete-all');
    INSERT INTO search_index (search_index) VALUES ('rebuild');
  `);
}
