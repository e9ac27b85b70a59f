/** What the graph will hold once the staged rows are written; the same for a dry run and for the real one. */
import type { GraphCounts } from "./graph-state.ts";
import type { EdgeScope, WriteScope } from "./graph-writer.ts";
import type { Staging } from "./staging.ts";

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
  const { nodes = 0, chunks: passages = 0, edges: links = 0, unresolvedLinks = 0 } = staying ?? {};
  // Rows of nobody's that damage has left in the graph count for nothing where all rows go.
  if (write === "everything") return { nodes: documents, chunks, edges: links, unresolvedLinks };
  return { nodes: nodes + documents, chunks: passages + chunks, edges: links, unresolvedLinks };
}
