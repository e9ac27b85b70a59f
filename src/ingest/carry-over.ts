/**
 * Documents that cannot be read this time, in an ingest that writes every row anew: what the graph has of them is taken along, as far as it
 * proves itself.
 *
 * A passage is proved by its key, which is a digest of the text that was embedded, and its vector by a checksum that covers the key. Whatever
 * else was wrong with the graph is left behind with it.
 */
import type { Database } from "bun:sqlite";
import { cacheKey } from "../embedding/cache-key.ts";
import type { Model } from "../embedding/catalogue.ts";
import type { StagedChunk, StagedDocument, Staging } from "../store/staging.ts";
import { storedChecksum } from "../store/stored-vectors.ts";
import { embedText } from "./embed-text.ts";
import { possibleContexts } from "./heading-path.ts";

/** Stages these documents as the graph has them. @returns those of which something is missing or damaged, and which are not staged */
export function carryOver(staging: Staging, ids: readonly string[], model: Model): string[] {
  if (ids.length === 0) return [];
  const { db } = staging;
  findRows(db, ids);
  return ids.filter((id) => {
    const document = storedDocument(db, id);
    const chunks = document === undefined ? undefined : storedChunks(db, id, model);
    if (document === undefined || chunks === undefined) return true;
    staging.add([document], chunks);
    return false;
  });
}

/** Goes by no index and by no order of keys, which may be damaged; each table is read once, however many documents there are. */
function findRows(db: Database, ids: readonly string[]): void {
  db.run(`
    CREATE TEMP TABLE carried (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TEMP TABLE carried_nodes AS SELECT * FROM nodes WHERE 0;
    CREATE TEMP TABLE carried_stats AS SELECT * FROM file_stats WHERE 0;
    CREATE TEMP TABLE carried_links AS SELECT * FROM links WHERE 0;
    CREATE TEMP TABLE carried_chunks (node TEXT, ordinal, id INTEGER);
  `);
  const add = db.query("INSERT OR IGNORE INTO carried VALUES (?)");
  db.transaction(() => {
    for (const id of ids) add.run(id);
  })();
  db.run(`
    INSERT INTO carried_nodes SELECT * FROM nodes WHERE +id IN (SELECT id FROM carried);
    INSERT INTO carried_stats SELECT * FROM file_stats WHERE +node IN (SELECT id FROM carried);
    INSERT INTO carried_links SELECT * FROM links WHERE +node IN (SELECT id FROM carried);
    INSERT INTO carried_chunks SELECT node, ordinal, id FROM chunks NOT INDEXED WHERE +node IN (SELECT id FROM carried);
    CREATE INDEX temp.carried_nodes_by_id ON carried_nodes (id);
    CREATE INDEX temp.carried_stats_by_node ON carried_stats (node);
    CREATE INDEX temp.carried_links_by_node ON carried_links (node, ordinal);
    CREATE INDEX temp.carried_chunks_by_node ON carried_chunks (node, ordinal);
  `);
}

function storedDocument(db: Database, id: string): StagedDocument | undefined {
  const nodes = db.query("SELECT title, hash, tags, aliases FROM carried_nodes WHERE id = ?").values(id);
  const [title, hash, tagList, aliasList] = nodes[0] ?? [];
  const [tags, aliases] = [stringsOf(tagList), stringsOf(aliasList)];
  const links = storedLinks(db, id);
  if (nodes.length !== 1 || typeof title !== "string" || typeof hash !== "string") return undefined;
  if (tags === undefined || aliases === undefined || links === undefined) return undefined;
  const [size, mtimeMs] =
    db.query("SELECT size, mtime_ms FROM carried_stats WHERE node = ?").values(id)[0] ?? [];
  // Only a hint, and a time that is not trusted makes the next ingest read the file.
  const stat =
    typeof size === "number" && typeof mtimeMs === "number" ? { size, mtimeMs } : { size: 0, mtimeMs: -1 };
  return { id, title, hash, tags, aliases, links, ...stat };
}

function storedLinks(db: Database, id: string): StagedDocument["links"] | undefined {
  const rows = db
    .query("SELECT ordinal, type, target, anchor, line FROM carried_links WHERE node = ? ORDER BY ordinal")
    .values(id);
  const links: StagedDocument["links"][number][] = [];
  for (const [ordinal, type, target, anchor, line] of rows) {
    if (ordinal !== links.length || typeof type !== "string" || typeof target !== "string") return undefined;
    if ((anchor !== null && typeof anchor !== "string") || typeof line !== "number") return undefined;
    links.push({ type, target, anchor: anchor ?? undefined, line });
  }
  return links;
}

function storedChunks(db: Database, node: string, model: Model): StagedChunk[] | undefined {
  const places = db
    .query("SELECT id, ordinal FROM carried_chunks WHERE node = ? ORDER BY ordinal")
    .values(node) as [number, unknown][];
  const select = db.query(
    `SELECT heading, start_line, end_line, text, key, vector, checksum FROM chunks c JOIN vectors v ON v.chunk = c.id WHERE c.id = ?`,
  );
  const chunks: StagedChunk[] = [];
  for (const [id, ordinal] of places) {
    const chunk = ordinal === chunks.length ? provedChunk(select.values(id)[0] ?? [], model) : undefined;
    if (chunk === undefined) return undefined;
    chunks.push({ node, ordinal: chunks.length, ...chunk });
  }
  return chunks;
}

function provedChunk(
  row: readonly unknown[],
  { id, dimensions }: Model,
): Omit<StagedChunk, "node" | "ordinal"> | undefined {
  const [headingList, startLine, endLine, text, key, bytes, checksum] = row;
  const heading = stringsOf(headingList);
  if (heading === undefined || typeof text !== "string" || typeof key !== "string") return undefined;
  if (typeof startLine !== "number" || typeof endLine !== "number") return undefined;
  if (!(bytes instanceof Uint8Array) || bytes.length !== dimensions * 4) return undefined;
  if (storedChecksum(key, bytes) !== checksum || !isKeyOf(text, heading, { key, model: id }))
    return undefined;
  return { heading, startLine, endLine, text, key, vector: new Float32Array(bytes.slice().buffer) };
}

/** Which of its headings a passage was embedded with is not stored; one of the few ways must give the key. */
function isKeyOf(
  text: string,
  heading: readonly string[],
  { key, model }: { key: string; model: string },
): boolean {
  for (const context of possibleContexts(heading)) {
    if (cacheKey(embedText({ context, text }), model) === key) return true;
  }
  return false;
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
