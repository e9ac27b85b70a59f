/**
 * The least that a warm rebuild can cost: reads all files, hashes all chunks, and inserts the same rows with the same
 * indexes into a new database. Prints the milliseconds since the start of the process, without those that it took to
 * get hold of the rows. Arguments: the graph to take the rows from, the project root, the path of the new database.
 */
import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSchema, GRAPH_TABLES } from "../../src/graph/schema.ts";

const [graph = "", root = "", target = ""] = process.argv.slice(2);

const before = performance.now();
const source = new Database(graph, { readonly: true });
const tables = [...Object.keys(GRAPH_TABLES), "file_stats", "meta"].map((name) => ({
  name,
  rows: source.query(`SELECT * FROM ${name}`).values() as (string | number | Uint8Array)[][],
}));
const files = source
  .query("SELECT id FROM nodes")
  .values()
  .flat()
  .map((id) => join(root, decodeURI(String(id))));
const texts = source.query("SELECT text FROM chunks").values().flat() as string[];
source.close();
const gathering = performance.now() - before;

let bytes = 0;
for (const file of files) bytes += readFileSync(file).length;
let digits = 0;
for (const text of texts) digits += new Bun.CryptoHasher("sha256").update(text).digest("hex").length;

const db = new Database(target);
db.run("PRAGMA journal_mode = WAL");
db.run("PRAGMA synchronous = NORMAL");
db.run("PRAGMA cache_size = -16384");
db.transaction(() => {
  createSchema(db);
  for (const { name, rows } of tables) {
    if (rows[0] === undefined) continue;
    const insert = db.query(`INSERT INTO ${name} VALUES (${rows[0].map(() => "?").join(", ")})`);
    for (const row of rows) insert.run(...row);
  }
  db.run("INSERT INTO search_index (search_index) VALUES ('rebuild')");
}).immediate();
db.query("PRAGMA wal_checkpoint(TRUNCATE)").get();
db.close();
console.log(JSON.stringify({ milliseconds: performance.now() - gathering, bytes, digits }));
