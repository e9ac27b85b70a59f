/** Rows of the graph, of its full-text index and of the vector cache that become others. */
import { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { damageIndexTables, indexDamages } from "../../../helpers/index-damage.ts";
import { CACHE, GRAPH } from "../../../helpers/project-files.ts";
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

async function damageIndex(world: World): Promise<void> {
  world.isDamaged = true;
  const path = world.join(GRAPH);
  const { sql } = world.random.pick(indexDamages(path));
  world.note(sql);
  try {
    damageIndexTables(path, sql);
  } catch (error) {
    // SQLite's own rules keep some such rows out.
    world.note(String(error));
  }
  await ask(world);
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
