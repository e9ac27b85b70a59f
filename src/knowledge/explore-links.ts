/** What a document links to, what links to it, and which of its links lead nowhere. */
import { type DocumentLinks, guarded, readLinks } from "../graph/index.ts";
import type { Project } from "../project/index.ts";
import type { GraphReader } from "./graph-reader.ts";
import { findDocument } from "./read-document.ts";

export interface ExploreReport extends DocumentLinks {
  readonly id: string;
  readonly title: string;
  /** The only type of links that was asked for; missing when all were. */
  readonly relation?: string;
}

/** Throws `document.unknown` and `document.ambiguous`. */
export function exploreLinks(
  project: Project,
  reader: GraphReader,
  wanted: string,
  relation?: string,
): ExploreReport {
  return guarded(project.paths.database, () => linksOf(project, reader, wanted, relation));
}

function linksOf(
  project: Project,
  reader: GraphReader,
  wanted: string,
  relation: string | undefined,
): ExploreReport {
  const id = findDocument(project, reader, wanted);
  const title = reader.db
    .query<{ title: string }, [string]>("SELECT title FROM nodes WHERE id = ?")
    .get(id)?.title;
  const asked = relation === undefined ? {} : { relation };
  return { id, title: title ?? id, ...asked, ...readLinks(reader.db, id, relation) };
}
