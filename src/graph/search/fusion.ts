/**
 * How the list by words and the list by meaning become one list of documents.
 *
 * Scores, not ranks: a convex combination of normalised scores, after Bruch, Gai and Ingber, "An Analysis of Fusion
 * Functions for Hybrid Retrieval" (2023). Meaning is counted in standard deviations of the cosine over chunks at
 * random, since the range of cosines differs from model to model; words by the part of the best score, and less where
 * even that is no more than a common word has. What a document has of the rare things that were asked for comes on
 * top: an identifier that one document alone has is no matter of meaning. docs/search.md has the measurements.
 */
import type { FoundTerm, ScoredChunk } from "./words/index.ts";

/** What is known of a chunk. */
export interface Evidence {
  readonly chunk: number;
  readonly node: string;
  /** With the query. */
  readonly cosine: number | undefined;
  /** BM25, or 0. */
  readonly words: number;
  /** From 0 to 1: how sure it is by its rare words alone that this is what was meant. */
  readonly exactness: number;
}

const WEIGHTS = {
  /** What the best score by words is worth at most, in standard deviations of the cosine. */
  words: 4,
  /** From what score on it is worth that: that of so many words, each of which one chunk alone has. */
  tellingWords: 2.5,
  /** What full exactness is worth on top, in standard deviations of the cosine. */
  exactness: 9,
  /**
   * What counts of a chunk that has it all, against what stands in different chunks of a document: a long one has a
   * chunk near to anything, and another one with any word.
   */
  together: 0.7,
};

/** The cosines of a query with chunks that have nothing to do with it. */
export interface Background {
  readonly mean: number;
  readonly deviation: number;
}

/** A document found, with the chunk that is best by all that is known. */
export interface RankedDocument {
  readonly node: string;
  readonly chunk: number;
  readonly score: number;
  /** Other chunks of it that are worth showing, best first. */
  readonly further: readonly number[];
  /** From 0 to 1: what it is worth against a note that is as good, where that is less. Lowers its confidence. */
  readonly worth?: number;
}

/** A further chunk is worth showing if it has this part of what the best one has. */
export const WORTH_SHOWING = 0.6;

/**
 * Documents, best first, with scores from 0 to 1; 1 is what is nearest, has the best words and all that is rare, in one
 * chunk.
 *
 * @param chunks how many the graph has
 */
export function fuse(
  evidence: readonly Evidence[],
  background: Background,
  chunks: number,
): RankedDocument[] {
  const nearness = ({ cosine }: Evidence): number =>
    cosine === undefined ? 0 : Math.max(0, (cosine - background.mean) / background.deviation);
  const bestWords = evidence.reduce((most, { words }) => Math.max(most, words), 0);
  const telling = WEIGHTS.tellingWords * Math.log(chunks + 1);
  const wordsWorth = bestWords > 0 ? (WEIGHTS.words * Math.min(1, bestWords / telling)) / bestWords : 0;
  const documents = new Map<string, DocumentEvidence>();
  for (const each of evidence) {
    const near = nearness(each);
    const words = wordsWorth * each.words;
    const exact = WEIGHTS.exactness * each.exactness;
    const sum = near + words + exact;
    const known = documents.get(each.node);
    if (known === undefined)
      documents.set(each.node, { near, words, exact, chunks: [{ chunk: each.chunk, sum }] });
    else {
      known.near = Math.max(known.near, near);
      known.words = Math.max(known.words, words);
      known.exact = Math.max(known.exact, exact);
      known.chunks.push({ chunk: each.chunk, sum });
    }
  }
  return inOrder(documents);
}

interface DocumentEvidence {
  near: number;
  words: number;
  exact: number;
  /** With all three of each chunk together. */
  readonly chunks: { readonly chunk: number; readonly sum: number }[];
}

function inOrder(documents: ReadonlyMap<string, DocumentEvidence>): RankedDocument[] {
  const { together } = WEIGHTS;
  const best = { near: 0, words: 0, exact: 0 };
  for (const { near, words, exact } of documents.values()) {
    best.near = Math.max(best.near, near);
    best.words = Math.max(best.words, words);
    best.exact = Math.max(best.exact, exact);
  }
  const most = best.near + best.words + best.exact;
  const ranked = [...documents]
    .map(([node, { near, words, exact, chunks }]) => {
      if (chunks.length > 1) chunks.sort((a, b) => b.sum - a.sum || a.chunk - b.chunk);
      const { chunk, sum: bestSum } = chunks[0] ?? { chunk: 0, sum: 0 };
      const least = WORTH_SHOWING * bestSum;
      const further: number[] = [];
      for (let at = 1; at < chunks.length; at++) {
        const { chunk: other, sum } = chunks[at]!;
        if (sum > 0 && sum >= least) further.push(other);
      }
      const score = most > 0 ? ((1 - together) * (near + words + exact) + together * bestSum) / most : 0;
      return { node, chunk, score, further };
    })
    .sort((a, b) => b.score - a.score || (a.node < b.node ? -1 : 1));
  // What has nothing of the query is no result beside what has something.
  return most > 0 ? ranked.filter(({ score }) => score > 0) : ranked;
}

/** The list by words alone: what has all that is rare comes first, however often others have the common parts of it. */
export function raiseExact(
  list: readonly ScoredChunk[],
  exactness: ReadonlyMap<number, number>,
): ScoredChunk[] {
  const best = list[0]?.score || 1;
  return list
    .map(({ chunk, score }) => ({ chunk, score: score + best * (exactness.get(chunk) ?? 0) }))
    .sort((a, b) => b.score - a.score || a.chunk - b.chunk);
}

/** A rare word that is all of a query tells everything; one that is half of it, hardly anything. */
const SHARPNESS = 4;
/** Of a word that is only nearly the one that was asked for. */
export const NEARLY = 0.85;
/** Of what is written together: the name of a product stands in many a document, that of a setting in one. */
const RARENESS = 4;
/**
 * What is written together counts fully from a third of the query on, and below by the square of its part: in a
 * sentence a number or a phrase is one thing among many, and in pasted prose hardly anything.
 */
const PART_THAT_COUNTS = 3;

/**
 * How sure a chunk is by what it has of the query that few documents have: their part of what was asked for, by
 * rarity. What is written together, or quoted, counts alone. A word that is all of the query counts more: a model that
 * does not know its script takes every text in that script for near to it.
 *
 * @param absent how many words of the query no chunk has: the one that is there is not all that was asked for
 * @param takesPart whether a chunk is searched at all
 */
export function exactnessOf(
  terms: readonly FoundTerm[],
  absent: number,
  takesPart: (chunk: number) => boolean,
): Map<number, number> {
  const isOneWord = terms.length === 1 && absent === 0;
  const asked = terms.reduce((sum, { rarity }) => sum + rarity, 0);
  const has = new Map<number, { share: number; exact: number }>();
  for (const { rarity, isExact, isNear, documents, chunks } of terms) {
    const part = asked === 0 ? 0 : ((isNear === true ? NEARLY : 1) * rarity) / asked;
    const share = part / Math.sqrt(documents);
    const exactly = isExact ? rarity ** RARENESS * Math.min(1, PART_THAT_COUNTS * part) ** 2 : 0;
    const alone = isOneWord && !isExact && isNear !== true ? rarity * share : 0;
    for (const chunk of chunks ?? []) {
      const sofar = has.get(chunk) ?? { share: 0, exact: 0 };
      sofar.share += share;
      sofar.exact = Math.max(sofar.exact, exactly, alone);
      has.set(chunk, sofar);
    }
  }
  const exactness = new Map<number, number>();
  for (const [chunk, { share, exact }] of has)
    if (takesPart(chunk)) exactness.set(chunk, Math.max(share ** SHARPNESS, exact));
  return exactness;
}
