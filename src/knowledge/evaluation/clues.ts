/** What a vault says of its documents: in links, headings and other names. */
import type { Database } from "bun:sqlite";
import { storedText, storedTexts } from "../../graph/index.ts";
import { parsedAs } from "../../ingest/code/index.ts";
import { storedLinkRoots } from "../../ingest/discovery/index.ts";
import { createLinkResolver, loadParser, type RawLink } from "../../ingest/markdown/index.ts";
import { textNow } from "../freshness/index.ts";
import type { Clue, NamedDocument } from "./own-questions.ts";

export function namedDocuments(db: Database): NamedDocument[] {
  const rows = db.query("SELECT id, title, aliases FROM nodes ORDER BY id").values() as unknown[][];
  return rows.map(([id, title, aliases]) => {
    const known = storedText(id, "a document");
    return { id: known, title: storedText(title, known), aliases: storedTexts(aliases, known) };
  });
}

/** What the documents' files and their names say, in the order of the documents. */
export interface Clues {
  readonly clues: readonly Clue[];
  /** Documents whose files could not be read. */
  readonly unreadable: readonly string[];
}

/** Loads the markdown parser, and answers what reads the documents of a graph with it. */
export async function loadClues(): Promise<
  (root: string, db: Database, documents: readonly NamedDocument[]) => Clues
> {
  const { parseDocument } = await loadParser();
  return (root, db, documents) => {
    const clues: Clue[] = [];
    const unreadable: string[] = [];
    const leadsTo = linkReader(db, documents);
    for (const { id, aliases } of documents) {
      for (const text of aliases) clues.push({ kind: "alias", text, document: id });
      const written = textNow(root, id);
      if (written === undefined) {
        unreadable.push(id);
        continue;
      }
      const { links, headings } = parsedAs(id, written, (text) => parseDocument(text, "with texts"));
      for (const { text } of headings) clues.push({ kind: "heading", text, document: id });
      const lead = leadsTo(id);
      for (const link of links) {
        const document = lead(link);
        const { text } = link;
        if (text !== undefined && document !== undefined)
          clues.push({ kind: "link", text, document, source: id });
      }
    }
    return { clues, unreadable };
  };
}

/**
 * Where the links of a document lead. Only what the graph knows as an edge counts: a file that has changed since says
 * nothing that is not in the graph.
 */
function linkReader(
  db: Database,
  documents: readonly NamedDocument[],
): (source: string) => (link: RawLink) => string | undefined {
  const resolve = createLinkResolver(documents, storedLinkRoots(db));
  const targetsOf = db.query("SELECT DISTINCT target FROM edges WHERE source = ?");
  return (source) => {
    const targets = new Set(targetsOf.values(source).flat());
    return ({ type, target, anchor }) => {
      const outcome = targets.size === 0 ? undefined : resolve(source, { type, target, anchor });
      return outcome?.kind === "resolved" && targets.has(outcome.id) ? outcome.id : undefined;
    };
  };
}
