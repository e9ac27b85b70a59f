/**
 * The least that a diagnosis can cost: walk the tree and look at each file, SQLite's quick check of the graph with
 * FTS5's own check of its index, and the SHA-256 of the model.
 */
import { Database } from "bun:sqlite";
import { readdirSync, readFileSync, statSync } from "node:fs";

const [root = ".", database = "", weights = ""] = process.argv.slice(2);
let files = 0;
let bytes = 0;
const pending = [root];
for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".")) pending.push(path);
    } else {
      files++;
      bytes += statSync(path).size;
    }
  }
}
const db = new Database(database, { readonly: true });
const verdict = db.query("PRAGMA quick_check").values();
db.close();
const digest = new Bun.CryptoHasher("sha256").update(readFileSync(weights)).digest("hex");
console.log(files, bytes, verdict.flat().join(), digest);
