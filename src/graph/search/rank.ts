/** The documents for a query, best first, in each mode. */
import { dot } from "../../system/index.ts";
import {
  type Background,
  type Evidence,
  exactnessOf,
  fuse,
  type RankedDocument,
  raiseExact,
  WORTH_SHOWING,
} from "./fusion.ts";
import { type Scope, scopeTest } from "./scope.ts";
import { byCosine, cosinesOf, type SemanticIndex } from "./semantic.ts";
import type { LexicalResult, NamedChunk, ScoredChunk } from "./words/index.ts";
import { worthOfNumbers, worthOfRuns } from "./words/index.ts";
import { togetherIn } from "./words-together.ts";

/** By words and by meaning, by words alone, or by meaning alone. */
export type SearchMode = "hybrid" | "lexical" | "semantic";

export interface RankRequest {
  readonly mode: SearchMode;
  readonly limit: number;
  readonly vector: Float32Array | undefined;
  readonly scope: Scope | undefined;
}

export interface Ranking {
  readonly documents: readonly RankedDocument[];
  /** Of the chunks whose vectors were read. */
  readonly cosines: ReadonlyMap<number, number>;
  readonly nodes: ReadonlyMap<number, string>;
  /** What chunks have of the rare things that were asked for, from 0 to 1. */
  readonly exactness: ReadonlyMap<number, number>;
  /** Cosines of the query with chunks at random; undefined where meaning was not compared. */
  readonly background: Background | undefined;
}

/** Chunks of the list by words that take part. */
const TAKEN = 300;

/** Chunks by meaning among which the documents of a semantic search are. */
const NEAREST = 100;

/** Chunks of the list by words that take part. */
export function lexicalDepth(limit: number): number {
  return Math.max(TAKEN, limit * 5);
}

/**
 * @param found what the words of the query led to; nothing in semantic mode
 * @param named first chunks of the documents and sections that are called what the query says
 */
export function rank(
  index: SemanticIndex,
  request: RankRequest,
  found: LexicalResult,
  named: readonly NamedChunk[] = [],
): Ranking {
  const { vector, mode, limit, scope } = request;
  const takesPart = scopeTest(scope);
  const exactness = exactnessOf(found.terms, found.absent, takesPart);
  for (const [chunk, worth] of togetherIn(found, takesPart, (chunks) => index.nodesOf(chunks)))
    exactness.set(chunk, Math.max(worth, exactness.get(chunk) ?? 0));
  const standsInOneText = [...exactness.values()].some((value) => value >= 1);
  for (const [chunk, worth] of worthOfRuns(found.runs, takesPart, (chunks) => index.nodesOf(chunks)))
    exactness.set(chunk, Math.max(worth, exactness.get(chunk) ?? 0));
  for (const [chunk, worth] of worthOfNumbers(found.numbers, takesPart, (chunks) => index.nodesOf(chunks)))
    exactness.set(chunk, Math.min(1, worth + (exactness.get(chunk) ?? 0)));
  const spelled = new Set([...(found.letter?.having ?? [])].filter(takesPart));
  // What only has its parts, one after the other and in a title, may be nearer in meaning and have more of the words.
  if (found.letter?.isAll === true) {
    const documents = new Set(index.nodesOf(spelled).values()).size;
    const worth = SPELLED / Math.sqrt(documents);
    for (const chunk of spelled) exactness.set(chunk, (exactness.get(chunk) ?? 0) + worth);
  }
  const leastSpelled = Math.min(...[...spelled].map((chunk) => exactness.get(chunk) ?? 0));
  for (const { chunk, called, isAlike, day } of named) {
    // Who writes `built-in-drivers` or `--dry-run` means these marks, and what is called so without them only where
    // nothing has them.
    if (called === "section" && standsInOneText && !exactness.has(chunk)) continue;
    if (isAlike === true && spelled.size > 0 && !spelled.has(chunk)) {
      if (day !== undefined && takesPart(chunk)) exactness.set(chunk, NEXT * leastSpelled);
      continue;
    }
    const isBeside = called === "file" && standsInOneText;
    const worth = called === "section" || called === "day" ? HEADED : isBeside ? CALLED_BESIDE : CALLED;
    if (takesPart(chunk)) exactness.set(chunk, worth);
  }
  if (mode === "lexical" || vector === undefined) {
    const list = raiseExact(withSure(found.list, exactness), exactness);
    const nodes = index.nodesOf(list.map(({ chunk }) => chunk));
    return {
      documents: latestFirst(byDocument(list, nodes), named, nodes),
      cosines: new Map(),
      nodes,
      exactness,
      background: undefined,
    };
  }
  const words = new Map(found.list.map(({ chunk, score }) => [chunk, score]));
  const sure = surest(exactness);
  // Further down the list by words, what is near in meaning is among the nearest anyway.
  const looked = new Set([...found.list.slice(0, Math.max(NAMED, limit)).map(({ chunk }) => chunk), ...sure]);
  const vectors = index.vectorsNear(vector, limit * 5, looked, scope);
  const cosines = cosinesOf(vector, vectors);
  const background = index.background(vector);
  if (mode === "semantic") {
    const near = byCosine(cosines);
    const nodes = index.nodesOf(near.slice(0, Math.max(NEAREST, limit * 5)).map(({ chunk }) => chunk));
    return { documents: byDocument(near, nodes), cosines, nodes, exactness, background };
  }
  const nodes = index.nodesOf(new Set([...cosines.keys(), ...words.keys(), ...sure]));
  const evidence: (Evidence & { cosine: number | undefined })[] = [];
  for (const [chunk, node] of nodes) {
    evidence.push({
      chunk,
      node,
      cosine: cosines.get(chunk),
      words: words.get(chunk) ?? 0,
      exactness: exactness.get(chunk) ?? 0,
    });
  }
  const first = fuse(evidence, background, found.chunks);
  const closer = closerTo(vector, first, vectors);
  for (const each of evidence) {
    const known = vectors.get(each.chunk);
    each.cosine = known === undefined ? undefined : dot(closer, known);
  }
  const documents = latestFirst(fuse(evidence, index.background(closer), found.chunks), named, nodes);
  return { documents, cosines, nodes, exactness, background };
}

/**
 * The same documents; of the notes of one day in several years the latest stand where the first ones stood. All are
 * called what is asked for, so that it is chance what else they have.
 */
function latestFirst(
  documents: readonly RankedDocument[],
  named: readonly NamedChunk[],
  nodes: ReadonlyMap<number, string>,
): readonly RankedDocument[] {
  const days = new Map(
    named.flatMap(({ chunk, day }) => (day === undefined ? [] : [[nodes.get(chunk), day]])),
  );
  if (days.size < 2) return documents;
  const dayOf = ({ node }: RankedDocument): string => days.get(node) ?? "";
  const notes = documents.filter(({ node }) => days.has(node));
  const inOrder = notes.toSorted((a, b) => (dayOf(a) === dayOf(b) ? 0 : dayOf(a) > dayOf(b) ? -1 : 1));
  const placeOf = new Map(notes.map(({ node }, place) => [node, place]));
  return documents.map((document) => {
    const instead = inOrder[placeOf.get(document.node) ?? -1];
    return instead === undefined ? document : { ...instead, score: document.score };
  });
}

/** The best chunk of each document, in the order of the list. */
function byDocument(list: readonly ScoredChunk[], nodes: ReadonlyMap<number, string>): RankedDocument[] {
  const best = new Map<string, RankedDocument & { further: number[] }>();
  for (const { chunk, score } of list) {
    const node = nodes.get(chunk);
    if (node === undefined) continue;
    const known = best.get(node);
    if (known === undefined) best.set(node, { chunk, node, score, further: [] });
    else if (score >= WORTH_SHOWING * known.score) known.further.push(chunk);
  }
  return [...best.values()];
}

/** More than anything that is only in a text. */
const CALLED = 3;
/** Of a section whose heading is the query, and of a file whose name has the day that is asked for. */
const HEADED = 2.5;
/** What it adds that all of the query, which means one thing, stands there and in no other document. */
const SPELLED = 1;
/** Of a file whose name stands to the letter in the text of one document. */
const CALLED_BESIDE = 0.9;

/** Of the note of a day that is perhaps meant, against what has the query as it is written. */
const NEXT = 0.5;

/** Chunks that rare words alone lead to, although others may have more of the common ones. */
const SUREST = 50;

/** Chunks with the best words whose vectors are read although they are not among the nearest. */
const NAMED = 100;

/** With the documents that are called what was asked for, where their chunks are not among those looked at. */
function withSure(list: readonly ScoredChunk[], exactness: ReadonlyMap<number, number>): ScoredChunk[] {
  const listed = new Set(list.map(({ chunk }) => chunk));
  const called = [...exactness].filter(([chunk, value]) => value >= HEADED && !listed.has(chunk));
  return [...list, ...called.map(([chunk]) => ({ chunk, score: 0 }))];
}

function surest(exactness: ReadonlyMap<number, number>): number[] {
  const sorted = [...exactness].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return sorted.slice(0, SUREST).map(([chunk]) => chunk);
}

/** Chunks found first that say what is looked for, and how much they say beside the query. */
const FEEDBACK = { chunks: 3, weight: 0.3 };

/** One round of relevance feedback, after Rocchio: the query's vector, moved a little towards what it found first. */
function closerTo(
  vector: Float32Array,
  first: readonly RankedDocument[],
  vectors: ReadonlyMap<number, Float32Array>,
): Float32Array {
  const moved = vector.slice();
  for (const { chunk } of first.slice(0, FEEDBACK.chunks)) {
    const towards = vectors.get(chunk);
    if (towards === undefined) continue;
    for (let i = 0; i < moved.length; i++) moved[i]! += (FEEDBACK.weight / FEEDBACK.chunks) * towards[i]!;
  }
  const length = Math.sqrt(dot(moved, moved));
  return moved.map((value) => value / length);
}
