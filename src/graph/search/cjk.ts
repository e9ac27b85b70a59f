/**
 * Words of Chinese and Japanese, whose scripts put no spaces between them.
 *
 * The full-text index splits text where letters end, so that a whole clause of such a script is one entry. A word is then looked for inside the
 * entries.
 */
import type { Database } from "bun:sqlite";

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** Where entries that begin with a letter of these scripts begin, in the order of code points. */
const FIRST_UNSPACED = "\u2e80";
const LAST_OF_ALL = "\u{10ffff}";

/** Clauses of a query whose parts are looked for, and parts in all; what is further down a pasted page adds nothing. */
const MAX_CLAUSES = 8;
const MAX_PARTS = 48;
/** Letters of a clause that are cut into words; segmentation takes longer the longer it is. */
const MAX_CLAUSE_LENGTH = 200;

/** Entries that stand for words inside them at most, the rarest first. */
const MAX_ENTRIES = 64;

/** An entry of the full-text index. */
export interface IndexEntry {
  readonly term: string;
  /** Passages that have it. */
  readonly n: number;
}

/** Where the first of these scripts begins: told faster than by a property of letters, and asked of every word that is shown. */
const MAY_BE_UNSPACED = /[\u2e80-\uffff]/;

/** Whether a run of letters may be several words. */
export function isUnspaced(run: string): boolean {
  return MAY_BE_UNSPACED.test(run) && UNSPACED.test(run);
}

/**
 * The rarest index entries in which words of a query occur, and which are more than the word; for a clause that occurs in none, those in which
 * words of it do. The list of entries is read once at most, and not at all where it has none of these scripts.
 *
 * @param words in lower case
 */
export function entriesAround(db: Database, words: readonly string[]): IndexEntry[] {
  // In the temporary database of this connection: the graph itself may be read-only.
  db.run(
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_entries USING fts5vocab('main', 'search_index', 'row')",
  );
  const first = db.query("SELECT 1 FROM temp.index_entries WHERE term >= ? LIMIT 1").get(FIRST_UNSPACED);
  if (first === null) return [];
  const clauses = words.filter(isUnspaced);
  const names = words.filter((word) => !isUnspaced(word));
  const entries = clauses.length > 0 ? allEntries(db) : entriesBeside(db, names);
  const found = new Map<string, IndexEntry>();
  const missing = [...clauses, ...names].filter((word) => !collect(entries, [word], found));
  const parts = missing.filter(isUnspaced).slice(0, MAX_CLAUSES).flatMap(wordsIn).slice(0, MAX_PARTS);
  collect(entries, parts, found);
  for (const word of words) found.delete(word);
  return [...found.values()].sort((a, b) => a.n - b.n || (a.term < b.term ? -1 : 1)).slice(0, MAX_ENTRIES);
}

/** Adds the entries that hold one of the words. Whether there were any. */
function collect(
  entries: readonly IndexEntry[],
  words: readonly string[],
  found: Map<string, IndexEntry>,
): boolean {
  let any = false;
  for (const entry of entries) {
    if (!words.some((word) => entry.term.includes(word))) continue;
    found.set(entry.term, entry);
    any = true;
  }
  return any;
}

/** All entries with letters of these scripts. */
function allEntries(db: Database): IndexEntry[] {
  const rows = db.query<IndexEntry, []>("SELECT term, doc AS n FROM temp.index_entries").all();
  return rows.filter(({ term }) => isUnspaced(term));
}

/** Those that begin with a letter of these scripts, and those that begin with one of the names. */
function entriesBeside(db: Database, names: readonly string[]): IndexEntry[] {
  const from = db.query<IndexEntry, [string]>(
    "SELECT term, doc AS n FROM temp.index_entries WHERE term >= ?",
  );
  const beginning = db.query<IndexEntry, [string, string]>(
    "SELECT term, doc AS n FROM temp.index_entries WHERE term > ? AND term < ?",
  );
  const rows = [
    ...from.all(FIRST_UNSPACED),
    ...names.flatMap((name) => beginning.all(name, name + LAST_OF_ALL)),
  ];
  return rows.filter(({ term }) => isUnspaced(term));
}

/** The words of a run. Without one or two letters of hiragana, which are particles and endings. */
export function wordsIn(run: string): string[] {
  const clause = run.slice(0, MAX_CLAUSE_LENGTH);
  const segments = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(clause)];
  return segments.map(({ segment }) => segment).filter((word) => !/^\p{Script=Hiragana}{1,2}$/u.test(word));
}
