/** Preloaded into a program: says on stderr how long each of its connections waits for a lock, as `[busy 5000]`. */
import { Database } from "bun:sqlite";

const { run } = Database.prototype;

Database.prototype.run = function said(sql, ...bindings) {
  const [, milliseconds] = /^PRAGMA busy_timeout = (\d+)/.exec(sql) ?? [];
  if (milliseconds !== undefined) process.stderr.write(`[busy ${milliseconds}]\n`);
  return run.call(this, sql, ...bindings);
};
