/** The whole content of a graph, for comparing two of them. */
import { Database } from "bun:sqlite";
import { GRAPH_TABLES } from "../../src/graph/schema.ts";

/** All rows of all tables of the graph, with the FTS index's own words, in a fixed order. */
export function graphRows(path: string): Record<string, unknown[]> {
  const db = new Database(path, { readonly: true });
  try {
    const rows: Record<string, unknown[]> = {};
    for (const [table, order] of Object.entries(GRAPH_TABLES)) {
      rows[table] = db.query(`SELECT * FROM ${table} ORDER BY ${order}`).values().map(readable);
    }
    db.run("CREATE VIRTUAL TABLE temp.index_words USING fts5vocab('main', 'search_index', 'instance')");
    rows.search_index = db
      .query("SELECT term, doc, col, offset FROM temp.index_words ORDER BY 1, 2, 3, 4")
      .values();
    return rows;
  } finally {
    db.close();
  }
}

function readable(row: unknown[]): unknown[] {
  return row.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value));
}

/** A digest of {@link graphRows}. */
export function graphDigest(path: string): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(graphRows(path))).digest("hex");
}
