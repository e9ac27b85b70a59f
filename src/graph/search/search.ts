/**
 * Search of the graph: lexical, semantic, or both fused by their scores, with one result a document and its best passage.
 */
import type { Database } from "bun:sqlite";
import { storedText, storedTexts } from "../state.ts";
import { excerpt } from "./excerpt.ts";
import type { RankedDocument } from "./fusion.ts";
import { findByWords, type LexicalResult, languagesOf } from "./lexical.ts";
import { parseQuery } from "./query.ts";
import { lexicalDepth, rank, type SearchMode } from "./rank.ts";
import { scopeWithout } from "./scope.ts";
import type { SemanticIndex } from "./semantic.ts";

export interface SearchRequest {
  readonly query: string;
  readonly mode: SearchMode;
  /** How many documents to return at most. */
  readonly limit: number;
  /** The query's vector; without one only lexical results are found. */
  readonly vector: Float32Array | undefined;
}

export interface SearchResult {
  readonly id: string;
  readonly title: string;
  /** From 0 to 1 in hybrid mode (1: first in both lists), the cosine in semantic mode, BM25 and more for rare words in lexical mode. */
  readonly score: number;
  /**
   * How near the document's nearest passage is in meaning: the cosine, from -1 to 1. Null in lexical mode, and for a document that only the words
   * led to and none of whose passages is among the nearest.
   */
  readonly cosine: number | null;
  /** The heading path of the passage, joined with " > ". */
  readonly heading: string;
  /** First and last line of the passage, counted from 1. */
  readonly lines: readonly [number, number];
  readonly snippet: string;
}

const SNIPPET_LENGTH = 280;

/** Documents for a query, best first; all read from one snapshot of the graph. */
export function searchGraph(db: Database, index: SemanticIndex, request: SearchRequest): SearchResult[] {
  return db.transaction(() => searchSnapshot(db, index, request))();
}

function searchSnapshot(db: Database, index: SemanticIndex, request: SearchRequest): SearchResult[] {
  const query = parseQuery(request.query, languagesOf(db));
  const scope = scopeWithout(db, query.excluded);
  const found =
    request.mode === "semantic" ? NOTHING : findByWords(db, query, lexicalDepth(request.limit), { scope });
  const { documents, cosines, nodes } = rank(index, { ...request, scope }, found);
  const near = new Map<string, number>();
  for (const [chunk, cosine] of cosines) {
    const node = nodes.get(chunk);
    if (node !== undefined) near.set(node, Math.max(cosine, near.get(node) ?? -1));
  }
  return describe(db, documents.slice(0, request.limit), request.query, near);
}

const NOTHING: LexicalResult = { list: [], terms: [], passages: 0 };

function describe(
  db: Database,
  passages: readonly RankedDocument[],
  query: string,
  cosines: ReadonlyMap<string, number>,
): SearchResult[] {
  const read = db.query<
    { title: string; heading: string; text: string; start_line: number; end_line: number },
    [number]
  >(
    "SELECT n.title, c.heading, c.text, c.start_line, c.end_line FROM chunks c JOIN nodes n ON n.id = c.node WHERE c.id = ?",
  );
  return passages.flatMap(({ chunk, node, score }) => {
    const row = read.get(chunk);
    if (row === null) return [];
    const cosine = cosines.get(node);
    return {
      id: node,
      title: storedText(row.title, node),
      score: rounded(score),
      cosine: cosine === undefined ? null : rounded(cosine),
      heading: storedTexts(row.heading, node).join(" > "),
      lines: [row.start_line, row.end_line] as const,
      snippet: excerpt(storedText(row.text, node), query, SNIPPET_LENGTH),
    };
  });
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
