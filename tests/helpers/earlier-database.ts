/** A database as amalfa 1.x left it, with one document. */
import { Database } from "bun:sqlite";

/** The tables of amalfa 1.x, empty. */
export const EARLIER_TABLES = `
  CREATE TABLE nodes (
    id TEXT PRIMARY KEY, type TEXT, title TEXT, domain TEXT, layer TEXT, embedding BLOB, hash TEXT, meta TEXT, date TEXT
  );
  CREATE TABLE edges (
    source TEXT, target TEXT, type TEXT, confidence REAL, veracity REAL, context_source TEXT,
    PRIMARY KEY (source, target, type)
  );
  CREATE TABLE history (id INTEGER PRIMARY KEY, entity TEXT, change TEXT);
  CREATE TABLE ember_state (id TEXT PRIMARY KEY, state TEXT);
  CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash TEXT, created_at NUMERIC);
`;

export const EARLIER_SCHEMA = `${EARLIER_TABLES}
  INSERT INTO nodes (id, type, title, hash) VALUES ('readme', 'document', 'Readme', 'abc');
`;

/** @param path of a file that does not exist yet */
export function makeEarlierDatabase(path: string): void {
  using db = new Database(path, { create: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run(EARLIER_SCHEMA);
}
