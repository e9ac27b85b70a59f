/**
 * The tables of the graph, and how a file is recognised as ours.
 *
 * Every row is a function of the files and the settings: ids are derived from content and paths, never counted up, so
 * that an incremental ingest, a rebuild and a fresh project that see the same files hold the same rows. Exempt are
 * `file_stats` (what the file system said last) and `meta`.
 */
import { type Database, Database as SqliteDatabase } from "bun:sqlite";
import { isInDataDirectory, readPragma, readTransaction } from "../sqlite/index.ts";

/** "amlf" in ASCII: `PRAGMA application_id` of a graph made by this tool. */
export const APPLICATION_ID = 0x616d6c66;

/** `PRAGMA user_version`; grows with every change of the tables below. */
export const SCHEMA_VERSION = 4;

/**
 * The earliest schema that is still searched as it is. A reader never changes a graph for its age; the next ingest
 * writes it anew in this schema (I16). Schema 2 was the first one that was published.
 */
const OLDEST_READABLE_VERSION = 2;

/** Tables whose rows are the graph, with the columns that order them. Two graphs are equal when these are. */
export const GRAPH_TABLES = {
  nodes: "id",
  document_fields: "node",
  chunks: "id",
  chunk_terms: "chunk",
  vectors: "chunk",
  vector_bits: "pack",
  pending: "chunk",
  links: "node, ordinal",
  edges: "source, target, type",
  unresolved_links: "source, line, type, target",
  document_proofs: "node",
  pack_proofs: "pack",
} as const;

const TABLES = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- One row a document. hash: SHA-256 of the file's bytes, hex. tags, aliases: JSON arrays.
CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  hash TEXT NOT NULL,
  tags TEXT NOT NULL,
  aliases TEXT NOT NULL
) WITHOUT ROWID;

-- JSON object: what the front matter says in lists of texts, by keys in lower case; lang is what the document seems
-- to be in where it does not say.
CREATE TABLE document_fields (
  node TEXT PRIMARY KEY,
  fields TEXT NOT NULL
) WITHOUT ROWID;

-- What the file system said of a document when it was last read; only ever a hint that saves reading it again.
-- -1: not known. A time below zero: one that a later change might not show in.
CREATE TABLE file_stats (
  node TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ms REAL NOT NULL,
  ctime_ms REAL NOT NULL DEFAULT -1,
  inode REAL NOT NULL DEFAULT -1
) WITHOUT ROWID;

-- heading: JSON array. text: the exact slice of the document. key: the vector cache's key of what was embedded.
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY,
  node TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  heading TEXT NOT NULL,
  start_line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  text TEXT NOT NULL,
  key TEXT NOT NULL
);
CREATE UNIQUE INDEX chunks_by_node ON chunks (node, ordinal);

-- What the index's tokenizer cannot see of the chunk and of its document's names, as words that it can.
CREATE TABLE chunk_terms (
  chunk INTEGER PRIMARY KEY,
  terms TEXT NOT NULL
);

-- Little-endian float32, L2-normalised. checksum: CRC-32 that covers the chunk's key as well; a vector leaves the
-- graph only with it.
CREATE TABLE vectors (
  chunk INTEGER PRIMARY KEY,
  vector BLOB NOT NULL,
  checksum INTEGER NOT NULL
);

-- Chunks whose vector is still to be computed, and no others. context: the headings that are embedded with the text.
CREATE TABLE pending (
  chunk INTEGER PRIMARY KEY,
  context TEXT NOT NULL
);

-- Sign bits of many vectors in a row, so that a scan reads few rows. chunks: int64 little-endian ids, ascending.
CREATE TABLE vector_bits (
  pack INTEGER PRIMARY KEY,
  chunks BLOB NOT NULL,
  bits BLOB NOT NULL
);

-- Every link as written, so that links can be resolved anew when documents come and go.
CREATE TABLE links (
  node TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  type TEXT NOT NULL,
  target TEXT NOT NULL,
  anchor TEXT,
  line INTEGER NOT NULL,
  PRIMARY KEY (node, ordinal)
) WITHOUT ROWID;

CREATE TABLE edges (
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  type TEXT NOT NULL,
  PRIMARY KEY (source, target, type)
) WITHOUT ROWID;
CREATE INDEX edges_by_target ON edges (target);

CREATE TABLE unresolved_links (
  source TEXT NOT NULL,
  line INTEGER NOT NULL,
  type TEXT NOT NULL,
  target TEXT NOT NULL,
  PRIMARY KEY (source, line, type, target)
) WITHOUT ROWID;

-- Of each table's rows of a document: how many, and a digest of them. Written with the rows; see proof/digests.ts.
CREATE TABLE document_proofs (
  node TEXT PRIMARY KEY,
  document TEXT NOT NULL,
  fields TEXT NOT NULL,
  chunks TEXT NOT NULL,
  terms TEXT NOT NULL,
  links TEXT NOT NULL,
  edges TEXT NOT NULL,
  unresolved TEXT NOT NULL,
  vectors TEXT NOT NULL,
  pending TEXT NOT NULL
) WITHOUT ROWID;

-- A digest of the row of vector_bits.
CREATE TABLE pack_proofs (
  pack INTEGER PRIMARY KEY,
  digest TEXT NOT NULL
);

CREATE VIEW passages AS
  SELECT c.id AS id, n.id AS path, n.title AS title, c.heading AS heading, c.text AS text,
    coalesce(t.terms, '') AS terms
  FROM chunks c JOIN nodes n ON n.id = c.node LEFT JOIN chunk_terms t ON t.chunk = c.id;

`;

const SEARCH_INDEX = `
-- The text lives in the tables above; the index can be checked against them and made again from them.
CREATE VIRTUAL TABLE search_index USING fts5 (
  path, title, heading, text, terms,
  content = 'passages', content_rowid = 'id',
  tokenize = 'porter unicode61 remove_diacritics 2'
);
`;

/** Creates all tables in an empty database. Call inside a write transaction. */
export function createSchema(db: Database): void {
  db.run(TABLES);
  createSearchIndex(db);
  db.run(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.run(`PRAGMA user_version = ${SCHEMA_VERSION}`);
}

/** The schema that a graph was written in. */
function graphVersion(db: Database): number {
  return readPragma(db, "user_version");
}

/** Since schema 3 there are fields, terms and pending vectors; that schema had the first two among nodes and chunks. */
const VERSION_WITH_FIELDS = 3;

/** Whether the graph has fields of the front matter, terms and pending vectors, of this schema or an earlier one. */
export function hasFieldsAndTerms(db: Database): boolean {
  return graphVersion(db) >= VERSION_WITH_FIELDS;
}

/** Selects the fields of the document `n` of `nodes`, as a JSON object. */
export function fieldsColumn(db: Database): string {
  if (!hasFieldsAndTerms(db)) return "'{}'";
  if (isOfEarlierSchema(db)) return "n.fields";
  return "(SELECT f.fields FROM document_fields f WHERE f.node = n.id)";
}

/** Selects the fields of every document, in a column `fields`. */
export function allFields(db: Database): string {
  if (!hasFieldsAndTerms(db)) return "SELECT '{}' AS fields WHERE false";
  return `SELECT fields FROM ${isOfEarlierSchema(db) ? "nodes" : "document_fields"}`;
}

/** Whether the graph was written in an earlier schema, so that the next ingest has to write every row anew. */
export function isOfEarlierSchema(db: Database): boolean {
  return graphVersion(db) < SCHEMA_VERSION;
}

/**
 * Makes the tables of this schema, empty, in the place of those of an earlier one; tables that are nobody's of ours
 * stay. Call inside the write transaction: readers see the old graph until that commits.
 */
export function replaceSchema(db: Database): void {
  using model = new SqliteDatabase(":memory:");
  createSchema(model);
  const present = new Map(db.query(`SELECT name, type ${TABLES_AND_VIEWS}`).values() as [string, string][]);
  // The index goes before what its content is, and takes its own tables along.
  for (const name of ["search_index", ...new Set([...tablesOf(model), ...tablesOf(db)])]) {
    const type = OWN_TABLES.has(name) ? present.get(name) : undefined;
    if (type !== undefined) db.run(`DROP ${type} IF EXISTS main."${name}"`);
  }
  createSchema(db);
}

const TABLES_AND_VIEWS = "FROM main.sqlite_schema WHERE type IN ('table', 'view')";

/** Every table and view that a schema of this program ever had. */
const OWN_TABLES: ReadonlySet<string> = new Set([
  ...["meta", "nodes", "document_fields", "file_stats", "chunks", "chunk_terms", "vectors", "pending"],
  ...["vector_bits", "links", "edges", "unresolved_links", "document_proofs", "pack_proofs", "passages"],
  "search_index",
]);

function tablesOf(db: Database): string[] {
  return db.query(`SELECT name ${TABLES_AND_VIEWS}`).values().flat() as string[];
}

/** Makes the full-text index, empty. Call inside a write transaction. */
export function createSearchIndex(db: Database): void {
  db.run(SEARCH_INDEX);
}

export type SchemaState =
  | { readonly kind: "empty" }
  | { readonly kind: "current" }
  | { readonly kind: "newer"; readonly version: number }
  /** `isReadable`: it is searched as it is, and the next ingest brings it over. */
  | { readonly kind: "older"; readonly version: number; readonly isReadable: boolean }
  /**
   * Made by amalfa 1.x, which set neither an application id nor a version. Proved by the columns that only it has;
   * where the file lies in an `.amalfa`, its tables are taken for a sign, but are no proof: many programs keep nodes
   * and edges.
   */
  | { readonly kind: "legacy"; readonly proof: "columns" | "place" }
  | { readonly kind: "foreign" };

/** Columns of every database of amalfa 1.x. */
const LEGACY_COLUMNS = {
  nodes: ["id", "type", "title", "domain", "layer", "embedding", "hash", "meta"],
  edges: ["source", "target", "type", "confidence", "veracity", "context_source"],
} as const;

/**
 * Says whose database this is. Reads only.
 *
 * @param path where the file lies
 */
export function schemaState(db: Database, path: string): SchemaState {
  return readTransaction(db, () => stateOf(db, path));
}

function stateOf(db: Database, path: string): SchemaState {
  const applicationId = readPragma(db, "application_id");
  const version = readPragma(db, "user_version");
  if (applicationId === APPLICATION_ID) {
    if (version === SCHEMA_VERSION) return { kind: "current" };
    if (version > SCHEMA_VERSION) return { kind: "newer", version };
    return { kind: "older", version, isReadable: version >= OLDEST_READABLE_VERSION };
  }
  const tables = db.query("SELECT name FROM sqlite_schema WHERE type = 'table'").values().flat();
  if (tables.length === 0 && applicationId === 0 && version === 0) return { kind: "empty" };
  if (applicationId !== 0 || !tables.includes("nodes") || !tables.includes("edges"))
    return { kind: "foreign" };
  if (hasLegacyColumns(db)) return { kind: "legacy", proof: "columns" };
  return isInDataDirectory(path) ? { kind: "legacy", proof: "place" } : { kind: "foreign" };
}

function hasLegacyColumns(db: Database): boolean {
  return Object.entries(LEGACY_COLUMNS).every(([table, columns]) => {
    const found = db.query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)").all(table);
    const names = new Set(found.map(({ name }) => name));
    return columns.every((name) => names.has(name));
  });
}

/*
 * A chunk's id: 53 bits of a hash of its document and its ordinal, so that the same files give the same ids in any
 * order of ingests.
 *
 * Numbers up to 2^53 - 1 are exact in JavaScript. Two chunks of a graph of a million share an id with a probability
 * of about one in 20,000; the writer then moves the later one on by `probe`.
 */
export const CHUNK_ID_BITS = 53;

/** An integer in [0, 2^53). @param probe how many ids were found taken before */
export function chunkId(node: string, ordinal: number, probe = 0): number {
  const hash = Bun.hash.xxHash64(`${node}\u0000${ordinal}`, BigInt(probe));
  return Number(hash >> 11n);
}
