/** Rows of the graph, of its full-text index and of the vector cache that become others. */
import { Database } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { CACHE, GRAPH } from "../../../helpers/project-files.ts";
import type { Random } from "../../../helpers/random.ts";
import { rowDamages } from "../../../helpers/row-damage.ts";
import type { World } from "../world.ts";
import { anyReader, perhapsJson } from "./command-lines.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

/** Everything that asks, so that none of it meets what it does not foresee. */
async function ask(world: World): Promise<void> {
  const { random } = world;
  for (let times = random.between(1, 3); times > 0; times--) {
    await world.run(perhapsJson(random, anyReader(random, world)));
  }
  if (random.oneIn(3)) await world.run(["init", "--json"]);
}

async function damageRows(world: World): Promise<void> {
  world.isDamaged = true;
  {
    using db = new Database(world.join(GRAPH), { readwrite: true });
    const kinds = rowDamages(db);
    for (let times = world.random.between(1, 2); times > 0; times--)
      alter(world, db, world.random.pick(kinds));
  }
  await ask(world);
}

/** SQLite's own rules keep some such rows out. */
function alter(
  world: World,
  db: Database,
  { name, sql }: { readonly name: string; readonly sql: string },
): void {
  world.note(name);
  try {
    db.run(sql);
  } catch (error) {
    world.note(String(error));
  }
}

const CACHE_DAMAGE = [
  "UPDATE cache SET vector = zeroblob(1536) WHERE rowid % 2 = 0",
  "UPDATE cache SET vector = x'00'",
  "UPDATE cache SET vector = 'text'",
  "UPDATE cache SET checksum = checksum + 1",
  "UPDATE cache SET model = 'another'",
  "UPDATE cache SET last_used = 'soon'",
  "UPDATE cache SET last_used = 9999999999999999",
  "UPDATE cache SET last_used = -1",
  "UPDATE cache SET key = key || 'x'",
  "UPDATE cache SET vector = (SELECT vector FROM cache LIMIT 1)",
  "DELETE FROM cache WHERE rowid % 2 = 0",
  "INSERT INTO cache (key, vector, last_used, model, checksum) VALUES ('0', x'', 0, '', 0)",
  "ALTER TABLE cache ADD COLUMN more",
  "ALTER TABLE cache RENAME COLUMN vector TO vec",
  "DROP TABLE cache",
  "CREATE TABLE theirs (x)",
  "PRAGMA user_version = 999",
  "PRAGMA application_id = 1",
];

async function damageCacheRows(world: World): Promise<void> {
  world.isDamaged = true;
  const sql = world.random.pick(CACHE_DAMAGE);
  // A cache of a newer version is somebody's who has upgraded: named, and for them to move.
  if (sql.includes("999")) world.relieve = () => rmSync(world.join(CACHE));
  {
    using db = new Database(world.join(CACHE), { readwrite: true });
    alter(world, db, { name: sql, sql });
  }
  await world.run([
    ...world.random.pick([["init", "--force"], ["rebuild"], ["cache", "stats"], ["cache", "prune"]]),
    "--json",
  ]);
}

const SCHEMA_DAMAGE = [
  "DROP TABLE edges",
  "DROP TABLE search_index",
  "DROP TABLE meta",
  "DROP TABLE nodes",
  "DROP VIEW passages",
  "DROP INDEX chunks_by_node",
  "DROP INDEX edges_by_target",
  "ALTER TABLE chunks ADD COLUMN more",
  "ALTER TABLE nodes RENAME COLUMN title TO name",
  "ALTER TABLE vectors RENAME TO vectores",
  "CREATE TABLE theirs (x)",
  "CREATE TRIGGER t AFTER INSERT ON nodes BEGIN DELETE FROM chunks; END",
  "PRAGMA user_version = 999",
  "PRAGMA user_version = 1",
  "PRAGMA application_id = 7",
  "PRAGMA journal_mode = DELETE",
];

async function damageSchema(world: World): Promise<void> {
  world.isDamaged = true;
  const sql = world.random.pick(SCHEMA_DAMAGE);
  {
    using db = new Database(world.join(GRAPH), { readwrite: true });
    alter(world, db, { name: sql, sql });
  }
  await ask(world);
}

const INDEX_TABLES = ["search_index_data", "search_index_idx", "search_index_docsize", "search_index_config"];

/**
 * SQLite lets nobody write to the tables of a full-text index as long as it knows that they are: for as long as the
 * damage takes, the index has another name in the file.
 */
async function damageIndex(world: World): Promise<void> {
  const { random } = world;
  world.isDamaged = true;
  const path = world.join(GRAPH);
  fold(path);
  renameInFile(path, "search_index", "search_indeX");
  {
    using db = new Database(path, { readwrite: true });
    const sql = indexDamage(random, db);
    alter(world, db, { name: sql, sql });
  }
  fold(path);
  renameInFile(path, "search_indeX", "search_index");
  await ask(world);
}

function fold(path: string): void {
  using db = new Database(path, { readwrite: true });
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

function indexDamage(random: Random, db: Database): string {
  const table = random.pick(INDEX_TABLES);
  const columns = db.query<{ name: string }, []>(`SELECT name FROM pragma_table_info('${table}')`).all();
  const column = random.pick(columns).name;
  const one = `rowid = (SELECT rowid FROM ${table} LIMIT 1 OFFSET ${random.between(0, 3)})`;
  const keyed = /_idx$|_config$/.test(table) ? "1" : one;
  return random.pick([
    `DELETE FROM ${table}`,
    `DELETE FROM ${table} WHERE ${keyed}`,
    `UPDATE OR REPLACE ${table} SET ${column} = x'00' WHERE ${keyed}`,
    `UPDATE OR REPLACE ${table} SET ${column} = zeroblob(length(${column})) WHERE ${keyed}`,
    `UPDATE OR REPLACE ${table} SET ${column} = 'text' WHERE ${keyed}`,
    `UPDATE OR REPLACE ${table} SET ${column} = ${column} || x'7f' WHERE ${keyed}`,
    `UPDATE OR REPLACE ${table} SET ${column} = ${column} + 1 WHERE ${keyed}`,
    `DROP TABLE ${table}`,
  ]);
}

/** In the row of the schema that says what the virtual table is, alone. */
function renameInFile(path: string, from: string, to: string): void {
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

export const ROWS: readonly Kind[] = [
  {
    name: "rows",
    about:
      "a row of the graph changed, of another type, exchanged, lost, added or twice; packs of sign bits; `meta`",
    weight: 16,
    isPossible: ANYWHERE,
    run: damageRows,
  },
  {
    name: "index",
    about:
      "rows of the full-text index's own tables (`_data`, `_idx`, `_docsize`, `_config`) changed or lost",
    weight: 10,
    isPossible: ANYWHERE,
    run: damageIndex,
  },
  {
    name: "schema",
    about: "a table, column, view, index or version of the graph changed, lost or added",
    weight: 6,
    isPossible: ANYWHERE,
    run: damageSchema,
  },
  {
    name: "cache-rows",
    about: "rows, columns and versions of the vector cache",
    weight: 6,
    isPossible: ANYWHERE,
    run: damageCacheRows,
  },
];
