/**
 * Documents whose file is as the graph has it, and whose rows are not what that file gives: damaged ones, which a
 * rebuild replaces. Without this it said "nothing changed" of a graph that it had just mended.
 */
import type { Database } from "bun:sqlite";

/** Tables of few rows to a document, the staged rows of each, and what names the document in it. */
const COMPARED = [
  ["nodes", "staged_nodes", "id"],
  ["document_fields", "staged_fields", "node"],
  ["links", "staged_links", "node"],
] as const;

/**
 * How many they are. Call when all is staged and nothing is written, of a rebuild in place: it notes chunks that are
 * as they should be instead of staging them. What waited for its vector is not at fault. Links that lead elsewhere
 * since another document came are rows of edges, which are not compared.
 */
export function countRewritten(db: Database): number {
  const differing = COMPARED.flatMap(([table, staged, node]) => [
    `SELECT ${node} AS id FROM (SELECT * FROM ${staged} EXCEPT SELECT * FROM ${table})`,
    `SELECT ${node} FROM (SELECT * FROM ${table} EXCEPT SELECT * FROM ${staged})`,
  ]);
  const [count] = db
    .query(
      `SELECT count(DISTINCT id) FROM (
         ${differing.join(" UNION ALL ")}
         UNION ALL SELECT node FROM staged_chunks WHERE id NOT IN (SELECT chunk FROM pending)
         UNION ALL SELECT node FROM chunks
           WHERE id NOT IN (SELECT id FROM unchanged_chunks) AND id NOT IN (SELECT id FROM staged_chunks))
       WHERE id IN (SELECT s.id FROM staged_nodes s JOIN nodes n ON n.id = s.id AND n.hash = s.hash)`,
    )
    .values()[0] as [number];
  return count;
}
