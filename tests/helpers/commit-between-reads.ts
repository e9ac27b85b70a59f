/**
 * Another process that commits between two reads of this one, as it happens once in thousands of runs: here before the
 * nth read, each time.
 */
import { Database } from "bun:sqlite";
import { cpSync } from "node:fs";
import { databaseFiles } from "../../src/sqlite/database-files.ts";

/** Everything of a database but the full-text index's own tables, which follow from the others. */
const TABLES =
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%' AND name NOT LIKE 'sqlite%'";

/** Has one database hold the rows of another with the same tables, in one transaction of a connection of its own. */
export function takeRowsOf(path: string, other: string): void {
  using db = new Database(path, { readwrite: true });
  db.run("ATTACH ? AS other", [other]);
  const tables = db.query(TABLES).values().flat() as string[];
  db.transaction(() => {
    for (const table of tables) {
      db.run(`DELETE FROM main."${table}"`);
      db.run(`INSERT INTO main."${table}" SELECT * FROM other."${table}"`);
    }
    const isGraph = tables.includes("chunks");
    if (isGraph) db.run("INSERT INTO search_index (search_index) VALUES ('rebuild')");
  }).immediate();
}

/** A copy of a database that nobody is writing to. */
export function copyDatabase(from: string, to: string): void {
  for (const file of databaseFiles(from)) cpSync(file, to + file.slice(from.length));
}

/**
 * What `work` answers when `commit` is done before its nth query, and how many it has. Queries of `commit` count for
 * nothing.
 */
export async function withCommitBefore<T>(
  nth: number,
  commit: () => void,
  work: () => T | Promise<T>,
): Promise<{ readonly answer: T; readonly queries: number }> {
  const { query } = Database.prototype;
  let queries = 0;
  Database.prototype.query = function (this: Database, sql: string) {
    if (++queries === nth) {
      Database.prototype.query = query;
      commit();
      Database.prototype.query = counting;
    }
    return query.call(this, sql);
  } as typeof query;
  const counting = Database.prototype.query;
  try {
    const answer = await work();
    return { answer, queries };
  } finally {
    Database.prototype.query = query;
  }
}
