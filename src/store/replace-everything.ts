/**
 * Makes every table what was staged, whatever it held before, by touching only what differs where that can be told.
 *
 * Chunks and vectors are most of a graph, and are found by their rowid (see `kept-chunks.ts`). SQLite's quick check does not prove the order
 * of other keys, and in a tree that is out of order a row may be there and not be found: tables without a rowid are emptied and filled
 * again, which goes by no key. They are small.
 */
import type { Database } from "bun:sqlite";
import { beginIndexChange, finishIndexChange } from "./full-text-index.ts";

const WITHOUT_ROWID = {
  nodes: "staged_nodes",
  file_stats: "staged_stats",
  links: "staged_links",
  edges: "staged_edges",
  unresolved_links: "staged_unresolved",
} as const;

/** Call inside the write transaction. @param isIndexSound as the full-text index was found when the graph was read for what to keep */
export function replaceEverything(db: Database, isIndexSound: boolean): void {
  const indexWork = beginIndexChange(db, isIndexSound);
  for (const [table, staged] of Object.entries(WITHOUT_ROWID)) {
    db.run(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM ${staged}`);
  }
  db.run(`
    DELETE FROM chunks WHERE id NOT IN (SELECT id FROM kept_chunks);
    DELETE FROM vectors WHERE chunk NOT IN (SELECT id FROM kept_chunks);
    INSERT INTO chunks SELECT * FROM staged_chunks ORDER BY id;
    INSERT INTO vectors SELECT * FROM staged_vectors ORDER BY chunk;
  `);
  remakeIndexes(db);
  finishIndexChange(db, indexWork);
}

/** Indexes are not compared with their tables, and a damaged one would stay so. */
function remakeIndexes(db: Database): void {
  const indexes = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    .all();
  for (const { name } of indexes) db.run(`REINDEX main."${name}"`);
}
