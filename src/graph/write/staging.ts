/**
 * Where an ingest puts what it has prepared until the one write transaction.
 *
 * Temporary tables of the writing connection: they take no lock on the graph while inference goes on for minutes, and
 * SQLite spills them to disk, so that memory stays the same whether a thousand or a hundred thousand chunks are
 * prepared.
 */
import type { Database } from "bun:sqlite";
import type { ComparedChunks } from "../proof/index.ts";
import { chunkId } from "../schema.ts";
import { type TermSource, termsOf } from "../search/index.ts";
import type { GraphCounts, StoredLink } from "../state.ts";
import { isIndexSound } from "./replace.ts";
import { StagedBits } from "./staged-bits.ts";
import { storedChecksum } from "./stored-vectors.ts";
import { type ChunkRows, UnchangedChunks } from "./unchanged.ts";

/** Whose rows are replaced: every row of every table, or those of the documents that are leaving. */
export type WriteScope = "everything" | "changed documents";

/** Whose edges the staging tables hold: those of all documents, or of the staged ones. */
export type EdgeScope = "all sources" | "staged sources";

/** What the file system said of a document when it was read. */
type FileStamp = Pick<StagedDocument, "size" | "mtimeMs" | "ctimeMs" | "inode">;

export interface StagedDocument {
  readonly id: string;
  readonly title: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly hash: string;
  readonly tags: readonly string[];
  readonly aliases: readonly string[];
  /** What the front matter says, by keys in lower case; nothing by default. */
  readonly fields?: Readonly<Record<string, readonly string[]>>;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs?: number | undefined;
  readonly inode?: number | undefined;
  readonly links: readonly Omit<StoredLink, "node">[];
}

export interface StagedChunk {
  readonly node: string;
  /** Position among the document's chunks, from 0. */
  readonly ordinal: number;
  readonly heading: readonly string[];
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
  /** The vector cache's key of the embedded text. */
  readonly key: string;
  /** Absent where it is still to be computed, and in a dry run, which computes none. */
  readonly vector: Float32Array | undefined;
  /** The headings that are embedded with the text; what a vector that comes later is made of. */
  readonly context?: string | undefined;
}

export interface Edge {
  readonly source: string;
  readonly target: string;
  readonly type: string;
}

export interface UnresolvedLink {
  readonly source: string;
  readonly line: number;
  readonly type: string;
  readonly target: string;
}

const STAGING_TABLES = `
CREATE TEMP TABLE staged_nodes (id TEXT PRIMARY KEY, title TEXT, hash TEXT, tags TEXT, aliases TEXT) WITHOUT ROWID;
CREATE TEMP TABLE staged_fields (node TEXT PRIMARY KEY, fields TEXT) WITHOUT ROWID;
CREATE TEMP TABLE staged_stats (
  node TEXT PRIMARY KEY, size INTEGER, mtime_ms REAL, ctime_ms REAL, inode REAL) WITHOUT ROWID;
CREATE TEMP TABLE staged_chunks (
  id INTEGER, node TEXT, ordinal INTEGER, heading TEXT, start_line INTEGER, end_line INTEGER, text TEXT, key TEXT);
CREATE TEMP TABLE staged_terms (chunk INTEGER, terms TEXT);
-- Apart from staged_chunks, since whoever looks for texts should not have to read vectors.
CREATE TEMP TABLE staged_vectors (chunk INTEGER, vector BLOB, checksum INTEGER);
-- Staged chunks without a vector.
CREATE TEMP TABLE staged_pending (chunk INTEGER, context TEXT);
CREATE TEMP TABLE staged_links (
  node TEXT, ordinal INTEGER, type TEXT, target TEXT, anchor TEXT, line INTEGER, PRIMARY KEY (node, ordinal)
) WITHOUT ROWID;
CREATE TEMP TABLE staged_edges (source TEXT, target TEXT, type TEXT, PRIMARY KEY (source, target, type)) WITHOUT ROWID;
CREATE TEMP TABLE staged_unresolved (
  source TEXT, line INTEGER, type TEXT, target TEXT, PRIMARY KEY (source, line, type, target)) WITHOUT ROWID;
-- Chunks that are not staged, because the graph has their rows already.
CREATE TEMP TABLE unchanged_chunks (id INTEGER PRIMARY KEY);
-- Documents whose rows go: removed ones, and those that staged_nodes replaces.
CREATE TEMP TABLE leaving (id TEXT PRIMARY KEY) WITHOUT ROWID;
`;

/** `note unchanged`: chunks that the graph has already, byte for byte, are noted instead of staged. */
export type StagingOfKnown = "note unchanged" | "stage all";

/** The prepared rows of one ingest, in temporary tables of `db`. */
export class Staging {
  readonly db: Database;
  /** The sign bits of every chunk that was added, staged or noted as unchanged. */
  readonly bits = new StagedBits();
  /**
   * Whether the full-text index was proved to say what the graph's chunks say; that is not tried where all are
   * staged.
   */
  readonly isIndexSound: boolean;
  readonly #unchanged: UnchangedChunks | undefined;
  readonly #insert: ReturnType<typeof statements>;
  readonly #ids = new Set<number>();
  /** What the document whose chunks come is called; they come document by document. */
  #named: Named = { node: "", source: { names: [] } };
  /** What documents just added are called, whose chunks are about to come. */
  readonly #awaited = new Map<string, Named>();
  #documents = 0;

  constructor(db: Database, known: StagingOfKnown = "stage all") {
    this.db = db;
    db.run(STAGING_TABLES);
    this.#unchanged = known === "note unchanged" ? new UnchangedChunks(db) : undefined;
    this.isIndexSound = known === "note unchanged" && isIndexSound(db);
    this.#insert = statements(db);
  }

  /** What was proved of the chunks that are not staged; undefined where all are. */
  get compared(): ComparedChunks | undefined {
    const digests = this.#unchanged?.digests;
    return digests && { digests, others: "SELECT id FROM staged_chunks" };
  }

  get documents(): number {
    return this.#documents;
  }

  get chunks(): number {
    return this.#ids.size;
  }

  /** Adds documents, and chunks of these or of documents added before. */
  add(documents: readonly StagedDocument[], chunks: readonly StagedChunk[]): void {
    this.db.transaction(() => {
      for (const document of documents) this.#addDocument(document);
      for (const chunk of chunks) this.#addChunk(chunk);
      this.#awaited.clear();
    })();
  }

  /**
   * Makes staged chunks quick to find by their ids. Call when all are there: they come in the order of their
   * documents, and a tree of ids that is filled in that order would be written many times over.
   */
  indexChunks(): void {
    this.db.run(`
      CREATE INDEX temp.staged_chunks_by_id ON staged_chunks (id);
      CREATE INDEX temp.staged_terms_by_chunk ON staged_terms (chunk);
      CREATE INDEX temp.staged_vectors_by_chunk ON staged_vectors (chunk);
      CREATE INDEX temp.staged_pending_by_chunk ON staged_pending (chunk);
    `);
  }

  /** Stages the chunks that were noted as unchanged as well, for a write that has to have them all. */
  stageUnchanged(): void {
    this.db.run(`
      INSERT INTO staged_chunks SELECT * FROM chunks WHERE id IN (SELECT id FROM unchanged_chunks);
      INSERT INTO staged_terms SELECT * FROM chunk_terms WHERE chunk IN (SELECT id FROM unchanged_chunks);
      INSERT INTO staged_vectors SELECT * FROM vectors WHERE chunk IN (SELECT id FROM unchanged_chunks);
      DELETE FROM unchanged_chunks;
    `);
  }

  /** A document whose content is as before but whose size or time is not. */
  addStat(node: string, stat: FileStamp): void {
    this.#stat(node, stat);
  }

  addLeaving(ids: Iterable<string>): void {
    const insert = this.db.query("INSERT OR IGNORE INTO leaving VALUES (?)");
    this.db.transaction(() => {
      for (const id of ids) insert.run(id);
    })();
  }

  addEdges(edges: Iterable<Edge>, unresolved: Iterable<UnresolvedLink>): void {
    const edge = this.db.query("INSERT OR IGNORE INTO staged_edges VALUES (?, ?, ?)");
    const open = this.db.query("INSERT OR IGNORE INTO staged_unresolved VALUES (?, ?, ?, ?)");
    this.db.transaction(() => {
      for (const { source, target, type } of edges) edge.run(source, target, type);
      for (const { source, line, type, target } of unresolved) open.run(source, line, type, target);
    })();
  }

  #addDocument(document: StagedDocument): void {
    const { id, title, hash, tags, aliases, fields = {}, links } = document;
    this.#insert.node.run(id, title, hash, JSON.stringify(tags), JSON.stringify(aliases));
    this.#insert.fields.run(id, JSON.stringify(fields));
    this.#awaited.set(id, namedAs(id, title, [...aliases, ...tags], fields.lang));
    this.#stat(id, document);
    links.forEach(({ type, target, anchor, line }, ordinal) => {
      this.#insert.link.run(id, ordinal, type, target, anchor ?? null, line);
    });
    this.#documents++;
  }

  #addChunk(chunk: StagedChunk): void {
    const { node, ordinal, startLine, endLine, text, key } = chunk;
    const heading = JSON.stringify(chunk.heading);
    const id = this.#newChunkId(node, ordinal);
    const { beside, ...named } = this.#namesOf(node);
    // Of a document its first chunk is enough: who asks by a tag wants no chunk in particular.
    const first = ordinal === 0 ? { beside } : {};
    const terms = termsOf({ ...named, ...first, heading: chunk.heading, text });
    const row = [id, node, ordinal, heading, startLine, endLine, text, key] as const;
    if (chunk.vector === undefined) {
      this.#insert.chunk.run(...row);
      this.#insert.terms.run(id, terms);
      this.#insert.pending.run(id, chunk.context ?? "");
      return;
    }
    this.bits.add(id, chunk.vector);
    const vector = bytesOf(chunk.vector);
    const rows: ChunkRows = [...row, terms, vector, storedChecksum(key, vector)];
    if (this.#unchanged?.noteIfUnchanged(rows)) return;
    this.#insert.chunk.run(...row);
    this.#insert.terms.run(id, terms);
    this.#insert.vector.run(id, vector, rows[10]);
  }

  #namesOf(node: string): Omit<TermSource, "heading" | "text"> {
    if (this.#named.node !== node) this.#named = this.#awaited.get(node) ?? this.#stagedName(node);
    return this.#named.source;
  }

  /** Of a document that was added before: its last chunks come with the next ones. */
  #stagedName(node: string): Named {
    const row = this.#insert.named.get(node);
    const beside = [row?.aliases, row?.tags].flatMap((list) => JSON.parse(list ?? "[]") as string[]);
    const { lang } = JSON.parse(row?.fields ?? "{}") as { lang?: string[] };
    return namedAs(node, row?.title ?? "", beside, lang);
  }

  #newChunkId(node: string, ordinal: number): number {
    let probe = 0;
    let id = chunkId(node, ordinal);
    while (this.#ids.has(id)) id = chunkId(node, ordinal, ++probe);
    this.#ids.add(id);
    return id;
  }

  #stat(node: string, { size, mtimeMs, ctimeMs = -1, inode = -1 }: FileStamp): void {
    this.#insert.stat.run(node, size, mtimeMs, ctimeMs, inode);
  }
}

interface Named {
  readonly node: string;
  readonly source: Omit<TermSource, "heading" | "text">;
}

function namedAs(
  node: string,
  title: string,
  beside: readonly string[],
  lang: readonly string[] | undefined,
): Named {
  return { node, source: { names: [node, title], beside, language: lang?.[0] } };
}

/** Prepared once: looking a statement up by its text takes as long as running it. */
function statements(db: Database) {
  return {
    node: db.query("INSERT INTO staged_nodes VALUES (?, ?, ?, ?, ?)"),
    fields: db.query("INSERT INTO staged_fields VALUES (?, ?)"),
    named: db.query<{ title: string; aliases: string; tags: string; fields: string }, [string]>(
      `SELECT n.title, n.aliases, n.tags, f.fields
       FROM staged_nodes n JOIN staged_fields f ON f.node = n.id WHERE n.id = ?`,
    ),
    stat: db.query("INSERT OR REPLACE INTO staged_stats VALUES (?, ?, ?, ?, ?)"),
    link: db.query("INSERT INTO staged_links VALUES (?, ?, ?, ?, ?, ?)"),
    chunk: db.query("INSERT INTO staged_chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
    terms: db.query("INSERT INTO staged_terms VALUES (?, ?)"),
    vector: db.query("INSERT INTO staged_vectors VALUES (?, ?, ?)"),
    pending: db.query("INSERT INTO staged_pending VALUES (?, ?)"),
  };
}

function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/* What the graph will hold once the staged rows are written; the same for a dry run and for the real one. */

const STAYING = {
  "all sources": "0",
  "staged sources": "source NOT IN (SELECT id FROM leaving UNION SELECT id FROM staged_nodes)",
} as const;

export function countAfterWrite(
  { db, documents, chunks }: Staging,
  edges: EdgeScope,
  write: WriteScope,
): GraphCounts {
  const staying = db
    .query<GraphCounts, []>(
      `SELECT
        (SELECT count(*) FROM nodes WHERE id NOT IN (SELECT id FROM leaving)) AS nodes,
        (SELECT count(*) FROM chunks WHERE node NOT IN (SELECT id FROM leaving)) AS chunks,
        (SELECT count(*) FROM edges WHERE ${STAYING[edges]}) + (SELECT count(*) FROM staged_edges) AS edges,
        (SELECT count(*) FROM unresolved_links WHERE ${STAYING[edges]}) + (SELECT count(*) FROM staged_unresolved)
          AS unresolvedLinks`,
    )
    .get();
  const { nodes = 0, chunks: stayingChunks = 0, edges: links = 0, unresolvedLinks = 0 } = staying ?? {};
  // Rows of nobody's that damage has left in the graph count for nothing where all rows go.
  if (write === "everything") return { nodes: documents, chunks, edges: links, unresolvedLinks };
  return { nodes: nodes + documents, chunks: stayingChunks + chunks, edges: links, unresolvedLinks };
}
