/**
 * One result a file: a link to a document of the project is a document as well, with the same text, and would be a
 * second result that says nothing new.
 */
import type { Database } from "bun:sqlite";
import { filesOf } from "../same-file.ts";
import type { RankedDocument } from "./fusion.ts";

/** A document with the others that are the same file. */
export interface RankedFile extends RankedDocument {
  readonly sameFile: readonly string[];
}

/** Documents of a long ranking that are looked at: what comes later is hardly ever shown. */
const FIRST = 200;
/** Of each result, since translations of a page are one. */
const FOR_EACH = 4;

/**
 * Of each file one document: the first by its id that is no link, with the best one's score.
 * @param limit how many results are wanted
 * @param isLink whether a document's path is a symbolic link
 */
export function oneOfEachFile(
  db: Database,
  documents: readonly RankedDocument[],
  limit: number,
  isLink: (id: string) => boolean,
): RankedFile[] {
  const end = Math.max(FIRST, FOR_EACH * limit);
  const first = documents.slice(0, end);
  const fileOf = filesOf(
    db,
    first.map(({ node }) => node),
  );
  const groups = new Map<string, RankedDocument[]>();
  for (const document of first) {
    const file = fileOf.get(document.node) ?? `\n${document.node}`;
    const known = groups.get(file);
    if (known === undefined) groups.set(file, [document]);
    else known.push(document);
  }
  const rest = documents.slice(end).map((document) => ({ ...document, sameFile: [] }));
  return [...[...groups.values()].map((same) => chosenOf(same, isLink)), ...rest];
}

function chosenOf(same: readonly RankedDocument[], isLink: (id: string) => boolean): RankedFile {
  const best = same[0] as RankedDocument;
  if (same.length === 1) return { ...best, sameFile: [] };
  const inOrder = [...same].sort((a, b) => (a.node < b.node ? -1 : 1));
  const chosen = inOrder.find(({ node }) => !isLink(node)) ?? best;
  const others = inOrder.flatMap(({ node }) => (node === chosen.node ? [] : [node]));
  return { ...chosen, score: best.score, sameFile: others };
}
