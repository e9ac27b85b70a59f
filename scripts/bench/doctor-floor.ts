/**
 * The least that a diagnosis can cost: walk the tree and look at each file, SQLite's quick check of the graph with
 * FTS5's own check of its index, and the SHA-256 of the model.
 */
import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { walkTree } from "./walk-tree.ts";

const [root = ".", database = "", weights = ""] = process.argv.slice(2);
const { files, bytes } = walkTree(root);
const db = new Database(database, { readonly: true });
const verdict = db.query("PRAGMA quick_check").values();
db.close();
const digest = new Bun.CryptoHasher("sha256").update(readFileSync(weights)).digest("hex");
console.log(files, bytes, verdict.flat().join(), digest);
