/**
 * Words of Chinese and Japanese, whose scripts put no spaces between them.
 *
 * The full-text index splits text where letters end, so that a whole clause of such a script is one entry. A word is then looked for inside the
 * entries. That reads the list of all entries, which only queries in these scripts wait for; graphs without them are told at a glance.
 */
import type { Database } from "bun:sqlite";

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Where entries that begin with a letter of these scripts begin, in the order of code points. */
const FIRST_UNSPACED = "\u2e80";
const LAST_OF_ALL = "\u{10ffff}";

/** Entries that stand for one word at most, the rarest first: each may cost as much as a word of the query. */
const MAX_ENTRIES = 64;

/** Whether a run of letters may be several words. */
export function isUnspaced(run: string): boolean {
  return UNSPACED.test(run);
}

/** Whether the index has entries of these scripts. Without them there is nothing to look for inside entries. */
export function hasUnspacedEntries(db: Database): boolean {
  // In the temporary database of this connection: the graph itself may be read-only.
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_entries USING fts5vocab('main', 'search_index', 'row')",
  );
  return db.query("SELECT 1 FROM temp.index_entries WHERE term >= ? LIMIT 1").get(FIRST_UNSPACED) !== null;
}

/**
 * Index entries in which a word occurs and which are more than the word; for a clause that occurs in none, those in which words of it do. The
 * word is in lower case. Only after `hasUnspacedEntries`.
 */
export function entriesAround(db: Database, word: string): string[] {
  if (!isUnspaced(word)) return entriesBeside(db, word);
  const whole = entriesWith(db, [word]);
  return (whole.length > 0 ? whole : entriesWith(db, wordsIn(word))).filter((entry) => entry !== word);
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

/**
 * Clauses that a word of another script was written into, such as the name of a program. Reads the entries that begin with the word, and
 * those that begin with a letter of these scripts, of which other graphs have none.
 */
function entriesBeside(db: Database, word: string): string[] {
  return db
    .query<{ term: string }, [string, string, string, string]>(
      `SELECT term FROM (
         SELECT term, cnt FROM temp.index_entries WHERE term > ? AND term < ?
         UNION ALL SELECT term, cnt FROM temp.index_entries WHERE term >= ? AND instr(term, ?) > 0)
       ORDER BY cnt, term`,
    )
    .all(word, word + LAST_OF_ALL, FIRST_UNSPACED, word)
    .map(({ term }) => term)
    .filter(isUnspaced)
    .slice(0, MAX_ENTRIES);
}

/** The words of a run. Without one or two letters of hiragana, which are particles and endings. */
export function wordsIn(run: string): string[] {
  const segments = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(run)];
  return segments.map(({ segment }) => segment).filter((word) => !/^\p{Script=Hiragana}{1,2}$/u.test(word));
}
