/**
 * Values of another type than their column's: SQLite stores a number or bytes in a column of texts, and gives them to
 * whoever reads it. Each reader would have to expect that of each value. It is looked at once instead, here, when a
 * reader ended in an error that none of them throws by itself.
 */
import type { Database } from "bun:sqlite";
import { GRAPH_TABLES } from "./schema.ts";

const TABLES = ["meta", "file_stats", ...Object.keys(GRAPH_TABLES)];

/** What `typeof` says of a value that amalfa wrote, by the declared type of its column. */
const STORED_AS: Record<string, string> = {
  TEXT: "'text'",
  INTEGER: "'integer'",
  REAL: "'real'",
  BLOB: "'blob'",
};

/** The first column that has such a value, as a clause for people. Reads all rows. */
export function storedTypeFault(db: Database): string | undefined {
  const columns = db.query<{ name: string; type: string; isRequired: number }, [string]>(
    'SELECT name, type, "notnull" OR pk > 0 AS isRequired FROM pragma_table_info(?)',
  );
  for (const table of TABLES) {
    for (const { name, type, isRequired } of columns.all(table)) {
      const stored = STORED_AS[type];
      if (stored === undefined) continue;
      const allowed = isRequired ? stored : `${stored}, 'null'`;
      const odd = `SELECT 1 FROM "${table}" WHERE typeof("${name}") NOT IN (${allowed}) LIMIT 1`;
      if (db.query(odd).get() !== null)
        return `a value in "${name}" of "${table}" is not of the type that was written`;
    }
  }
  return undefined;
}
