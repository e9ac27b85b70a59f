/** The files of a project by their usual paths, relative to its root. */
import { rmSync } from "node:fs";

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
