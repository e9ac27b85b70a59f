/** Ids of documents by how they begin, for whoever is still typing one. */
import { openGraphToRead, storedText } from "../graph/index.ts";
import type { Project } from "../project/index.ts";

/** Ids that begin with `prefix`, sorted, at most `limit`. Throws `database.missing` and so on. */
export function documentIds(project: Project, prefix: string, limit: number): readonly string[] {
  using db = openGraphToRead(project.paths.database).db;
  return db
    .query("SELECT id FROM nodes WHERE id >= ?1 AND substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT ?2")
    .values(prefix, limit)
    .map(([id]) => storedText(id, "a document"));
}
