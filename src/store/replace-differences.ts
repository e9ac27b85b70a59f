/**
 * Makes a table equal to a staged one by touching only the rows that differ.
 *
 * Every row is compared in every column, so that the outcome is the same as if all were written anew. But a rebuild that finds the graph
 * as it should be, which is most of them, does not write all vectors to the log and from there to the file.
 */
import type { Database } from "bun:sqlite";

export interface Replacement {
  readonly table: string;
  /** A temporary table with the same columns in the same order. */
  readonly staged: string;
  /** The columns of the table's primary key. */
  readonly key: readonly string[];
}

/** The tables whose rows are staged one for one. */
export const REPLACEMENTS: readonly Replacement[] = [
  { table: "nodes", staged: "staged_nodes", key: ["id"] },
  { table: "file_stats", staged: "staged_stats", key: ["node"] },
  { table: "chunks", staged: "staged_chunks", key: ["id"] },
  { table: "vectors", staged: "staged_vectors", key: ["chunk"] },
  { table: "links", staged: "staged_links", key: ["node", "ordinal"] },
];

/** Call inside the write transaction. */
export function replaceDifferences(db: Database, { table, staged, key }: Replacement): void {
  const columns = db
    .query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map(({ name }) => name);
  const equal = (names: readonly string[]): string =>
    names.map((name) => `s.${name} IS t.${name}`).join(" AND ");
  db.run(`
    DELETE FROM ${table} AS t WHERE NOT EXISTS (SELECT 1 FROM ${staged} s WHERE ${equal(columns)});
    INSERT INTO ${table} SELECT s.* FROM ${staged} s
      WHERE NOT EXISTS (SELECT 1 FROM ${table} t WHERE ${equal(key)}) ORDER BY ${key.map((name) => `s.${name}`).join(", ")};
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
