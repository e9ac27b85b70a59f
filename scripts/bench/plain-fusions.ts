/**
 * What a page of code would make of the same two lists: a convex combination of scores, reciprocal ranks, and BM25 over
 * the plain words. Whatever the program does beyond them has to be worth it, on every collection.
 */
import type { Database } from "bun:sqlite";
import { tellingWords } from "../../src/graph/search/language/function-words.ts";
import { parseQuery } from "../../src/graph/search/query/query.ts";
import { byCosine, cosinesOf, type SemanticIndex } from "../../src/graph/search/semantic.ts";
import type { ScoredChunk } from "../../src/graph/search/words/common-words.ts";
import {
  COLUMN_WEIGHTS,
  type ColumnWeights,
  findByWords,
  wordsOf,
} from "../../src/graph/search/words/lexical.ts";
import { languagesOf } from "../../src/graph/search/words/vocabulary.ts";

/** Ids of documents, best first. */
export type PlainSearch = (query: string, vector: Float32Array) => readonly string[];

/** Chunks of each list. */
const DEPTH = 300;
const MEANING = 0.8;
const RANK_CONSTANT = 20;

export function plainSearches(db: Database, index: SemanticIndex): Readonly<Record<string, PlainSearch>> {
  const best = (list: readonly ScoredChunk[]): Map<string, number> => {
    const nodes = index.nodesOf(list.map(({ chunk }) => chunk));
    const documents = new Map<string, number>();
    for (const { chunk, score } of list) {
      const node = nodes.get(chunk);
      if (node !== undefined && !documents.has(node)) documents.set(node, score);
    }
    return documents;
  };
  const byWords = (query: string): Map<string, number> =>
    best(findByWords(db, parseQuery(query, languagesOf(db)), DEPTH).list);
  const byMeaning = (vector: Float32Array): Map<string, number> =>
    best(byCosine(cosinesOf(vector, index.vectorsNear(vector, DEPTH))).slice(0, DEPTH));
  return {
    "plain words": (query) => [...best(plainWords(db, query)).keys()],
    "plain convex combination": (query, vector) => convex(byWords(query), byMeaning(vector)),
    "plain reciprocal ranks": (query, vector) => reciprocal([byWords(query), byMeaning(vector)]),
  };
}

/** Weights of path, title, heading, text and terms: fields that weigh nothing more, more, less, and nothing. */
const FIELDS: readonly ColumnWeights[] = [
  [1, 1, 1, 1, 0.5],
  [1, 3, 1, 1, 0.5],
  [1, 2, 2, 1, 0.5],
  [2, 2, 1, 1, 0.5],
  [0, 2, 1, 1, 0.5],
  [1, 2, 0, 1, 0.5],
  [1, 2, 1, 1, 1],
  [0, 0, 0, 1, 0.5],
];

/** The list by words, with other weights of the fields than the program's, and with its own. */
export function byFields(db: Database, index: SemanticIndex): Readonly<Record<string, PlainSearch>> {
  const searches = [COLUMN_WEIGHTS, ...FIELDS].map((weights): [string, PlainSearch] => [
    `words with fields ${weights.join(" ")}${weights === COLUMN_WEIGHTS ? ", as they are" : ""}`,
    (query) => {
      const { list } = findByWords(db, parseQuery(query, languagesOf(db)), DEPTH, { weights });
      const nodes = index.nodesOf(list.map(({ chunk }) => chunk));
      return [...new Set(list.flatMap(({ chunk }) => nodes.get(chunk) ?? []))];
    },
  ]);
  return Object.fromEntries(searches);
}

/** BM25 of FTS5 over the words as they are, without function words and without terms. */
function plainWords(db: Database, query: string): ScoredChunk[] {
  const words = tellingWords(wordsOf(query), (word) => word, undefined);
  if (words.length === 0) return [];
  const expression = `{path title heading text} : (${words.map((word) => `"${word}"`).join(" OR ")})`;
  const rows = db
    .query(
      "SELECT rowid, -bm25(search_index) AS score FROM search_index WHERE search_index MATCH ? ORDER BY score DESC LIMIT ?",
    )
    .values(expression, DEPTH) as [number, number][];
  return rows.map(([chunk, score]) => ({ chunk, score }));
}

/** Scores divided by the best, cosines from their least possible value on. */
function convex(words: ReadonlyMap<string, number>, meaning: ReadonlyMap<string, number>): string[] {
  const [bestWords = 1] = words.values();
  const [bestCosine = 1] = meaning.values();
  return inOrder([...words.keys(), ...meaning.keys()], (id) => {
    const cosine = meaning.get(id);
    const near = cosine === undefined ? 0 : (cosine + 1) / (bestCosine + 1);
    return MEANING * near + (1 - MEANING) * ((words.get(id) ?? 0) / Math.max(bestWords, Number.MIN_VALUE));
  });
}

function reciprocal(lists: readonly ReadonlyMap<string, number>[]): string[] {
  const ranks = lists.map((list) => new Map([...list.keys()].map((id, rank) => [id, rank + 1])));
  return inOrder(
    ranks.flatMap((rank) => [...rank.keys()]),
    (id) => ranks.reduce((sum, rank) => sum + (rank.has(id) ? 1 / (RANK_CONSTANT + rank.get(id)!) : 0), 0),
  );
}

function inOrder(ids: readonly string[], scoreOf: (id: string) => number): string[] {
  return [...new Set(ids)]
    .map((id) => ({ id, score: scoreOf(id) }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
