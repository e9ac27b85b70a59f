/**
 * Makes every table of the graph equal to what was staged. Rows that are the same already are left alone where that can
 * be told.
 *
 * It can be told of chunks and vectors, which are most of a graph, since they are found by their rowid (see
 * `unchanged.ts`). It cannot of tables without a rowid: SQLite's quick check does not prove the order of other keys,
 * and in a tree that is out of order a row may be there and not be found. These tables are small; they are emptied
 * and filled again.
 */
import type { Database } from "bun:sqlite";
import { indexSettingsFault, indexTablesFault } from "../index-tables.ts";
import { createSearchIndex } from "../schema.ts";

const WITHOUT_ROWID = {
  nodes: "staged_nodes",
  document_fields: "staged_fields",
  file_stats: "staged_stats",
  links: "staged_links",
  edges: "staged_edges",
  unresolved_links: "staged_unresolved",
} as const;

/**
 * Call inside the write transaction. @param isIndexSound as the full-text index was found when the graph was read for
 * what to keep
 */
export function replaceEverything(db: Database, isIndexSound: boolean): void {
  const indexWork = beginIndexChange(db, isIndexSound);
  for (const [table, staged] of Object.entries(WITHOUT_ROWID)) {
    db.run(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM ${staged}`);
  }
  db.run(`
    DELETE FROM chunks WHERE id NOT IN (SELECT id FROM unchanged_chunks);
    DELETE FROM chunk_terms WHERE chunk NOT IN (SELECT id FROM unchanged_chunks);
    DELETE FROM vectors WHERE chunk NOT IN (SELECT id FROM unchanged_chunks);
    INSERT INTO chunks SELECT * FROM staged_chunks ORDER BY id;
    INSERT INTO chunk_terms SELECT * FROM staged_terms ORDER BY chunk;
    INSERT INTO vectors SELECT * FROM staged_vectors ORDER BY chunk;
    DELETE FROM pending;
    INSERT INTO pending SELECT * FROM staged_pending ORDER BY chunk;
  `);
  remakeIndexes(db);
  finishIndexChange(db, indexWork);
}

/** Indexes are built anew: nothing compares them with their tables, and a damaged one would stay damaged. */
function remakeIndexes(db: Database): void {
  const indexes = db
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    .all();
  for (const { name } of indexes) db.run(`REINDEX main."${name}"`);
}

/*
 * The full-text index when every row is written anew. It is an index over a view, so nothing keeps it in step but
 * whoever writes.
 *
 * Building it again is most of what a write takes. Where it was proved to say what the chunks say, only those that
 * change are taken out and put in; where it was not, or most of them change, it is built again.
 */

/**
 * Whether the index says exactly what the chunks of the graph say now, as FTS5 compares them word by word. Holds
 * the writer's lock meanwhile and writes nothing. False as well where it cannot be told.
 */
export function isIndexSound(db: Database): boolean {
  try {
    db.run("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)");
    // The view leaves out a chunk whose document is not found, and so does the comparison.
    const missing = db.query(
      "SELECT 1 FROM (SELECT id FROM chunks EXCEPT SELECT id FROM search_index_docsize) LIMIT 1",
    );
    if (missing.get() !== null) return false;
    return (indexSettingsFault(db) ?? indexTablesFault(db)) === undefined;
  } catch {
    return false;
  }
}

/** What of the index is to be done once the rows are there. */
export type IndexWork = "add chunks" | "build again";

/**
 * Takes out what is going to change or go, while the rows that say what was put in are still there. Call inside the
 * write transaction, with the staging tables complete and no row of the graph touched.
 */
function beginIndexChange(db: Database, isSound: boolean): IndexWork {
  if (!isSound) return "build again";
  db.run(`
    CREATE TEMP TABLE taken_out (id INTEGER PRIMARY KEY);
    INSERT INTO taken_out SELECT id FROM chunks WHERE id NOT IN (SELECT id FROM unchanged_chunks);
    INSERT OR IGNORE INTO taken_out
      SELECT c.id FROM chunks c JOIN nodes n ON n.id = c.node LEFT JOIN staged_nodes s ON s.id = n.id
      WHERE s.title IS NOT n.title;
  `);
  const [changes, chunks] = db
    .query(
      `SELECT (SELECT count(*) FROM taken_out) + (SELECT count(*) FROM staged_chunks), (SELECT count(*) FROM chunks)`,
    )
    .values()[0] as [number, number];
  if (changes > chunks) return "build again";
  db.run(`
    INSERT INTO search_index (search_index, rowid, path, title, heading, text, terms)
      SELECT 'delete', p.id, p.path, p.title, p.heading, p.text, p.terms
      FROM taken_out t JOIN passages p ON p.id = t.id ORDER BY p.id
  `);
  return "add chunks";
}

/** Call inside the same transaction, once `nodes` and `chunks` have their new rows. */
function finishIndexChange(db: Database, work: IndexWork): void {
  if (work === "build again") {
    // Emptying it would leave its settings as they are.
    db.run("DROP TABLE search_index");
    createSearchIndex(db);
    db.run("INSERT INTO search_index (search_index) VALUES ('rebuild')");
    return;
  }
  db.run(`
    INSERT INTO search_index (rowid, path, title, heading, text, terms)
      SELECT p.id, p.path, p.title, p.heading, p.text, p.terms FROM passages p
      WHERE p.id IN (SELECT id FROM staged_chunks UNION SELECT id FROM taken_out) ORDER BY p.id
  `);
}
