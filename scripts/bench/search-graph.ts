/**
 * Graphs of any size for measuring search: written through the real writer, and the same vectors in a sqlite-vec
 * table.
 */
import { Database } from "bun:sqlite";
import { load as loadSqliteVec } from "sqlite-vec";
import { openGraphToWrite } from "../../src/graph/open.ts";
import { readGeneration } from "../../src/graph/state.ts";
import { Staging } from "../../src/graph/write/staging.ts";
import { writeGraph } from "../../src/graph/write/writer.ts";
import { TextGenerator } from "./generate-text.ts";
import { VectorGenerator } from "./generate-vectors.ts";

export const DIMENSIONS = 384;
const TOPICS = 100;
const CHUNKS_PER_DOCUMENT = 10;

export interface Query {
  readonly text: string;
  readonly vector: Float32Array;
}

/** How many words a chunk has; fewer where a million of them have to be written. */
export type ChunkLength = readonly [least: number, most: number];

/**
 * Writes a graph of generated chunks on a hundred topics, ten to a document, and returns queries on the same topics.
 * Each document is tagged with its topic, and every second one has the field `half`.
 */
export function generateGraph(
  path: string,
  chunks: number,
  queries: number,
  [least, most]: ChunkLength = [40, 160],
): Query[] {
  const text = new TextGenerator(chunks, TOPICS);
  const groupsPerTopic = Math.max(2, Math.round(chunks / TOPICS / 50));
  const vectors = new VectorGenerator({
    seed: chunks,
    dimensions: DIMENSIONS,
    topics: TOPICS,
    groupsPerTopic,
  });
  using db = openGraphToWrite(path);
  const staging = new Staging(db);
  for (let first = 0; first < chunks; first += CHUNKS_PER_DOCUMENT) {
    const topic = (first / CHUNKS_PER_DOCUMENT) % TOPICS;
    const id = `notes/${first / CHUNKS_PER_DOCUMENT}.md`;
    const title = text.paragraph(topic, 2, 5);
    const rows = Array.from({ length: Math.min(CHUNKS_PER_DOCUMENT, chunks - first) }, (_, ordinal) => ({
      node: id,
      ordinal,
      heading: [title],
      startLine: ordinal * 10 + 1,
      endLine: ordinal * 10 + 9,
      text: text.paragraph(topic, least, most),
      key: `${id} ${ordinal}`,
      vector: vectors.vector(topic),
    }));
    const tags = [`topic-${topic}`];
    const fields = { half: [`${(first / CHUNKS_PER_DOCUMENT) % 2}`] };
    const document = { id, title, hash: id, tags, fields, aliases: [], size: 1, mtimeMs: 1, links: [] };
    staging.add([document], rows);
  }
  const generation = readGeneration(db);
  writeGraph(staging, {
    scope: "everything",
    edges: "all sources",
    generation,
    meta: { model: "generated", fingerprint: "generated" },
  });
  return Array.from({ length: queries }, (_, index) => ({
    text: text.question(index % TOPICS),
    vector: vectors.vector(index % TOPICS),
  }));
}

/** sqlite-vec's plain table of float32 vectors, scanned in full for each query, with the vectors of a graph. */
export class VecTable implements Disposable {
  readonly #db: Database;

  private constructor(db: Database) {
    this.#db = db;
  }

  static copyOf(graph: Database, path: string): VecTable {
    const db = new Database(path, { create: true, readwrite: true });
    loadSqliteVec(db);
    db.run("PRAGMA journal_mode = WAL");
    db.run(`CREATE VIRTUAL TABLE vectors USING vec0 (embedding float[${DIMENSIONS}])`);
    const insert = db.prepare("INSERT INTO vectors (rowid, embedding) VALUES (?, ?)");
    const rows = graph.query<{ chunk: number; vector: Uint8Array }, []>("SELECT chunk, vector FROM vectors");
    db.transaction(() => {
      for (const { chunk, vector } of rows.iterate()) insert.run(BigInt(chunk), vector);
    })();
    db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    return new VecTable(db);
  }

  /** Ids of the `count` nearest chunks by distance, which for unit vectors is by cosine, best first. */
  nearest(vector: Float32Array, count: number): number[] {
    return this.#db
      .query<{ rowid: number }, [Uint8Array, number]>(
        "SELECT rowid FROM vectors WHERE embedding MATCH ? AND k = ? ORDER BY distance",
      )
      .all(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), count)
      .map(({ rowid }) => rowid);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
