/** A database as a process leaves it that is killed in the middle of a write, its rollback journal beside it. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Writes in rollback mode and is killed half-way, as a tool that was used on the file may be.
 *
 * @param change a statement that is to be taken back
 */
export function interruptWrite(database: string, change: string): void {
  const script = `const { Database } = require("bun:sqlite"); const db = new Database(process.argv[1]);
    db.run("PRAGMA journal_mode = DELETE"); db.run("PRAGMA cache_size = 1"); db.run("BEGIN IMMEDIATE");
    db.run("CREATE TABLE junk (x)");
    for (let i = 0; i < 400; i++) db.run("INSERT INTO junk VALUES (randomblob(3000))");
    db.run(process.argv[2]); process.kill(process.pid, "SIGKILL");`;
  spawnSync(process.execPath, ["-e", script, database, change]);
  if (!existsSync(`${database}-journal`)) throw new Error(`No journal was left beside ${database}`);
}
