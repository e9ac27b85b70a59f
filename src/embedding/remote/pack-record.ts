/**
 * What this machine knows of the packs of a store: which it has taken or put there, and the keys of their rows. With
 * it no pack is fetched twice, and no row put there twice.
 *
 * It lies beside the vector cache, and holds for that very file: where the cache is another one, the record is empty.
 * It may be lost at any time, which costs fetching again.
 */
import { Database } from "bun:sqlite";
import { closeSync, lstatSync, openSync, readSync, statSync } from "node:fs";
import { isDamage, openToWrite, schemaObjects, writeTransaction } from "../../sqlite/index.ts";

const TABLES = [
  "CREATE TABLE cache_file (place TEXT PRIMARY KEY) WITHOUT ROWID",
  "CREATE TABLE packs (remote TEXT, name TEXT, PRIMARY KEY (remote, name)) WITHOUT ROWID",
  "CREATE TABLE rows (remote TEXT, key BLOB, pack TEXT, PRIMARY KEY (remote, key)) WITHOUT ROWID",
];
const SCHEMA = TABLES.map((table) => table.replace("TABLE", "TABLE IF NOT EXISTS")).join(";");

export class PackRecord implements Disposable {
  readonly #db: Database;
  readonly #remote: string;
  readonly #cachePath: string;

  /**
   * @param cachePath the vector cache that it is about
   * @param remote what tells one store and model from another
   */
  constructor(cachePath: string, remote: string) {
    this.#remote = remote;
    this.#cachePath = cachePath;
    this.#db = openRecord(recordPath(cachePath));
    const place = placeOf(cachePath);
    const known = this.#db.query("SELECT place FROM cache_file").values()[0]?.[0];
    if (known === place) return;
    writeTransaction(this.#db, () => {
      this.#db.run("DELETE FROM packs; DELETE FROM rows;");
      this.#holdsFor(place);
    });
  }

  #holdsFor(place: string): void {
    this.#db.run("DELETE FROM cache_file");
    this.#db.run("INSERT INTO cache_file VALUES (?)", [place]);
  }

  /** The names of packs whose rows are known. */
  packs(): Set<string> {
    return new Set(
      this.#db.query("SELECT name FROM packs WHERE remote = ?").values(this.#remote).flat() as string[],
    );
  }

  add(pack: string, keys: Iterable<string>): void {
    const insert = this.#db.query("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)");
    writeTransaction(this.#db, () => {
      for (const key of keys) insert.run(this.#remote, Buffer.from(key, "hex"), pack);
      this.#db.run("INSERT OR REPLACE INTO packs VALUES (?, ?)", [this.#remote, pack]);
      // The first pack makes the cache that there was not before.
      this.#holdsFor(placeOf(this.#cachePath));
    });
  }

  /** Keys of rows that packs have, of those packs alone that are asked for. */
  keysIn(packs: ReadonlySet<string>): Map<string, string> {
    const rows = this.#db.query("SELECT hex(key), pack FROM rows WHERE remote = ?").values(this.#remote);
    const keys = new Map<string, string>();
    for (const [key, pack] of rows as [string, string][])
      if (packs.has(pack)) keys.set(key.toLowerCase(), pack);
    return keys;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

/**
 * Forgets all of it: the rows of a cache that was emptied are to be fetched again. What has the record's name and is
 * none is left as it is, and its path is returned. Throws the driver's error.
 */
export function forgetPacks(cachePath: string): string | undefined {
  const path = recordPath(cachePath);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || (stat.isFile() && stat.size === 0)) return undefined;
  if (!stat.isFile() || !isDatabase(path)) return path;
  try {
    using db = openToWrite(path, { refuseOthers });
    db.run("DELETE FROM packs; DELETE FROM rows; VACUUM;");
    return undefined;
  } catch (error) {
    if (error instanceof NoRecord || isDamage(error)) return path;
    throw error;
  }
}

/** SQLite would take what lies beside any other file for a log that is out of date, and remove it. */
function isDatabase(path: string): boolean {
  const header = Buffer.alloc(16);
  const fd = openSync(path, "r");
  try {
    readSync(fd, header);
  } finally {
    closeSync(fd);
  }
  return header.toString("latin1") === "SQLite format 3\0";
}

class NoRecord extends Error {}

/** `cache.path` may be anywhere, and what lies beside it anybody's: a record has its tables, and no others. */
function refuseOthers(db: Database): void {
  const objects = schemaObjects(db).map(({ sql }) => sql);
  if (objects.length > 0 && objects.join(";") !== TABLES.join(";")) throw new NoRecord();
}

function recordPath(cachePath: string): string {
  return `${cachePath}.packs`;
}

/** Where no record can be kept, there is one for this run. */
function openRecord(path: string): Database {
  try {
    // A link may lead to anybody's file.
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() === true) return inMemory();
    if (stat?.isFile() === true && stat.size > 0 && !isDatabase(path)) return inMemory();
    return prepared(openToWrite(path, { refuseOthers }));
  } catch {
    return inMemory();
  }
}

function inMemory(): Database {
  return prepared(new Database(":memory:", { strict: true }));
}

function prepared(db: Database): Database {
  try {
    db.run(SCHEMA);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function placeOf(cachePath: string): string {
  const stats = statSync(cachePath, { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.dev}:${stats.ino}:${Math.round(stats.birthtimeMs)}`;
}
