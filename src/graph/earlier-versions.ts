/** What amalfa 1.4 and 1.5 left behind: names of documents, and databases. */
/*
 * What they called a document: agents' memories, scripts and notes still have those names.
 *
 * 1.4 took a file's name for its id (`readme`), 1.5 its path below the root as words (`docs-a-readme`). Neither tells
 * all files apart, so that a name may be that of several documents.
 */

import type { Database } from "bun:sqlite";

/** What else than a hyphen a word may have been kept apart by is not known of every release: all ways are tried. */
const BETWEEN_WORDS = [/[^\p{L}\p{N}]+/gu, /[^\p{L}\p{N}_]+/gu, /[^a-z0-9]+/g, /[^a-z0-9_]+/g];
const EXTENSION = /\.[a-z]{1,8}$/i;

export interface EarlierIds {
  /** Of 1.4. */
  readonly byName: ReadonlySet<string>;
  /** Of 1.5. */
  readonly byPath: ReadonlySet<string>;
}

/** @param id of a document of today */
export function earlierIds(id: string): EarlierIds {
  const path = id.normalize("NFC").toLowerCase().replace(EXTENSION, "");
  return { byName: inWords(path.slice(path.lastIndexOf("/") + 1)), byPath: inWords(path) };
}

/** Whether a name may be an id of an earlier version at all: it has no folders and no blanks. */
function mayBeEarlierId(name: string): boolean {
  return /^[^\s/\\]+$/.test(name);
}

/** The documents that a name may have been the id of. */
export function documentsOfEarlierId(ids: readonly string[], name: string): readonly string[] {
  if (!mayBeEarlierId(name)) return [];
  const wanted = name.normalize("NFC").toLowerCase();
  return ids.filter((id) => {
    const { byName, byPath } = earlierIds(id);
    return byPath.has(wanted) || byName.has(wanted);
  });
}

function inWords(text: string): ReadonlySet<string> {
  return new Set(BETWEEN_WORDS.map((between) => text.replace(between, "-").replace(/^-+|-+$/g, "")));
}

/* What a database of theirs holds, as figures. Its rows are only ever counted, never taken over. */

/** Bytes of a vector of 384 float32 values, which is what those versions kept. */
const VECTOR_BYTES = 384 * Float32Array.BYTES_PER_ELEMENT;

export interface EarlierGraph {
  /** Ids of all nodes. */
  readonly nodes: readonly string[];
  readonly edges: number;
  /** Edges of which an end is no node. */
  readonly dangling: number;
  /** Nodes with a vector. Which model made it is not written anywhere. */
  readonly vectors: number;
  /** Vectors that have not the size of one. */
  readonly malformed: number;
}

/** Reads only. Throws what SQLite throws, also where tables or columns are not those of that version. */
export function readEarlierGraph(db: Database): EarlierGraph {
  const nodes = db
    .query("SELECT id FROM nodes")
    .values()
    .map(([id]) => String(id));
  const count = (sql: string, ...values: number[]): number => {
    const [[found] = []] = db.query(sql).values(...values);
    return Number(found ?? 0);
  };
  return {
    nodes,
    edges: count("SELECT count(*) FROM edges"),
    dangling: danglingEdges(db, new Set(nodes)),
    vectors: count("SELECT count(*) FROM nodes WHERE embedding IS NOT NULL"),
    malformed: count(
      "SELECT count(*) FROM nodes WHERE embedding IS NOT NULL AND length(embedding) <> ?",
      VECTOR_BYTES,
    ),
  };
}

/**
 * Whoever planted the file, or lost its index, has nodes that can only be looked through: asking SQLite for both ends
 * of each edge took minutes with 40,000 of both.
 */
function danglingEdges(db: Database, nodes: ReadonlySet<string>): number {
  let dangling = 0;
  for (const { source, target } of db
    .query<{ source: unknown; target: unknown }, []>("SELECT source, target FROM edges")
    .iterate()) {
    if (!nodes.has(String(source)) || !nodes.has(String(target))) dangling++;
  }
  return dangling;
}
