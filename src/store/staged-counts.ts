/** What the graph will hold once the staged rows are written; the same for a dry run and for the real one. */
import type { Database } from "bun:sqlite";
import type { GraphCounts } from "./graph-state.ts";
import type { EdgeScope } from "./graph-writer.ts";

const STAYING = {
  "all sources": "0",
  "staged sources": "source NOT IN (SELECT id FROM leaving UNION SELECT id FROM staged_nodes)",
} as const;

export function countAfterWrite(db: Database, edges: EdgeScope): GraphCounts {
  const counts = db
    .query<GraphCounts, []>(
      `SELECT
        (SELECT count(*) FROM nodes WHERE id NOT IN (SELECT id FROM leaving)) + (SELECT count(*) FROM staged_nodes) AS nodes,
        (SELECT count(*) FROM chunks WHERE node NOT IN (SELECT id FROM leaving)) + (SELECT count(*) FROM staged_chunks) AS chunks,
        (SELECT count(*) FROM edges WHERE ${STAYING[edges]}) + (SELECT count(*) FROM staged_edges) AS edges,
        (SELECT count(*) FROM unresolved_links WHERE ${STAYING[edges]}) + (SELECT count(*) FROM staged_unresolved)
          AS unresolvedLinks`,
    )
    .get();
  return counts ?? { nodes: 0, chunks: 0, edges: 0, unresolvedLinks: 0 };
}
