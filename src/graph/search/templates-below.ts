/**
 * Keeps templates from standing before the notes that are made from them. They have the same headings and words, and
 * nobody looks for them, unless the query says so: of two that are as good, the note comes first.
 */
import type { Database } from "bun:sqlite";
import type { RankedDocument } from "./fusion.ts";

/** @param text of the document, asked for where its path alone does not say */
export type TemplateTest = (id: string, text: () => string) => boolean;

/** The share of its score that a template keeps. */
const OF_A_NOTE = 0.8;
/** So many documents are looked at, or so many for each result asked for: later ones are hardly ever shown. */
const FIRST = 200;
const FOR_EACH = 4;

/** Words for templates, in several languages, in whatever form. */
const ASKED_FOR = new RegExp(
  [
    "templat|archetyp|boilerplate|skeleton|vorlage|muster|mod[eè]l[eo]|plantilla|gabarit|sjabloon|szablon|шаблон",
    "テンプレ|雛形|ひな形|模板|템플릿",
  ].join("|"),
  "iu",
);

interface Asked {
  readonly query: string;
  readonly limit: number;
  readonly isTemplate?: TemplateTest | undefined;
}

/** The same documents, templates after notes that are as good. */
export function belowNotes(
  db: Database,
  documents: readonly RankedDocument[],
  { query, limit, isTemplate }: Asked,
): readonly RankedDocument[] {
  if (isTemplate === undefined || ASKED_FOR.test(query)) return documents;
  const end = Math.max(FIRST, FOR_EACH * limit);
  const read = db.query("SELECT text FROM chunks WHERE node = ? ORDER BY ordinal");
  const textOf = (node: string): string =>
    read
      .values(node)
      .map(([text]) => (typeof text === "string" ? text : ""))
      .join("\n\n");
  let isChanged = false;
  const first = documents.slice(0, end).map((document) => {
    if (!isTemplate(document.node, () => textOf(document.node))) return document;
    isChanged = true;
    const score = document.score - (1 - OF_A_NOTE) * Math.abs(document.score);
    return { ...document, score, worth: OF_A_NOTE };
  });
  if (!isChanged) return documents;
  // The order of equals stays.
  return [...first.sort((a, b) => b.score - a.score), ...documents.slice(end)];
}
