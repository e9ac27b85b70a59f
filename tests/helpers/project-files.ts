/** The files of a project by their usual paths, relative to its root. */
import { Database } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

export const SETTINGS = "amalfa.settings.json";
export const GRAPH = ".amalfa/resonance.db";
export const CACHE = ".amalfa/cache/vector_cache.sqlite";

/** Deletes a database with its write-ahead log, whether they are there or not. */
export function removeDatabase(path: string): void {
  rmSync(path, { force: true });
  removeLog(path);
}

/** Deletes the write-ahead log of a database that nobody has open. */
export function removeLog(path: string): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

/**
 * Damages the settings of the full-text index, which SQLite lets nobody write: its format becomes one that there is not. The row is
 * "version" and a one-byte number, behind a header of its own length and the two types.
 */
export function damageIndexSettings(path: string): void {
  const db = new Database(path);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const bytes = readFileSync(path);
  const row = Buffer.from([3, 27, 1, ...Buffer.from("version"), 4]);
  const at = bytes.indexOf(row);
  if (at < 0) throw new Error("the settings of the full-text index were not found");
  bytes[at + row.length - 1] = 99;
  writeFileSync(path, bytes);
}
