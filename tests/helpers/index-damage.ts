/**
 * Damage of the full-text index's own tables, as statements.
 *
 * SQLite lets nobody write to them as long as it knows what they are: for as long as the damage takes, the index has
 * another name in the file.
 */
import { Database } from "bun:sqlite";
import { readFileSync, writeFileSync } from "node:fs";
import type { RowDamage } from "./row-damage.ts";

const TABLES = ["search_index_data", "search_index_idx", "search_index_docsize", "search_index_config"];

export function indexDamages(path: string): RowDamage[] {
  using db = new Database(path, { readonly: true });
  return TABLES.flatMap((table) => damagesOf(db, table)).map((sql) => ({ name: sql, sql }));
}

function damagesOf(db: Database, table: string): string[] {
  const info = `SELECT name, pk FROM pragma_table_info('${table}')`;
  const columns = db.query<{ name: string; pk: number }, []>(info).all();
  const keys = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
  const list = keys.join(", ");
  const rows = [0, 1, 2].map(
    (offset) => `(${list}) = (SELECT ${list} FROM ${table} ORDER BY ${list} LIMIT 1 OFFSET ${offset})`,
  );
  const changes = (column: string): string[] => [
    "NULL",
    "x'00'",
    "x''",
    `zeroblob(length(${column}))`,
    "'text'",
    `CAST(${column} || x'7f' AS BLOB)`,
    `substr(${column}, 1, length(${column}) - 1)`,
    `${column} + 1`,
    "-1",
    "1e300",
  ];
  return [
    `DELETE FROM ${table}`,
    `DROP TABLE ${table}`,
    ...rows.map((row) => `DELETE FROM ${table} WHERE ${row}`),
    ...columns.flatMap(({ name }) =>
      changes(name).flatMap((value) => [
        `UPDATE OR REPLACE ${table} SET ${name} = ${value}`,
        ...rows.map((row) => `UPDATE OR REPLACE ${table} SET ${name} = ${value} WHERE ${row}`),
      ]),
    ),
  ];
}

/** Does it. Throws what SQLite says where its own rules keep such a row out. The database must not be open. */
export function damageIndexTables(path: string, sql: string): void {
  fold(path);
  rename(path, "search_index", "search_indez");
  try {
    using db = new Database(path, { readwrite: true });
    db.run(sql);
  } finally {
    fold(path);
    rename(path, "search_indez", "search_index");
  }
}

function fold(path: string): void {
  using db = new Database(path, { readwrite: true });
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** In the row of the schema that says what the virtual table is, alone. */
function rename(path: string, from: string, to: string): void {
  const bytes = readFileSync(path);
  for (const [before, after] of [
    [`table${from}${from}`, `table${to}${to}`],
    [`CREATE VIRTUAL TABLE ${from} `, `CREATE VIRTUAL TABLE ${to} `],
  ] as const) {
    const at = bytes.indexOf(before);
    if (at < 0) throw new Error(`${before} was not found`);
    bytes.write(after, at, "latin1");
  }
  writeFileSync(path, bytes);
}
