/**
 * Notes without a text, which have no chunk that a search could lead to: a new stub is found by its name, which is all
 * there is of it.
 */
import type { Database } from "bun:sqlite";
import { storedText } from "../state.ts";
import { namesAskedFor, withoutMarks } from "./query/index.ts";
import type { SearchResult } from "./shown/index.ts";
import { asName, isCalledSo } from "./words/index.ts";

/** In larger graphs it takes too long to look at the names of all documents for each search: 3.8 ms at 100,000. */
const MOST_CHUNKS = 30_000;
/** Nor for a question, which is no name: it would have the whole table of documents read. */
const MOST_WORDS = 6;
const MOST_FOUND = 5;
/** No name is longer, and SQLite takes no pattern of any length. */
const MOST_LENGTH = 300;
/** Of a document that is called what was asked for. */
const CONFIDENCE = 0.95;

/** `LIKE` knows the case of ASCII letters only. */
const EMPTY = `SELECT n.id, n.title, n.aliases FROM nodes n
  WHERE (n.title LIKE ?1 OR n.id LIKE ?1 OR n.aliases LIKE ?1
      OR octet_length(n.title || n.id || n.aliases) <> length(n.title || n.id || n.aliases))
    AND NOT EXISTS (SELECT 1 FROM chunks c WHERE c.node = n.id)
  ORDER BY n.id`;

/** Those that are called what a query asks for. @param chunks how many the graph has */
export function emptyNotesNamed(db: Database, query: string, chunks: number): string[] {
  if (chunks > MOST_CHUNKS || query.length > MOST_LENGTH) return [];
  const name = withoutMarks(query);
  const asked = namesAskedFor(query);
  const words = asName(asked.at(-1) ?? name).split(/[^a-z0-9]+/);
  const shortest = words.join("%");
  if (shortest === "" || words.length > MOST_WORDS) return [];
  const rows = db.query(EMPTY).values(`%${shortest}%`) as [id: string, title: string, aliases: string][];
  for (const wanted of [query, name, ...asked]) {
    const called = rows.filter(([id, title, aliases]) => isCalledSo(id, title, aliases, wanted));
    if (called.length > 0) return called.slice(0, MOST_FOUND).map(([id]) => id);
  }
  return [];
}

/**
 * The results with those notes, after documents that are called so too and have a text.
 * @param isNamed whether a result is called so
 */
export function withEmptyNotes(
  db: Database,
  results: readonly SearchResult[],
  empty: readonly string[],
  { isNamed, limit, explains }: EmptyShown,
): readonly SearchResult[] {
  if (empty.length === 0) return results;
  const next = results.findIndex(({ id }) => !isNamed(id));
  const at = next < 0 ? results.length : next;
  const score = results[at - 1]?.score ?? Math.max(1, results[0]?.score ?? 0);
  const readTitle = db.query<{ title: string }, [string]>("SELECT title FROM nodes WHERE id = ?");
  const shown = empty.map((id): SearchResult => {
    const place = { heading: "", lines: [1, 1] as const };
    const why = { words: null, meaning: null, exactness: 1, matched: [], passage: place };
    return {
      id,
      title: storedText(readTitle.get(id)?.title ?? "", id),
      score,
      confidence: CONFIDENCE,
      cosine: null,
      ...place,
      snippet: "",
      passages: [],
      ...(explains ? { explain: why } : {}),
    };
  });
  return [...results.slice(0, at), ...shown, ...results.slice(at)].slice(0, limit);
}

export interface EmptyShown {
  readonly isNamed: (id: string) => boolean;
  readonly limit: number;
  readonly explains: boolean;
}
