/** The links of one document, both ways. */
import type { Database } from "bun:sqlite";

export interface LinkedDocument {
  readonly id: string;
  readonly title: string;
  readonly type: string;
}

export interface DocumentLinks {
  readonly outgoing: readonly LinkedDocument[];
  readonly incoming: readonly LinkedDocument[];
  readonly unresolved: readonly { readonly target: string; readonly type: string; readonly line: number }[];
}

/** @param relation only links of this type, whatever its case; every type when undefined */
export function readLinks(db: Database, id: string, relation: string | undefined): DocumentLinks {
  const parameters = { id, type: relation?.toLowerCase() ?? null };
  const linked = (near: "source" | "target", far: "source" | "target"): LinkedDocument[] =>
    db
      .query<LinkedDocument, typeof parameters>(
        `SELECT n.id, n.title, e.type FROM edges e JOIN nodes n ON n.id = e.${far}
         WHERE e.${near} = $id AND ($type IS NULL OR lower(e.type) = $type) ORDER BY e.type, n.id`,
      )
      .all(parameters);
  const unresolved = db
    .query<DocumentLinks["unresolved"][number], typeof parameters>(
      `SELECT target, type, line FROM unresolved_links
       WHERE source = $id AND ($type IS NULL OR lower(type) = $type) ORDER BY line, target`,
    )
    .all(parameters);
  return { outgoing: linked("source", "target"), incoming: linked("target", "source"), unresolved };
}
