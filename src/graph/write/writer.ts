/**
 * The one transaction that turns the old graph into the new one (I4).
 *
 * Nothing is read from files and nothing is inferred in here: rows are copied from the staging tables, so that other
 * writers wait milliseconds and a reader sees either graph, complete.
 */
import type { Database } from "bun:sqlite";
import { writeTransaction } from "../../sqlite/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { DamagedRows } from "../damage.ts";
import {
  beginLateVectors,
  metaFault,
  noteRelinked,
  proveEverything,
  proveWritten,
  sealMeta,
} from "../proof/index.ts";
import { chunkId, isOfEarlierSchema, replaceSchema } from "../schema.ts";
import { replaceVectorBits, updateVectorBits } from "../sign-bits.ts";
import { readGeneration, writeMeta } from "../state.ts";
import { replaceEverything } from "./replace.ts";
import type { EdgeScope, Staging, WriteScope } from "./staging.ts";
import { storedChecksum } from "./stored-vectors.ts";

export interface GraphWrite {
  readonly scope: WriteScope;
  readonly edges: EdgeScope;
  /** The generation that the plan was made from. */
  readonly generation: number;
  /** Rows of `meta` to set, such as the model id. */
  readonly meta: Readonly<Record<string, string>>;
}

/**
 * Writes the staged rows. A graph of an earlier schema becomes one of this schema in the same transaction, for which
 * everything has to be staged. Throws `database.changed` (exit 4) when another process has written since the plan was
 * made.
 */
export function writeGraph(staging: Staging, write: GraphWrite): void {
  const { db } = staging;
  staging.indexChunks();
  writeTransaction(db, () => {
    requireGeneration(db, write.generation);
    const meta = { ...write.meta, generation: String(write.generation + 1) };
    if (write.scope === "everything") {
      if (isOfEarlierSchema(db)) replaceSchema(db);
      // Whatever else is in there was not written by this program.
      db.run("DELETE FROM meta");
      setMeta(db, meta);
      replaceEverything(db, staging.isIndexSound);
      replaceVectorBits(db, staging.bits, staging.chunks);
      proveEverything(db, staging.compared);
    } else {
      requireSealed(db);
      setMeta(db, meta);
      noteRelinked(db);
      const touched = replaceDocuments(staging);
      writeEdges(db, write);
      if (touched.length > 0) updateVectorBits(db, touched);
      proveWritten(db, WRITTEN);
    }
  });
}

function requireGeneration(db: Database, generation: number): void {
  if (readGeneration(db) === generation) return;
  throw new AmalfaError(
    "database.changed",
    "Another process changed the graph while this one prepared its work.",
  );
}

/** A vector for a chunk that waited for it. */
export interface LateVector {
  readonly chunk: number;
  readonly key: string;
  readonly vector: Float32Array;
}

/**
 * Writes vectors of chunks that were pending, in one transaction; nothing else of the graph changes.
 * Throws `database.changed` (exit 4) as `writeGraph` does.
 */
export function writeVectors(
  db: Database,
  vectors: readonly LateVector[],
  { generation, meta }: Pick<GraphWrite, "generation" | "meta">,
): void {
  writeTransaction(db, () => {
    requireGeneration(db, generation);
    requireSealed(db);
    const inOrder = vectors.toSorted((a, b) => a.chunk - b.chunk);
    const chunks = inOrder.map(({ chunk }) => chunk);
    const proof = beginLateVectors(db, chunks);
    const waits = db.query("DELETE FROM pending WHERE chunk = ?");
    const insert = db.query("INSERT INTO vectors VALUES (?, ?, ?)");
    for (const { chunk, key, vector } of inOrder) {
      const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
      waits.run(chunk);
      insert.run(chunk, bytes, storedChecksum(key, bytes));
    }
    setMeta(db, { ...meta, generation: String(generation + 1) });
    updateVectorBits(db, chunks);
    proof.finish();
  });
}

/** Documents whose rows a write of some documents replaces or takes away. */
const WRITTEN = "SELECT id FROM leaving UNION SELECT id FROM staged_nodes";

function setMeta(db: Database, rows: GraphWrite["meta"]): void {
  for (const [key, value] of Object.entries(rows)) writeMeta(db, key, value);
}

/** What is damaged must not be sealed as if it were what was written. */
function requireSealed(db: Database): void {
  const fault = metaFault(db);
  if (fault !== undefined) throw new DamagedRows(fault);
}

/** Notes that the files were looked at and the graph already says what they say. */
export function recordVisit(staging: Staging, meta: GraphWrite["meta"]): void {
  const { db } = staging;
  writeTransaction(db, () => {
    requireSealed(db);
    db.run(
      "INSERT OR REPLACE INTO file_stats SELECT * FROM staged_stats WHERE node IN (SELECT id FROM nodes)",
    );
    setMeta(db, meta);
    sealMeta(db);
  });
}

/** @returns the ids of the chunks that went and of those that came */
function replaceDocuments(staging: Staging): number[] {
  const { db } = staging;
  // Which other rows go with an unchanged chunk, those of the full-text index for one, is only known when all are
  // staged.
  staging.stageUnchanged();
  const ids = (sql: string): number[] =>
    db
      .query<{ id: number }, []>(sql)
      .all()
      .map((row) => row.id);
  const gone = ids("SELECT c.id FROM leaving l JOIN chunks c ON c.node = l.id ORDER BY c.id");
  db.run(`
    INSERT INTO search_index (search_index, rowid, path, title, heading, text, terms)
      SELECT 'delete', p.id, p.path, p.title, p.heading, p.text, p.terms FROM leaving l JOIN chunks c ON c.node = l.id
      JOIN passages p ON p.id = c.id ORDER BY p.id;
    DELETE FROM vectors WHERE chunk IN (SELECT c.id FROM leaving l JOIN chunks c ON c.node = l.id);
    DELETE FROM pending WHERE chunk IN (SELECT c.id FROM leaving l JOIN chunks c ON c.node = l.id);
    DELETE FROM chunk_terms WHERE chunk IN (SELECT c.id FROM leaving l JOIN chunks c ON c.node = l.id);
    DELETE FROM chunks WHERE node IN (SELECT id FROM leaving);
    DELETE FROM links WHERE node IN (SELECT id FROM leaving);
    DELETE FROM file_stats WHERE node IN (SELECT id FROM leaving);
    DELETE FROM document_fields WHERE node IN (SELECT id FROM leaving);
    DELETE FROM nodes WHERE id IN (SELECT id FROM leaving);
  `);
  insertStaged(db);
  db.run(`
    INSERT INTO search_index (rowid, path, title, heading, text, terms)
      SELECT p.id, p.path, p.title, p.heading, p.text, p.terms
      FROM staged_chunks s JOIN passages p ON p.id = s.id ORDER BY p.id;
  `);
  return [...gone, ...ids("SELECT id FROM staged_chunks ORDER BY id")];
}

function insertStaged(db: Database): void {
  moveTakenIds(db);
  db.run(`
    INSERT INTO nodes SELECT * FROM staged_nodes;
    INSERT INTO document_fields SELECT * FROM staged_fields;
    INSERT OR REPLACE INTO file_stats SELECT * FROM staged_stats;
    INSERT INTO chunks SELECT * FROM staged_chunks ORDER BY id;
    INSERT INTO chunk_terms SELECT * FROM staged_terms ORDER BY chunk;
    INSERT INTO vectors SELECT * FROM staged_vectors ORDER BY chunk;
    INSERT INTO pending SELECT * FROM staged_pending ORDER BY chunk;
    INSERT INTO links SELECT * FROM staged_links;
  `);
}

/** Gives a new id to each staged chunk whose id is taken by a chunk that stays in the graph. */
function moveTakenIds(db: Database): void {
  const taken = db.query<{ id: number; node: string; ordinal: number }, []>(
    "SELECT s.id, s.node, s.ordinal FROM staged_chunks s JOIN chunks c ON c.id = s.id",
  );
  const free = db.query<{ n: number }, { id: number }>(
    `SELECT count(*) AS n
     FROM (SELECT id FROM chunks WHERE id = $id UNION ALL SELECT id FROM staged_chunks WHERE id = $id)`,
  );
  for (const { id: old, node, ordinal } of taken.all()) {
    let probe = 1;
    while (free.get({ id: chunkId(node, ordinal, probe) })?.n !== 0) probe++;
    const id = chunkId(node, ordinal, probe);
    db.run("UPDATE staged_chunks SET id = ? WHERE id = ?", [id, old]);
    db.run("UPDATE staged_terms SET chunk = ? WHERE chunk = ?", [id, old]);
    db.run("UPDATE staged_vectors SET chunk = ? WHERE chunk = ?", [id, old]);
    db.run("UPDATE staged_pending SET chunk = ? WHERE chunk = ?", [id, old]);
  }
}

/** Writes differences only: most edges of most graphs are as they were. */
function writeEdges(db: Database, write: GraphWrite): void {
  const affected = write.edges === "all sources" ? "" : `AND source IN (${WRITTEN})`;
  db.run(`
    DELETE FROM edges WHERE (source, target, type) NOT IN (SELECT source, target, type FROM staged_edges) ${affected};
    INSERT OR IGNORE INTO edges SELECT source, target, type FROM staged_edges;
    DELETE FROM unresolved_links
      WHERE (source, line, type, target) NOT IN (SELECT source, line, type, target FROM staged_unresolved) ${affected};
    INSERT OR IGNORE INTO unresolved_links SELECT source, line, type, target FROM staged_unresolved;
  `);
}
