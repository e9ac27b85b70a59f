/**
 * Words of Chinese and Japanese, whose scripts put no spaces between them.
 *
 * The full-text index splits text where letters end, so that a whole clause of such a script is one entry. A word is then looked for inside the
 * entries. That reads the list of all entries, which only queries in these scripts wait for.
 */
import type { Database } from "bun:sqlite";

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Entries that stand for one word at most, the rarest first: each may cost as much as a word of the query. */
const MAX_ENTRIES = 64;

/** Whether a run of letters may be several words. */
export function isUnspaced(run: string): boolean {
  return UNSPACED.test(run);
}

/** The index entries in which a run occurs, or, when there are none, those in which words of it do. */
export function entriesAround(db: Database, run: string): string[] {
  // In the temporary database of this connection: the graph itself may be read-only.
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_entries USING fts5vocab('main', 'search_index', 'row')",
  );
  const whole = entriesWith(db, [run]);
  return whole.length > 0 ? whole : entriesWith(db, wordsIn(run));
}

function entriesWith(db: Database, words: readonly string[]): string[] {
  if (words.length === 0) return [];
  return db
    .query<{ term: string }, [string, number]>(
      `SELECT term FROM temp.index_entries
       WHERE EXISTS (SELECT 1 FROM json_each(?) AS word WHERE instr(term, word.value) > 0)
       ORDER BY cnt, term LIMIT ?`,
    )
    .all(JSON.stringify(words), MAX_ENTRIES)
    .map(({ term }) => term);
}

/** The words of a run. Without one or two letters of hiragana, which are particles and endings. */
export function wordsIn(run: string): string[] {
  const segments = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(run)];
  return segments.map(({ segment }) => segment).filter((word) => !/^\p{Script=Hiragana}{1,2}$/u.test(word));
}
