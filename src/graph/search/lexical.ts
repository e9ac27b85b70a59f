/**
 * Full-text search over the passages, by BM25.
 *
 * A query is words, never FTS syntax: each run of letters and digits becomes a quoted string, so no input can be an error. Common words cost
 * time in proportion to how often they occur and say little, so a query spends a bounded number of index entries, on its rarest words
 * first.
 */
import type { Database } from "bun:sqlite";
import { entriesAround } from "./cjk.ts";

/** A chunk found, best first in its list. */
export interface ScoredChunk {
  readonly chunk: number;
  /** Higher is better; only comparable within one list. */
  readonly score: number;
}

/** Index entries that one query may visit. BM25 takes about a microsecond for each, and more of them find nothing better: docs/performance.md. */
const ENTRY_BUDGET = 2_000;

/** Words of a query that are looked at; the rest of a pasted page adds nothing. */
const MAX_WORDS = 32;

/** Weight of path, title, heading and text. */
const COLUMN_WEIGHTS = "1.0, 4.0, 2.0, 1.0";

/** The distinct words of a text, lower-cased, as the index sees them apart from stemming. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  return [...new Set(words)];
}

/** Up to `limit` passages that contain words of the query, best first. */
export function lexicalSearch(db: Database, query: string, limit: number): ScoredChunk[] {
  const terms = affordableTerms(db, wordsOf(query).slice(0, MAX_WORDS));
  if (terms === undefined) return [];
  return db
    .query<ScoredChunk, [string, number]>(
      `SELECT rowid AS chunk, -bm25(search_index, ${COLUMN_WEIGHTS}) AS score FROM search_index
       WHERE search_index MATCH ? ORDER BY score DESC, rowid LIMIT ?`,
    )
    .all(terms, limit);
}

/** The FTS expression for the rarest words that the budget allows, or undefined when no word occurs at all. */
function affordableTerms(db: Database, words: readonly string[]): string | undefined {
  const occurrences = db.query<{ n: number }, [string, number]>(
    "SELECT count(*) AS n FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)",
  );
  const own = words.map((word) => ({
    term: word,
    n: occurrences.get(`"${word}"`, ENTRY_BUDGET + 1)?.n ?? 0,
  }));
  const counted = [...own, ...entriesAround(db, words)]
    .map(({ term, n }) => ({ term: `"${term}"`, n }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => a.n - b.n);
  if (counted.length === 0) return undefined;
  let spent = 0;
  const affordable = counted.filter(({ n }) => {
    spent += n;
    return spent <= ENTRY_BUDGET;
  });
  if (affordable.length > 0) return affordable.map(({ term }) => term).join(" OR ");
  // Only common words: those that stand together are the fewest and the likeliest to be meant.
  return counted.map(({ term }) => term).join(" AND ");
}
