/** What a database of amalfa 1.4 or 1.5 holds, as figures. Its rows are only ever counted, never taken over. */
import type { Database } from "bun:sqlite";

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
