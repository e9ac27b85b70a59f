/** Several documents at once, as their files stand, in as many tokens as there are for them. */
import { loadParser } from "../ingest/markdown/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import { answerFresh, compareWithFiles, type FreshGraph, type Told } from "./freshness/index.ts";
import { type DocumentText, namesNow, readDocument } from "./read-document.ts";
import { type CountTokens, linesThatFit } from "./tokens.ts";

export interface UnreadDocument {
  /** As it was asked for. */
  readonly id: string;
  readonly error: AmalfaError;
}

export interface DocumentsRead {
  readonly documents: readonly DocumentText[];
  readonly failed: readonly UnreadDocument[];
}

/** Each once, in the order in which they are named. @param wanted as `readDocument` takes them, lines behind them */
export async function readDocumentsNow(
  project: Project,
  graph: FreshGraph,
  wanted: readonly string[],
): Promise<DocumentsRead & Told> {
  let parser: Awaited<ReturnType<typeof loadParser>> | undefined;
  const load = async (): Promise<void> => {
    parser = await loadParser();
  };
  return answerFresh(graph, (reader, { gone }) => {
    const documents: DocumentText[] = [];
    const failed: UnreadDocument[] = [];
    for (const id of new Set(wanted)) {
      try {
        documents.push(readDocument(project, reader, id));
      } catch (error) {
        // What a database says of itself is not about one document.
        if (!(error instanceof AmalfaError) || !/^(document|path)\./.test(error.code)) throw error;
        failed.push({ id, error });
      }
    }
    const ids = documents.map(({ id }) => id);
    const states = compareWithFiles(project.root, reader.db, ids, gone);
    const changed = ids.filter((id) => states.get(id) === "changed");
    const parse = parser;
    const named = documents.map((document) =>
      parse !== undefined && changed.includes(document.id)
        ? { ...document, ...namesNow(project.root, document.id, parse) }
        : document,
    );
    return {
      value: { documents: named, failed },
      stale: { changed, removed: [] },
      prepare: changed.length > 0 && parse === undefined ? load : undefined,
    };
  });
}

/** A document, or its first lines. */
export interface FittedDocument extends DocumentText {
  /** Lines of what was asked for that did not fit, and what they would cost. */
  readonly left?: { readonly lines: readonly [number, number]; readonly tokens: number };
}

/**
 * Each document gets the same share, and what one does not need goes to the others. @param budget tokens for all texts
 */
export function fitDocuments(
  documents: readonly DocumentText[],
  budget: number,
  count: CountTokens,
): readonly FittedDocument[] {
  const costs = documents.map(({ text }) => count(text));
  const shares = new Map<number, number>();
  let left = Math.max(0, budget);
  const smallestFirst = costs.map((_, at) => at).sort((a, b) => (costs[a] ?? 0) - (costs[b] ?? 0));
  smallestFirst.forEach((at, rank) => {
    const share = Math.min(costs[at] ?? 0, Math.floor(left / (documents.length - rank)));
    shares.set(at, share);
    left -= share;
  });
  return documents.map((document, at) => fitted(document, costs[at] ?? 0, shares.get(at) ?? 0, count));
}

function fitted(document: DocumentText, cost: number, share: number, count: CountTokens): FittedDocument {
  if (cost <= share) return document;
  const { text, lines } = document;
  const fit = linesThatFit(text, share, count);
  const [first, last] = lines;
  const next = first + fit.lines;
  return {
    ...document,
    text: text.slice(0, fit.end).replace(/\n$/, ""),
    lines: fit.lines === 0 ? [first, first - 1] : [first, next - 1],
    left: { lines: [next, last], tokens: cost - count(text.slice(0, fit.end)) },
  };
}
