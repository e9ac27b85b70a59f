/**
 * Damage of every column of every table of a vector cache, of its tables, indexes and numbers, and of its bytes: what a
 * bad disk, another program or a mistaken hand leaves. Made from the tables that are there, so that a column that is
 * added later is damaged as well.
 */
import { Database } from "bun:sqlite";
import { readFileSync, writeFileSync } from "node:fs";
import { rowChecksum, vectorBytes } from "../../src/embedding/cache/row.ts";

export interface CacheDamage {
  readonly name: string;
  readonly make: (path: string) => void;
}

const VALUES = ["NULL", "''", "-1", "1.5", "'x'", "x'00'", "9223372036854775807", "9e999", "zeroblob(9999)"];
const FIRST = "rowid = (SELECT min(rowid) FROM cache)";

export function cacheDamages(path: string): CacheDamage[] {
  using db = new Database(path, { readonly: true });
  return [
    ...columnsOf(db, "cache").flatMap(ofColumn),
    ...columnsOf(db, "runs").flatMap((column) =>
      VALUES.map((value) => ofSql(`UPDATE runs SET ${column} = ${value}`)),
    ),
    ...ROWS.map(ofSql),
    ...TABLES.map(ofSql),
    ...vectorDamages(),
    ...byteDamages(),
  ];
}

/** Vectors that prove themselves and are not the model's: only computing them again tells. */
export const FORGED: readonly CacheDamage[] = [
  forged("another direction", (vector) => vector.map((value) => -value)),
];

function columnsOf(db: Database, table: string): string[] {
  return db.query("SELECT name FROM pragma_table_info(?)").values(table).flat() as string[];
}

function ofSql(sql: string): CacheDamage {
  return { name: sql, make: (path) => altered(path, sql) };
}

function altered(path: string, sql: string): void {
  using db = new Database(path, { readwrite: true });
  db.run(sql);
}

function ofColumn(column: string): CacheDamage[] {
  const others = "SELECT rowid AS id, * FROM cache ORDER BY rowid LIMIT 2";
  return [
    ...VALUES.map((value) => ofSql(`UPDATE cache SET ${column} = ${value} WHERE ${FIRST}`)),
    ...(column === "key" ? [] : VALUES.map((value) => ofSql(`UPDATE cache SET ${column} = ${value}`))),
    ofSql(`UPDATE cache SET ${column} = CAST(${column} AS BLOB)`),
    ofSql(`UPDATE cache SET ${column} = CAST(${column} AS TEXT)`),
    ofSql(`UPDATE cache SET ${column} = ${column} || ' ' WHERE ${FIRST}`),
    ofSql(
      `CREATE TEMP TABLE two AS ${others};
       UPDATE cache SET ${column} = NULL WHERE rowid IN (SELECT id FROM two);
       UPDATE cache SET ${column} = (SELECT two.${column} FROM two WHERE two.id <> cache.rowid)
       WHERE rowid IN (SELECT id FROM two)`,
    ),
  ];
}

const ROWS = [
  "UPDATE cache SET key = upper(key)",
  "UPDATE cache SET key = substr(key, 1, 63)",
  `UPDATE cache SET key = key || char(0) WHERE ${FIRST}`,
  "UPDATE cache SET checksum = checksum + 4294967296",
  "UPDATE cache SET checksum = checksum - 4294967296",
  "UPDATE cache SET vector = substr(vector, 1, length(vector) - 1)",
  "UPDATE cache SET vector = CAST(vector || vector AS BLOB)",
  "UPDATE cache SET (vector, checksum) = (SELECT vector, checksum FROM cache ORDER BY rowid DESC LIMIT 1)",
  "UPDATE cache SET model = replace(model, '384', '768')",
  "UPDATE cache SET last_used = 99999999999999",
  "INSERT INTO cache VALUES (printf('%064d', 7), x'00', 1, 'somebody', 1)",
  `INSERT INTO cache SELECT printf('%064d', 7), vector, last_used, model, checksum FROM cache WHERE ${FIRST}`,
  "DELETE FROM cache",
  `DELETE FROM cache WHERE ${FIRST}`,
  "DELETE FROM runs",
];

const COLUMNS = "vector BLOB, last_used INTEGER, model TEXT, checksum INTEGER";
const replacedBy = (columns: string, rest = "") =>
  `CREATE TABLE other (${columns}) ${rest}; INSERT OR IGNORE INTO other SELECT * FROM cache; DROP TABLE cache;
   ALTER TABLE other RENAME TO cache`;

const TABLES = [
  "DROP TABLE cache",
  "DROP TABLE runs",
  "ALTER TABLE runs DROP COLUMN hits",
  "ALTER TABLE runs RENAME COLUMN at TO moment",
  "DROP TABLE runs; CREATE VIEW runs AS SELECT 1 AS id",
  "DROP INDEX cache_by_use",
  "DROP INDEX cache_by_use; CREATE INDEX cache_by_use ON cache (model)",
  "DROP INDEX cache_by_use; CREATE INDEX cache_by_use ON cache (last_used) WHERE last_used > 5",
  "CREATE UNIQUE INDEX more ON cache (checksum)",
  "CREATE TABLE more (a)",
  "CREATE TRIGGER more BEFORE INSERT ON cache BEGIN SELECT RAISE(IGNORE); END",
  "ALTER TABLE cache DROP COLUMN model",
  "ALTER TABLE cache ADD COLUMN more",
  "ALTER TABLE cache RENAME COLUMN checksum TO sum",
  "ALTER TABLE cache RENAME TO cash",
  "ALTER TABLE cache RENAME TO rows; CREATE VIEW cache AS SELECT * FROM rows",
  replacedBy(`key TEXT, ${COLUMNS}`),
  replacedBy(`key TEXT PRIMARY KEY, ${COLUMNS}`, "WITHOUT ROWID"),
  replacedBy(`key TEXT PRIMARY KEY, ${COLUMNS} CHECK (checksum < 5)`),
  "DROP TABLE cache; CREATE VIRTUAL TABLE cache USING fts5 (key, vector, last_used, model, checksum)",
  ...[0, 1, 3, -1].map((version) => `PRAGMA user_version = ${version}`),
  "PRAGMA application_id = 7",
  "PRAGMA journal_mode = DELETE",
];

function forged(name: string, change: (vector: Float32Array) => Float32Array): CacheDamage {
  const make = (path: string) => {
    using db = new Database(path, { readwrite: true });
    const rows = db.query<{ key: string; vector: Uint8Array }, []>("SELECT key, vector FROM cache").all();
    for (const { key, vector } of rows) {
      const bytes = vectorBytes(change(new Float32Array(vector.slice().buffer)));
      db.run("UPDATE cache SET vector = ?, checksum = ? WHERE key = ?", [
        bytes,
        rowChecksum(key, bytes),
        key,
      ]);
    }
  };
  return { name: `vectors with their checksums: ${name}`, make };
}

function vectorDamages(): CacheDamage[] {
  const bits = [0, 3, 1535].flatMap((byte) =>
    [0, 6, 7].map((bit) => ({
      name: `bit ${bit} of byte ${byte} of a vector`,
      make: (path: string) => {
        using db = new Database(path, { readwrite: true });
        const row = db
          .query<{ id: number; vector: Uint8Array }, []>("SELECT rowid AS id, vector FROM cache")
          .get();
        row!.vector[byte]! ^= 1 << bit;
        db.run("UPDATE cache SET vector = ? WHERE rowid = ?", [row!.vector, row!.id]);
      },
    })),
  );
  return [
    ...bits,
    forged("zeros", (vector) => vector.fill(0)),
    forged("no numbers", (vector) => vector.fill(Number.NaN)),
    forged("twice as long", (vector) => vector.map((value) => 2 * value)),
    forged("half the dimensions", (vector) => vector.slice(0, vector.length / 2)),
    forged("nothing", () => new Float32Array(0)),
  ];
}

/** Of the file's header, by what they mean; see https://www.sqlite.org/fileformat2.html. */
const HEADER = {
  name: 0,
  pageSize: 16,
  reads: 19,
  reserved: 20,
  fraction: 21,
  schema: 44,
  encoding: 59,
  page: 100,
};
const PAGE_BYTES = 4096;

function byteDamages(): CacheDamage[] {
  const changed = (name: string, change: (bytes: Buffer) => Uint8Array): CacheDamage => ({
    name,
    make: (path) => writeFileSync(path, change(readFileSync(path))),
  });
  const parts = [0.3, 0.6, 0.9].flatMap((part) => {
    const from = (bytes: Buffer) => Math.floor((bytes.length / PAGE_BYTES) * part) * PAGE_BYTES;
    return [
      changed(`cut off at ${part}`, (bytes) => bytes.subarray(0, from(bytes) + 7)),
      changed(`a page of zeros at ${part}`, (bytes) => bytes.fill(0, from(bytes), from(bytes) + PAGE_BYTES)),
      changed(`a page of noise at ${part}`, (bytes) =>
        bytes.fill(0xa5, from(bytes), from(bytes) + PAGE_BYTES),
      ),
    ];
  });
  return [
    ...Object.entries(HEADER).flatMap(([name, at]) =>
      [0, 0xff].map((value) => changed(`header: ${name} ${value}`, (bytes) => bytes.fill(value, at, at + 1))),
    ),
    ...parts,
    ...[
      ["checksum  INTEGER", "checksam  INTEGER"],
      ["cache_by_use", "cache_by_usf"],
      ["TABLE runs", "TABLE ruin"],
    ].map(([from = "", to = ""]) =>
      changed(`${from} is ${to} in the schema`, (bytes) => {
        for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
        return bytes;
      }),
    ),
    changed("something added", (bytes) => Buffer.concat([bytes, Buffer.alloc(5000, "more")])),
    changed("no bytes", () => new Uint8Array(0)),
    changed("a text", () => Buffer.alloc(5000, "a text ")),
  ];
}
