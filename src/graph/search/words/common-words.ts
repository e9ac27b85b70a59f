/**
 * Queries of nothing but words that stand in a large part of a large graph.
 *
 * BM25 of FTS5 counts all chunks of each word before it scores the first one, and such words tell hardly anything
 * for it: among a million chunks `the of and to` took 600 milliseconds, for scores near nothing. So what has the
 * words one after the other is sought first, then what has all of them, and the part of the graph that is looked at
 * shrinks as the words get more common. Ids of chunks are hashes: those up to some id are as good as drawn.
 */
import type { Database } from "bun:sqlite";

/** A chunk found, best first in its list. */
export interface ScoredChunk {
  readonly chunk: number;
  /** Higher is better; only comparable within one list. */
  readonly score: number;
}

/** Entries of the index above which BM25 of chunks that have all words takes too long: about 40 milliseconds. */
export const MOST_SCORED = 200_000;
/** Entries that are read without scores, in the same time. */
const MOST_READ = 500_000;
/** Longer phrases are prose. */
const MOST_WORDS = 12;
/** What words one after the other tell against the same words anywhere. */
const IN_ORDER = 1.5;

/** How many entries a form has, seen from the first of them. */
export function estimateOf(seen: { readonly n: number; readonly last: number }, largestId: number): number {
  return seen.last <= 0 ? seen.n : Math.max(seen.n, Math.round((seen.n * largestId) / seen.last));
}

export function largestId(db: Database): number {
  return db.query<{ id: number | null }, []>("SELECT max(id) AS id FROM chunks").get()?.id ?? 0;
}

export interface CommonForm {
  readonly form: string;
  /** Chunks that have it, about. */
  readonly estimate: number;
}

/** Entries of the index in all. */
export function entriesOf(forms: readonly CommonForm[]): number {
  return forms.reduce((sum, { estimate }) => sum + estimate, 0);
}

export interface CommonQuery {
  readonly forms: readonly CommonForm[];
  /** As they are written, in their order. */
  readonly words: readonly string[];
  /** How many the graph has. */
  readonly chunks: number;
  readonly largestId: number;
  /** Whether all chunks have to be looked at, since a filter leaves few. */
  readonly isFiltered: boolean;
}

/** Up to `limit` chunks of an expression with ids up to `last`, by id. */
export type Taking = (expression: string, last: number) => readonly number[];

/** Chunks that have all of the words, those that have them in their order first. */
export function standingTogether(
  { forms, words, chunks, largestId, isFiltered }: CommonQuery,
  limit: number,
  take: Taking,
): ScoredChunk[] {
  const share = isFiltered ? 1 : Math.min(1, MOST_READ / entriesOf(forms));
  const last = Math.ceil(largestId * share);
  const tells = forms.reduce((sum, { estimate }) => sum + tellingOf(estimate, chunks), 0);
  const isPhrase = words.length > 1 && words.length <= MOST_WORDS;
  const inOrder = isPhrase ? take(`"${words.join(" ")}"`, last) : [];
  const all = inOrder.length < limit ? take(forms.map(({ form }) => `(${form})`).join(" AND "), last) : [];
  const known = new Set(inOrder);
  return [
    ...inOrder.map((chunk) => ({ chunk, score: IN_ORDER * tells })),
    ...all.filter((chunk) => !known.has(chunk)).map((chunk) => ({ chunk, score: tells })),
  ].slice(0, limit);
}

/** Inverse document frequency by the formula that is never negative (as in Lucene). */
export function tellingOf(n: number, chunks: number): number {
  return Math.log(1 + (Math.max(chunks, n) - n + 0.5) / (n + 0.5));
}
