/**
 * What has all of a short query as it is written, where it has marks or numbers: `x != y`, `&'a str`, `BWV 1004`. Its
 * words alone, one after the other, stand in texts that mean something else.
 */
import type { Database } from "bun:sqlite";
import { fold } from "../language/index.ts";
import { asPhrase } from "../query/index.ts";
import { namesIn } from "../terms/index.ts";
import type { ScoredChunk } from "./common-words.ts";
import type { IndexEntries } from "./index-entries.ts";
import type { ToTheLetter } from "./to-the-letter.ts";

/** Longer queries are prose, or pasted. */
const MOST_WORDS = 16;
const MOST_LENGTH = 160;
/** Chunks whose texts are looked at: some milliseconds. */
const MOST_READ = 500;

/**
 * @param list what the words of the query led to, which is looked at beside what has them in their order
 * @returns chunks; none where the query is words alone
 */
export function havingAsWritten(
  db: Database,
  index: IndexEntries,
  query: string,
  list: readonly ScoredChunk[],
): ReadonlySet<number> {
  const written = plain(query).replace(CALLED, "");
  const words = written.match(WORDS) ?? [];
  if (words.length === 0 || words.length > MOST_WORDS || query.length > MOST_LENGTH) return new Set();
  if (!isMoreThanWords(written)) return new Set();
  const inOrder = index.chunksOf(asPhrase(words)) ?? [];
  const looked = new Set([...inOrder, ...list.map(({ chunk }) => chunk)].slice(0, MOST_READ));
  const rows = db
    .query(
      `SELECT p.id, p.path || char(10) || p.title || char(10) || p.heading || char(10) || p.text
       FROM json_each(?) j CROSS JOIN passages p ON p.id = j.value`,
    )
    .values(JSON.stringify([...looked])) as [number, string][];
  return new Set(rows.filter(([, text]) => standsIn(plain(text), written)).map(([chunk]) => chunk));
}

/** What that says of the query: all of it is there, and means one thing. */
export function asWritten(having: ReadonlySet<number>): ToTheLetter {
  return { having, isAll: true, lacks: [], absentWords: [] };
}

const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;
/**
 * Whether it has numbers, or marks that are neither of prose nor of one of its names: who asks for `the public/
 * directory` means the directory, wherever these words stand.
 */
function isMoreThanWords(written: string): boolean {
  if (/\p{N}/u.test(written)) return true;
  let left = "";
  let from = 0;
  for (const { at, whole } of namesIn(written)) {
    left += `${written.slice(from, at)}x`;
    from = at + whole.length;
  }
  return MARKS.test(left + written.slice(from));
}

/** Marks that prose has not there: after a word, or of quotes. */
const MARKS = /(?!["“”„«»]|(?<=x)[.,;:!?)/](?:\s|$))[^\p{L}\p{M}\s]/u;

/** What is called is found by its name: `getStaticPaths()` is a heading without them elsewhere. */
const CALLED = /(?<=[\p{L}\p{N}_])\(\)$/u;

/** Without the marks of code in markdown, and those that a bar needs in a table. */
function plain(text: string): string {
  return fold(text.replace(/`|\\(?=\|)/g, ""))
    .replace(/\s+/gu, " ")
    .trim();
}

/** Whether a text has it as a whole: of `10.0.0.1`, `10.0.0.12` has not all, and of `--dry`, `--dry-run`. */
function standsIn(text: string, written: string): boolean {
  for (let at = text.indexOf(written); at >= 0; at = text.indexOf(written, at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at);
    const after = text.slice(at + written.length, at + written.length + 2);
    if (!goesOn(before, written[0]!, BEFORE) && !goesOn(after, written.at(-1)!, AFTER)) return true;
  }
  return false;
}

function goesOn(beside: string, edge: string, joined: RegExp): boolean {
  if (/[\p{L}\p{N}\p{M}]/u.test(edge)) return joined.test(beside);
  return beside.includes(edge);
}

const BEFORE = /[\p{L}\p{N}\p{M}_]$|[\p{L}\p{N}][-.:/@+~=%&$*\\]$/u;
const AFTER = /^[\p{L}\p{N}\p{M}_]|^[-.:/@+~=%&$*\\][\p{L}\p{N}]/u;
