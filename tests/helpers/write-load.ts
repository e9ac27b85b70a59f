/**
 * A writer that never rests: small transactions on a graph's database, and a write-ahead log that nobody else folds
 * in. Ends with its standard input and prints how many transactions there were, and what failed.
 */
import { openToWrite, writeTransaction } from "../../src/sqlite/open.ts";

const db = openToWrite(process.argv[2] ?? "");
db.run("PRAGMA wal_autocheckpoint = 0");
db.run("CREATE TABLE IF NOT EXISTS load (id INTEGER PRIMARY KEY, ballast BLOB)");
let writes = 0;
const failures: string[] = [];
let ending = false;
process.stdin.on("end", () => {
  ending = true;
});
process.stdin.resume();
process.stdout.write("ready\n");
while (!ending) {
  try {
    writeTransaction(db, () => {
      db.run("INSERT INTO load (ballast) VALUES (zeroblob(100))");
      db.run("INSERT OR REPLACE INTO load VALUES (1, randomblob(150000))");
    });
    writes++;
  } catch (error) {
    failures.push(String(error));
  }
  await Bun.sleep(2);
}
const [rows] = db.query("SELECT count(*) FROM load").values()[0] as [number];
db.close();
process.stdout.write(`${JSON.stringify({ writes, rows, failures })}\n`);
