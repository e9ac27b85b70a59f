/**
 * Search of the graph: lexical, semantic, or both fused by rank, with one result a document and its best passage.
 */
import type { Database } from "bun:sqlite";
import { storedText, storedTexts } from "../state.ts";
import { excerpt } from "./excerpt.ts";
import { lexicalSearch, type ScoredChunk } from "./lexical.ts";
import type { SemanticIndex } from "./semantic.ts";

export interface SearchRequest {
  readonly query: string;
  readonly mode: SearchMode;
  /** How many documents to return at most. */
  readonly limit: number;
  /** The query's vector; without one only lexical results are found. */
  readonly vector: Float32Array | undefined;
  /** `FUSION` by default; the benchmark of relevance compares others. */
  readonly fusion?: Fusion;
}

export interface SearchResult {
  readonly id: string;
  readonly title: string;
  /** From 0 to 1 in hybrid mode (1: first in both lists), the cosine in semantic mode, BM25 in lexical mode. */
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

/** How the two lists of a hybrid search become one. */
export interface Fusion {
  /** Added to every rank. The smaller it is, the more a first place counts beside several middling ones. */
  readonly rankConstant: number;
  /** Weight of the lexical list beside the semantic one. */
  readonly lexicalWeight: number;
}

/**
 * Reciprocal rank fusion, from Cormack, Clarke and Büttcher, SIGIR 2009. Their constant of 60 suits many lists: with two, a document that is
 * first in one list and absent from the other would lose to one that is fortieth in both. docs/performance.md has the measurements.
 */
export const FUSION: Fusion = { rankConstant: 3, lexicalWeight: 0.75 };

/**
 * How many documents of the lexical list take part in the fusion, unless more are asked for. Further down stand those that share no more
 * than common words with the query, and they would lift documents that are no better than their neighbours.
 */
const LEXICAL_DOCUMENTS = 10;

const SNIPPET_LENGTH = 280;

interface Passage {
  readonly chunk: number;
  readonly node: string;
  readonly score: number;
}

/** Documents for a query, best first; all read from one snapshot of the graph. */
export function searchGraph(db: Database, index: SemanticIndex, request: SearchRequest): SearchResult[] {
  return db.transaction(() => searchSnapshot(db, index, request))();
}

function searchSnapshot(db: Database, index: SemanticIndex, request: SearchRequest): SearchResult[] {
  const depth = Math.max(100, request.limit * 5);
  const lexical = request.mode === "semantic" ? [] : lexicalSearch(db, request.query, depth);
  const semantic =
    request.mode === "lexical" || request.vector === undefined ? [] : index.search(request.vector, depth);
  const nodes = nodesOf(db, [...lexical, ...semantic]);
  const near = byDocument(semantic, nodes);
  const fusion = request.fusion ?? FUSION;
  const passages =
    request.mode === "hybrid"
      ? fuse(
          byDocument(lexical, nodes).slice(0, Math.max(LEXICAL_DOCUMENTS, request.limit)),
          near,
          fusion,
          bestOf(lexical, semantic, fusion.rankConstant),
        )
      : byDocument(request.mode === "lexical" ? lexical : semantic, nodes);
  const cosines = new Map(near.map(({ node, score }) => [node, score]));
  return describe(db, passages.slice(0, request.limit), request.query, cosines);
}

function nodesOf(db: Database, chunks: readonly ScoredChunk[]): Map<number, string> {
  const ids = JSON.stringify(chunks.map(({ chunk }) => chunk));
  const rows = db
    .query("SELECT c.id, c.node FROM json_each(?) j CROSS JOIN chunks c ON c.id = j.value")
    .values(ids) as [number, string][];
  return new Map(rows);
}

/** The best passage of each document, in the order of the list. */
function byDocument(list: readonly ScoredChunk[], nodes: ReadonlyMap<number, string>): Passage[] {
  const best = new Map<string, Passage>();
  for (const { chunk, score } of list) {
    const node = nodes.get(chunk);
    if (node !== undefined && !best.has(node)) best.set(node, { chunk, node, score });
  }
  return [...best.values()];
}

/**
 * Which of two passages of one document is shown: the one whose places in both lists of passages are the better ones together, and of two that
 * are equal the one with the words, since it can show them. A passage that is near in meaning and has none of the words may be any of a
 * document that is about them all over.
 */
function bestOf(
  lexical: readonly ScoredChunk[],
  semantic: readonly ScoredChunk[],
  rankConstant: number,
): (withWords: number, near: number) => number {
  const ranks = [lexical, semantic].map((list) => new Map(list.map(({ chunk }, rank) => [chunk, rank])));
  const share = (chunk: number): number =>
    ranks.reduce(
      (sum, rank) => sum + 1 / (rankConstant + 1 + (rank.get(chunk) ?? Number.POSITIVE_INFINITY)),
      0,
    );
  return (withWords, near) => (share(withWords) >= share(near) ? withWords : near);
}

/** Reciprocal rank fusion of two lists of documents. */
function fuse(
  lexical: readonly Passage[],
  semantic: readonly Passage[],
  { rankConstant, lexicalWeight }: Fusion,
  choose: (withWords: number, near: number) => number,
): Passage[] {
  const best = (1 + lexicalWeight) / (rankConstant + 1);
  const fused = new Map<string, Passage>();
  semantic.forEach(({ chunk, node }, rank) => {
    fused.set(node, { node, chunk, score: 1 / (rankConstant + rank + 1) / best });
  });
  lexical.forEach(({ chunk, node }, rank) => {
    const near = fused.get(node);
    const score = lexicalWeight / (rankConstant + rank + 1) / best + (near?.score ?? 0);
    fused.set(node, { node, score, chunk: near === undefined ? chunk : choose(chunk, near.chunk) });
  });
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.node < b.node ? -1 : 1));
}

function describe(
  db: Database,
  passages: readonly Passage[],
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

/** By words and by meaning, by words alone, or by meaning alone. */
export type SearchMode = "hybrid" | "lexical" | "semantic";
