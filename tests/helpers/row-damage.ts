/**
 * Every kind of damage that a row of the graph can take, as statements: for each column of each table a change,
 * another type and values of two rows exchanged; for each table a row lost, added, and written twice, and all rows
 * lost; and what is particular to packs of sign bits and to `meta`.
 *
 * Made from the tables that are there, so that a column that is added later is damaged as well.
 */
import type { Database } from "bun:sqlite";

export interface RowDamage {
  readonly name: string;
  readonly sql: string;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly isKey: boolean;
}

/** What no answer depends on. */
const UNPROVED = new Set(["file_stats"]);

export function rowDamages(db: Database): RowDamage[] {
  const tables = db
    .query(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'",
    )
    .values()
    .flat() as string[];
  const proved = tables.filter((table) => !UNPROVED.has(table)).sort();
  return [
    ...proved.flatMap((table) => damagesOf(db, table)),
    ...PACK_DAMAGE,
    ...metaDamage(db),
    ...CONSISTENT_DAMAGE,
  ];
}

function damagesOf(db: Database, table: string): RowDamage[] {
  const columns = columnsOf(db, table);
  const count = Number(db.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0]);
  if (count === 0) return addedRow(table, columns);
  const first = firstRow(table, columns);
  const damages = columns.flatMap((column) => [
    damage(
      `${table}.${column.name} changed`,
      `UPDATE ${table} SET ${column.name} = ${changed(column)} WHERE ${firstRow(table, columns, `WHERE ${column.name} IS NOT NULL`)}`,
    ),
    damage(
      `${table}.${column.name} changed everywhere`,
      `UPDATE OR IGNORE ${table} SET ${column.name} = ${changed(column)}`,
    ),
    ...otherType(db, table, column),
    ...(isVaried(db, table, column) ? [exchanged(table, columns, column)] : []),
  ]);
  return [
    ...damages,
    damage(`${table} row lost`, `DELETE FROM ${table} WHERE ${first}`),
    damage(`${table} all rows lost`, `DELETE FROM ${table}`),
    ...addedRow(table, columns),
    damage(`${table} row twice`, twice(table, columns)),
  ];
}

function columnsOf(db: Database, table: string): Column[] {
  const rows = db.query(`SELECT name, type, pk FROM pragma_table_info('${table}')`).values() as [
    string,
    string,
    number,
  ][];
  return rows.map(([name, type, key]) => ({ name, type: type.toUpperCase() || "ANY", isKey: key > 0 }));
}

/** Picks one row. */
function firstRow(table: string, columns: readonly Column[], where = ""): string {
  const keys = columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const list = keys.length === 0 ? "rowid" : keys.join(", ");
  return `(${list}) = (SELECT ${list} FROM ${table} ${where} ORDER BY ${list} LIMIT 1)`;
}

function changed({ name, type }: Column): string {
  if (type === "TEXT") return `${name} || ' '`;
  if (type === "INTEGER") return `${name} + 1`;
  if (type === "BLOB") {
    return `unhex(CASE substr(hex(${name}), 1, 2) WHEN '00' THEN '01' ELSE '00' END || substr(hex(${name}), 3))`;
  }
  return `CASE typeof(${name}) WHEN 'integer' THEN ${name} + 1 ELSE ${name} || x'00' END`;
}

/** A value of the same bytes and of another type, where the table takes it. */
function otherType(db: Database, table: string, { name, type, isKey }: Column): RowDamage[] {
  if (isKey || (type !== "TEXT" && type !== "BLOB")) return [];
  const other = type === "TEXT" ? "BLOB" : "TEXT";
  const rows = db.query(`SELECT count(*) FROM ${table} WHERE ${name} IS NOT NULL`).values()[0] as [number];
  if (rows[0] === 0) return [];
  return [
    damage(`${table}.${name} of another type`, `UPDATE ${table} SET ${name} = CAST(${name} AS ${other})`),
  ];
}

function isVaried(db: Database, table: string, { name, isKey }: Column): boolean {
  const [distinct] = db.query(`SELECT count(DISTINCT ${name}) FROM ${table}`).values()[0] as [number];
  return distinct > 1 && !isKey;
}

/** The values of two rows that differ, exchanged. */
function exchanged(table: string, columns: readonly Column[], { name }: Column): RowDamage {
  const keys = columns.filter(({ isKey }) => isKey).map((column) => column.name);
  const key = keys.length === 0 ? "rowid" : keys.length === 1 ? keys[0]! : `${keys.join(" || ' ' || ")}`;
  return damage(
    `${table}.${name} of two rows exchanged`,
    `CREATE TEMP TABLE two AS SELECT min(${key}) AS a, ${name} AS v FROM ${table} GROUP BY ${name} ORDER BY a LIMIT 2;
     UPDATE ${table} SET ${name} = (SELECT v FROM two WHERE two.a <> ${key}) WHERE ${key} IN (SELECT a FROM two);
     DROP TABLE two`,
  );
}

function addedRow(table: string, columns: readonly Column[]): RowDamage[] {
  const values = columns.map(({ type }) => (type === "TEXT" ? "'[]'" : type === "BLOB" ? "x'00'" : "4711"));
  return [damage(`${table} row added`, `INSERT INTO ${table} VALUES (${values.join(", ")})`)];
}

/** A copy of a row under another key; its place among the chunks of a document is a key as well. */
function twice(table: string, columns: readonly Column[]): string {
  const keys = columns.filter(({ isKey }) => isKey);
  const values = columns.map((column) =>
    column === (keys.at(-1) ?? columns[0]) ? other(column) : column.name,
  );
  return `INSERT INTO ${table} SELECT ${values.join(", ")} FROM ${table} ORDER BY 1 LIMIT 1`;
}

function other({ name, type }: Column): string {
  return type === "INTEGER" ? `${name} + 4711` : `${name} || '~'`;
}

function damage(name: string, sql: string): RowDamage {
  return { name, sql };
}

const PACK_DAMAGE: readonly RowDamage[] = [
  damage("sign bits cleared", "UPDATE vector_bits SET bits = zeroblob(length(bits))"),
  damage("sign bits cut short", "UPDATE vector_bits SET bits = substr(bits, 1, length(bits) - 4)"),
  damage("sign bits of no length", "UPDATE vector_bits SET bits = x'', chunks = x''"),
  damage("sign bits of one byte", "UPDATE vector_bits SET bits = x'00'"),
  damage("chunks of a pack of one byte", "UPDATE vector_bits SET chunks = x'00'"),
  damage(
    "sign bits in another order",
    "UPDATE vector_bits SET bits = CAST(substr(bits, 49) || substr(bits, 1, 48) AS BLOB)",
  ),
  damage(
    "chunks of a pack in another order",
    "UPDATE vector_bits SET chunks = CAST(substr(chunks, 9) || substr(chunks, 1, 8) AS BLOB)",
  ),
];

function metaDamage(db: Database): RowDamage[] {
  const keys = db.query("SELECT key FROM meta ORDER BY key").values().flat() as string[];
  return keys.flatMap((key) => [
    damage(`meta ${key} lost`, `DELETE FROM meta WHERE key = '${key}'`),
    damage(`meta ${key} changed`, `UPDATE meta SET value = value || '1' WHERE key = '${key}'`),
    damage(`meta ${key} empty`, `UPDATE meta SET value = '' WHERE key = '${key}'`),
  ]);
}

/** Damage of several tables at once, so that they go on agreeing with each other. */
const CONSISTENT_DAMAGE: readonly RowDamage[] = [
  damage(
    "a passage and its words in the index",
    "UPDATE chunks SET text = 'zebra ' || text; INSERT INTO search_index (search_index) VALUES ('rebuild')",
  ),
  damage(
    "a title and its words in the index",
    "UPDATE nodes SET title = 'zebra'; INSERT INTO search_index (search_index) VALUES ('rebuild')",
  ),
  damage(
    "a passage lost in every table",
    `CREATE TEMP TABLE gone AS SELECT min(id) AS id FROM chunks;
     DELETE FROM vectors WHERE chunk IN (SELECT id FROM gone);
     DELETE FROM chunks WHERE id IN (SELECT id FROM gone);
     DROP TABLE gone;
     INSERT INTO search_index (search_index) VALUES ('rebuild')`,
  ),
  damage(
    "a document lost in every table, proof and all",
    `CREATE TEMP TABLE gone AS SELECT min(id) AS id FROM nodes;
     DELETE FROM vectors WHERE chunk IN (SELECT id FROM chunks WHERE node IN (SELECT id FROM gone));
     DELETE FROM chunks WHERE node IN (SELECT id FROM gone);
     DELETE FROM links WHERE node IN (SELECT id FROM gone);
     DELETE FROM edges WHERE source IN (SELECT id FROM gone) OR target IN (SELECT id FROM gone);
     DELETE FROM unresolved_links WHERE source IN (SELECT id FROM gone);
     DELETE FROM document_proofs WHERE node IN (SELECT id FROM gone);
     DELETE FROM nodes WHERE id IN (SELECT id FROM gone);
     DROP TABLE gone;
     INSERT INTO search_index (search_index) VALUES ('rebuild')`,
  ),
  damage("an edge and the link that it comes from", "DELETE FROM edges; DELETE FROM links"),
  damage("packs and what proves them", "DELETE FROM vector_bits; DELETE FROM pack_proofs"),
  damage(
    "vectors of two passages exchanged with their checksums",
    `CREATE TEMP TABLE two AS SELECT chunk, vector, checksum FROM vectors ORDER BY chunk LIMIT 2;
     UPDATE vectors SET vector = (SELECT t.vector FROM two t WHERE t.chunk <> vectors.chunk),
       checksum = (SELECT t.checksum FROM two t WHERE t.chunk <> vectors.chunk) WHERE chunk IN (SELECT chunk FROM two);
     DROP TABLE two`,
  ),
];
