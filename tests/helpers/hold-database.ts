/**
 * A process that has a database open in a way of the test's choice, and says "ready" once it does. Ends with its
 * standard input.
 *
 * Arguments: the file, and `reserve` (a write transaction that does not end), `exclude` (an exclusive lock that keeps
 * readers out), `grow` (a large write-ahead log, and the connection open), `read` (the same, and a read transaction
 * that does not end), `crash` (rows in a write-ahead log that nobody has folded in).
 */
import { Database } from "bun:sqlite";
import { openToWrite } from "../../src/sqlite/open.ts";

export type Hold = "reserve" | "exclude" | "grow" | "read" | "crash";

const [, , path = "", hold = ""] = process.argv;

function start(): Database[] {
  const db = openToWrite(path);
  if (hold === "exclude") {
    db.run("PRAGMA locking_mode = EXCLUSIVE");
    db.run("BEGIN EXCLUSIVE");
    return [db];
  }
  if (hold === "reserve") {
    db.run("BEGIN IMMEDIATE");
    return [db];
  }
  if (hold === "crash") {
    // What the file system said of documents is the one thing in a graph that no proof covers.
    db.run("INSERT OR REPLACE INTO file_stats SELECT * FROM file_stats");
    process.kill(process.pid, "SIGKILL");
  }
  const reader = new Database(path, { readonly: true });
  db.run("PRAGMA wal_autocheckpoint = 0");
  db.run("CREATE TABLE IF NOT EXISTS ballast (x)");
  for (let part = 0; part < 5; part++) {
    db.run("INSERT INTO ballast VALUES (randomblob(4000000))");
    // A reader of an early state keeps everything after it from being folded in.
    if (part === 0 && hold === "read") {
      reader.run("BEGIN");
      reader.query("SELECT count(*) FROM ballast").get();
    }
  }
  db.run("DROP TABLE ballast");
  return [db, reader];
}

const held = start();
process.stdout.write("ready\n");
for await (const _ of process.stdin) void _;
for (const db of held) db.close();
