/**
 * Documents that cannot be read this time, in an ingest that writes every row anew: what the graph has of them is
 * taken along, as if it had been read, as far as it proves itself.
 *
 * Its own row and its links are proved by the digests that were written with them, and a chunk by its key, which is
 * a digest of the text that was embedded; its vector is then found, or computed, by that key as any other. Whatever
 * else was wrong with the graph is left behind with it.
 */
import type { Database } from "bun:sqlite";
import { cacheKey } from "../embedding/cache/index.ts";
import { chunkId, fieldsColumn, isOfEarlierSchema } from "../graph/index.ts";
import { documentFaults } from "../graph/proof/index.ts";
import type { Model } from "../project/index.ts";
import { chunkText, possibleContexts } from "./chunking/index.ts";
import type { DiscoveredFile } from "./discovery/index.ts";
import type {
  FailedDocument,
  FileReading,
  PreparedChunk,
  PreparedDocument,
  Readings,
} from "./reading/index.ts";

const GOES = "its part of the graph is damaged and is removed";

export class CarryOver {
  /** Documents of which something is missing or damaged. */
  readonly #lost = new Set<string>();
  readonly #db: Database;
  readonly #ids: readonly string[];
  readonly #model: Model;

  /**
   * @param db the graph, on a connection that may make temporary tables
   * @param ids of documents that the graph has, or may have had before it was damaged
   */
  constructor(db: Database, ids: readonly string[], model: Model) {
    this.#db = db;
    this.#ids = ids;
    this.#model = model;
  }

  /**
   * Says of documents that failed what became of them, and names those that nobody has named. Call once all readings
   * were gone through.
   */
  addTo(failed: readonly FailedDocument[]): readonly FailedDocument[] {
    const gone = new Set(this.#lost);
    const said = failed.map(({ path, error }) =>
      gone.delete(path) ? { path, error: `${error}; ${GOES}` } : { path, error },
    );
    return [...said, ...[...gone].map((path) => ({ path, error: `could not be examined; ${GOES}` }))];
  }

  /** One by one: there may be a whole folder of them. */
  async *readings(): Readings {
    if (this.#ids.length === 0) return;
    findRows(this.#db, this.#ids);
    const unproved = unprovedDocuments(this.#db);
    for (const id of this.#ids) {
      const reading = unproved.has(id) ? undefined : storedReading(this.#db, id, this.#model);
      if (reading !== undefined) yield [reading];
      else if (hasTrace(this.#db, id)) this.#lost.add(id);
    }
  }
}

/**
 * Documents whose title, tags or links are not what was written (I15); they have no key that would prove them, as
 * chunks have. A graph of an earlier schema has those keys alone.
 */
function unprovedDocuments(db: Database): ReadonlySet<string> {
  if (isOfEarlierSchema(db)) return new Set();
  return new Set(
    documentFaults(db, undefined, ["document", "fields", "links"]).map(({ document }) => document),
  );
}

/**
 * Goes by no index and by no order of keys, which may be damaged; each table is read once, however many documents
 * there are.
 */
function findRows(db: Database, ids: readonly string[]): void {
  const nodes = `n.id, n.title, n.hash, n.tags, n.aliases, ${fieldsColumn(db)} AS fields`;
  db.run(`
    CREATE TEMP TABLE carried (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TEMP TABLE carried_nodes AS SELECT ${nodes} FROM nodes n WHERE 0;
    CREATE TEMP TABLE carried_stats AS SELECT * FROM file_stats WHERE 0;
    CREATE TEMP TABLE carried_links AS SELECT * FROM links WHERE 0;
    CREATE TEMP TABLE carried_chunks (node TEXT, ordinal, id INTEGER);
  `);
  const add = db.query("INSERT OR IGNORE INTO carried VALUES (?)");
  db.transaction(() => {
    for (const id of ids) add.run(id);
  })();
  db.run(`
    INSERT INTO carried_nodes SELECT ${nodes} FROM nodes n WHERE +n.id IN (SELECT id FROM carried);
    INSERT INTO carried_stats SELECT * FROM file_stats WHERE +node IN (SELECT id FROM carried);
    INSERT INTO carried_links SELECT * FROM links WHERE +node IN (SELECT id FROM carried);
    INSERT INTO carried_chunks SELECT node, ordinal, id FROM chunks NOT INDEXED WHERE +node IN (SELECT id FROM carried);
    CREATE INDEX temp.carried_nodes_by_id ON carried_nodes (id);
    CREATE INDEX temp.carried_stats_by_node ON carried_stats (node);
    CREATE INDEX temp.carried_links_by_node ON carried_links (node, ordinal);
    CREATE INDEX temp.carried_chunks_by_node ON carried_chunks (node, ordinal);
  `);
}

function storedReading(db: Database, id: string, model: Model): [DiscoveredFile, FileReading] | undefined {
  const nodes = db
    .query("SELECT title, hash, tags, aliases, fields FROM carried_nodes WHERE id = ?")
    .values(id);
  const [title, hash, tagList, aliasList, fieldLists] = nodes[0] ?? [];
  const [tags, aliases, fields] = [stringsOf(tagList), stringsOf(aliasList), fieldsOf(fieldLists)];
  const [links, chunks] = [storedLinks(db, id), storedChunks(db, id, model)];
  if (nodes.length !== 1 || typeof title !== "string" || typeof hash !== "string") return undefined;
  if (tags === undefined || aliases === undefined || fields === undefined) return undefined;
  if (links === undefined || chunks === undefined) return undefined;
  const document: PreparedDocument = { id, title, tags, aliases, fields, links, chunks };
  const { size, mtimeMs } = storedStat(db, id);
  const file: DiscoveredFile = {
    id,
    path: id,
    size,
    mtimeMs,
    ctimeMs: -1,
    inode: -1,
    access: "in doubt",
  };
  return [file, { kind: "document", hash, storedMtimeMs: mtimeMs, document }];
}

/** Whether any row of the graph is about the document. */
function hasTrace(db: Database, id: string): boolean {
  const tables = {
    carried_nodes: "id",
    carried_stats: "node",
    carried_links: "node",
    carried_chunks: "node",
  };
  return Object.entries(tables).some(
    ([table, column]) => db.query(`SELECT 1 FROM ${table} WHERE ${column} = ? LIMIT 1`).get(id) !== null,
  );
}

/** Only a hint, and a time that is not trusted makes the next ingest read the file. */
function storedStat(db: Database, id: string): { size: number; mtimeMs: number } {
  const [size, mtimeMs] =
    db.query("SELECT size, mtime_ms FROM carried_stats WHERE node = ?").values(id)[0] ?? [];
  const isWhole = typeof size === "number" && typeof mtimeMs === "number";
  return isWhole ? { size, mtimeMs } : { size: 0, mtimeMs: -1 };
}

function storedLinks(db: Database, id: string): PreparedDocument["links"] | undefined {
  const rows = db
    .query("SELECT ordinal, type, target, anchor, line FROM carried_links WHERE node = ? ORDER BY ordinal")
    .values(id);
  const links: PreparedDocument["links"][number][] = [];
  for (const [ordinal, type, target, anchor, line] of rows) {
    if (ordinal !== links.length || typeof type !== "string" || typeof target !== "string") return undefined;
    if ((anchor !== null && typeof anchor !== "string") || typeof line !== "number") return undefined;
    links.push({ type, target, anchor: anchor ?? undefined, line });
  }
  return links;
}

function storedChunks(db: Database, node: string, model: Model): PreparedChunk[] | undefined {
  const places = db
    .query("SELECT id, ordinal FROM carried_chunks WHERE node = ? ORDER BY ordinal")
    .values(node) as [number, unknown][];
  const select = db.query("SELECT heading, start_line, end_line, text, key FROM chunks WHERE id = ?");
  const chunks: PreparedChunk[] = [];
  for (const [id, ordinal] of places) {
    const chunk = ordinal === chunks.length ? provedChunk(select.values(id)[0] ?? [], model) : undefined;
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
  }
  return isKnownElsewhere(db, chunkId(node, chunks.length)) ? undefined : chunks;
}

/**
 * A document would be taken along with a chunk too few, and nobody would tell, where the row of one is lost: its vector
 * or its words are still there, and tell that there was one more.
 */
function isKnownElsewhere(db: Database, chunk: number): boolean {
  const { there } = db
    .query<{ there: number }, { chunk: number }>(
      `SELECT EXISTS (SELECT 1 FROM vectors WHERE chunk = $chunk)
           OR EXISTS (SELECT 1 FROM search_index_docsize WHERE id = $chunk) AS there`,
    )
    .get({ chunk })!;
  return there === 1;
}

function provedChunk(row: readonly unknown[], model: Model): PreparedChunk | undefined {
  const [headingList, startLine, endLine, text, key] = row;
  const heading = stringsOf(headingList);
  if (heading === undefined || typeof text !== "string" || typeof key !== "string") return undefined;
  if (typeof startLine !== "number" || typeof endLine !== "number") return undefined;
  const context = provedContext(text, heading, key, model);
  return context === undefined ? undefined : { heading, startLine, endLine, text, context, key };
}

/** Which of its headings a chunk was embedded with is not stored; one of the few ways must give the key. */
function provedContext(
  text: string,
  heading: readonly string[],
  key: string,
  model: Model,
): string | undefined {
  for (const context of possibleContexts(heading)) {
    if (cacheKey(chunkText({ context, text }, model), model.id) === key) return context;
  }
  return undefined;
}

function fieldsOf(json: unknown): PreparedDocument["fields"] | undefined {
  if (typeof json !== "string") return undefined;
  try {
    const fields: unknown = JSON.parse(json);
    const isWhole =
      typeof fields === "object" &&
      fields !== null &&
      Object.values(fields).every(
        (list) => Array.isArray(list) && list.every((item) => typeof item === "string"),
      );
    return isWhole ? (fields as PreparedDocument["fields"]) : undefined;
  } catch {
    return undefined;
  }
}

function stringsOf(json: unknown): string[] | undefined {
  if (typeof json !== "string") return undefined;
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}
