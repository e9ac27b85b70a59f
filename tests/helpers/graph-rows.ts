/** The whole content of a graph, for comparing two of them. */
import { Database } from "bun:sqlite";
import { GRAPH_TABLES } from "../../src/graph/schema.ts";

/** So many rows of a table are held at most; of a larger one their number and a digest stand for them. */
const MOST_ROWS = 50_000;

/** What stands for the rows of a large table. */
interface Condensed {
  readonly rows: number;
  readonly digest: string;
}

/** All rows of all tables of the graph, with the FTS index's own words, in a fixed order. */
export function graphRows(path: string): Record<string, unknown[]> {
  const db = new Database(path, { readonly: true });
  try {
    const rows: Record<string, unknown[]> = {};
    for (const [table, order] of Object.entries(GRAPH_TABLES)) {
      rows[table] = rowsOf(db, `SELECT * FROM ${table} ORDER BY ${order}`);
    }
    db.run("CREATE VIRTUAL TABLE temp.index_words USING fts5vocab('main', 'search_index', 'instance')");
    rows.search_index = rowsOf(db, "SELECT term, doc, col, offset FROM temp.index_words ORDER BY 1, 2, 3, 4");
    return rows;
  } finally {
    db.close();
  }
}

function rowsOf(db: Database, sql: string): unknown[] {
  const some = db.query(`${sql} LIMIT ${MOST_ROWS + 1}`).values();
  if (some.length <= MOST_ROWS) return some.map(readable);
  const hasher = new Bun.CryptoHasher("sha256");
  let count = 0;
  for (const row of db.query(sql).iterate() as Iterable<Record<string, unknown>>) {
    hasher.update(JSON.stringify(readable(Object.values(row))));
    count++;
  }
  return [{ rows: count, digest: hasher.digest("hex") } satisfies Condensed];
}

/** How many rows a table of {@link graphRows} has. */
export function rowCount(rows: readonly unknown[] | undefined): number {
  const [only] = rows ?? [];
  const isCondensed = typeof only === "object" && only !== null && "digest" in only && "rows" in only;
  return isCondensed ? Number(only.rows) : (rows?.length ?? 0);
}

function readable(row: unknown[]): unknown[] {
  return row.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value));
}

/** A digest of {@link graphRows}. */
export function graphDigest(path: string): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(graphRows(path))).digest("hex");
}
