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
 * Damages the settings of the full-text index, which SQLite lets nobody write: its format becomes one that there is
 * not. The row is "version" and a one-byte number, behind a header of its own length and the two types.
 */
export function damageIndexSettings(path: string): void {
  const row = Buffer.from([3, 27, 1, ...Buffer.from("version"), 4]);
  replaceBytes(path, row, row.with(-1, 99));
}

/** Row of a full-text index's table of blocks. */
export const INDEX_BLOCK = { totals: 1, structure: 10 } as const;

/**
 * Changes the bytes of a block of the full-text index, as a bad disk would: SQLite lets nobody write to such a table.
 */
export function damageIndexBlock(path: string, id: number, change: (block: Uint8Array) => Uint8Array): void {
  const block = indexBytes(path, "SELECT block FROM search_index_data WHERE id = ?", id);
  replaceBytes(path, block, change(block));
}

/** Makes the sizes of one chunk in the full-text index malformed. */
export function damageIndexSizes(path: string): void {
  const sizes = indexBytes(path, "SELECT sz FROM search_index_docsize WHERE length(sz) = ? LIMIT 1", 5);
  // One byte a column. What stands before them in the file: the length of the header, no number, and a blob of five.
  const row = Uint8Array.of(3, 0, 22, ...sizes);
  replaceBytes(path, row, row.with(-1, 0xff));
}

function indexBytes(path: string, sql: string, value: number): Uint8Array {
  using db = new Database(path, { readonly: true });
  const row = db.query<{ block?: Uint8Array; sz?: Uint8Array }, [number]>(sql).get(value);
  const bytes = row?.block ?? row?.sz;
  if (bytes === undefined) throw new Error(`nothing found by ${sql}`);
  return bytes;
}

function replaceBytes(path: string, old: Uint8Array, replacement: Uint8Array): void {
  const db = new Database(path);
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
  const bytes = readFileSync(path);
  const at = bytes.indexOf(old);
  if (at < 0 || replacement.length !== old.length) throw new Error("the bytes to be replaced were not found");
  bytes.set(replacement, at);
  writeFileSync(path, bytes);
}
