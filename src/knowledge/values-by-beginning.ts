/** What the graph has by how it begins, for whoever is still typing it. */
import { openGraphToRead, storedText } from "../graph/index.ts";
import type { Project } from "../project/index.ts";

export type TypedKind = "document" | "folder" | "tag" | "link type";

/** Each answers one column, sorted. ?1: the beginning, ?2: how many at most. */
const QUERIES: Readonly<Record<TypedKind, string>> = {
  document: `
    SELECT id FROM nodes WHERE id >= ?1 AND substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT ?2`,
  // One level at a time, as shells complete paths: up to the next slash, and documents that have none.
  folder: `
    WITH found AS (
      SELECT id, instr(substr(id, length(?1) + 1), '/') AS slash FROM nodes
      WHERE id >= ?1 AND substr(id, 1, length(?1)) = ?1
    )
    SELECT DISTINCT iif(slash > 0, substr(id, 1, length(?1) + slash - 1), id) FROM found ORDER BY 1 LIMIT ?2`,
  tag: `
    SELECT DISTINCT tag.value FROM nodes, json_each(nodes.tags) AS tag
    WHERE substr(tag.value, 1, length(?1)) = ?1 ORDER BY 1 LIMIT ?2`,
  "link type": `
    SELECT DISTINCT type FROM edges WHERE substr(type, 1, length(?1)) = ?1 ORDER BY 1 LIMIT ?2`,
};

/** Values of a kind that begin with `beginning`, at most `limit`. Throws `database.missing` and so on. */
export function valuesByBeginning(
  project: Project,
  kind: TypedKind,
  { beginning, limit }: { readonly beginning: string; readonly limit: number },
): readonly string[] {
  using db = openGraphToRead(project.paths.database).db;
  const rows = db.query(QUERIES[kind]).values(beginning, limit);
  return rows.map(([value]) => storedText(value, "a document"));
}
