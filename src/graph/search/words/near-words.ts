/**
 * Words of the notes that are nearly what was typed, for a word that stands in none of them: `typhoon` for `tyhpoon`.
 *
 * The index knows words by their stems, so what is like the word among those leads to texts, and only a word of a text
 * is taken. A short word has many neighbours, most of which are other words: the shorter it is, the fewer slips are
 * thought of.
 */
import type { Database } from "bun:sqlite";
import { fold, isCommonEnglish, stemOf } from "../language/index.ts";
import { isUnspaced } from "../terms/index.ts";
import type { Looked } from "./to-the-letter.ts";
import { languagesOf, openPlaces, openVocabulary } from "./vocabulary.ts";

/** A word that no document has, and those that are nearly the same, as the notes have them. */
export interface NearWords {
  readonly word: string;
  readonly near: readonly string[];
}

/** Words of a query for which others are looked for. */
const MOST_WORDS = 3;
/** Longer queries are pasted, and need no word of theirs mended. */
const LONGEST_QUERY = 20;
const LEAST_LETTERS = 3;
/** A longer word is data, which nobody types. */
const MOST_LETTERS = 40;
/** In words of so many letters any one slip is forgiven, and in words of so many two of them. */
const ANY_SLIP = 6;
const TWO_SLIPS = 9;
/** In a word of so many letters, one may be left out or doubled. */
const LEFT_OUT = 4;
/** Places in texts that are counted while words are gone through: some tens of milliseconds. */
const MOST_COUNTED = 2_000_000;
/** Stems whose texts are read, and texts of each. */
const MOST_STEMS = 8;
const MOST_TEXTS = 60;
const MOST_NEAR = 3;

/**
 * What is nearly the same as the words that were found nowhere, or by a stem alone: in Italian `castagni` has that of
 * `castagno`, which leads to texts that are known to be Italian, and not to a short note that is called so.
 * @param isThere whether a word is found in what is searched
 */
export function nearWords(
  db: Database,
  looked: readonly Looked[],
  isThere: (word: string) => boolean,
): NearWords[] {
  if (looked.length > LONGEST_QUERY) return [];
  const shouts = !looked.some(({ sought }) => /\p{Ll}/u.test(sought.text));
  const missing = looked
    .filter(({ found, isByStem }) => found === "nowhere" || isByStem === true)
    .filter(({ sought }) => !sought.isExact && sought.isBeside !== true)
    .filter(({ sought: { text } }) => isWord(text) && (shouts || !isAcronym(text)))
    .filter(({ sought: { text } }) => !isCommonEnglish(plain(text)));
  return missing.slice(0, MOST_WORDS).flatMap(({ sought: { text: word }, isByStem }) => {
    const like = nearTo(db, plain(word), isThere);
    const near = isByStem === true ? ofOneStem(word, like, languagesOf(db)) : like;
    return near.length === 0 ? [] : [{ word, near }];
  });
}

function ofOneStem(word: string, near: readonly string[], languages: readonly string[]): string[] {
  const isOfOne = (other: string): boolean =>
    languages.some((language) => stemOf(fold(word), language) === stemOf(fold(other), language));
  return near.filter(isOfOne);
}

/** Letters alone: an identifier and a number mean one thing each, and what is like them is something else. */
function isWord(text: string): boolean {
  const { length } = plain(text);
  return (
    /^[\p{L}\p{M}]+$/u.test(text) && length >= LEAST_LETTERS && length <= MOST_LETTERS && !isUnspaced(text)
  );
}

function isAcronym(word: string): boolean {
  return !/\p{Ll}/u.test(word) && /\p{Lu}/u.test(word);
}

/** As the index compares words, apart from stems: without case and accents. */
function plain(word: string): string {
  return fold(word).normalize("NFD").replace(/\p{M}/gu, "");
}

function nearTo(db: Database, typed: string, isThere: (word: string) => boolean): string[] {
  const slips = typed.length < TWO_SLIPS ? 1 : 2;
  const spellings = new Map<string, { written: string; distance: number; times: number }>();
  for (const text of textsWith(db, stemsLike(db, typed, slips + 1))) {
    for (const [written] of text.matchAll(/[\p{L}\p{M}]+/gu)) {
      if (Math.abs(written.length - typed.length) > slips + 1) continue;
      const word = plain(written);
      const known = spellings.get(word);
      if (known !== undefined) {
        known.times++;
        continue;
      }
      const steps = distanceOf(typed, word, slips);
      if (steps > slips) continue;
      if (steps === TWO && !isTwoSlips(typed, word)) continue;
      const distance = typed.length >= ANY_SLIP ? steps : shortDistance(typed, word);
      if (distance !== undefined) spellings.set(word, { written, distance, times: 1 });
    }
  }
  const sorted = [...spellings.values()].sort((a, b) => a.distance - b.distance || b.times - a.times);
  const near: typeof sorted = [];
  for (const each of sorted) {
    if (near.length === MOST_NEAR || each.distance > (near[0] ?? each).distance) break;
    if (isThere(each.written)) near.push(each);
  }
  return near.map(({ written }) => written);
}

const TWO = 2;
const VOWEL = /^[aeiouyаеиоуыэюяіїєαεηιουω]$/u;

/**
 * Whether two slips make the one word of the other, and it is no other word: `retention` for `reception`. People hit
 * the first letter, and put another vowel where one is; another consonant makes one slip, and no second one.
 */
function isTwoSlips(typed: string, word: string): boolean {
  const replacing = (a: string, b: string): number => (VOWEL.test(a) && VOWEL.test(b) ? 1 : TWO);
  return typed[0] === word[0] && distanceOf(typed, word, TWO, { replacing }) <= TWO;
}

/** Of other slips in a short word, more than of those that few other words are as near by. */
const LIKELIER = 0.5;

/** How far a short word is from what somebody typed, by the slips that are thought of; the others are too many. */
function shortDistance(typed: string, word: string): number | undefined {
  if (isSmallSlip(typed, word)) return 1;
  if (typed[0] !== word[0] || typed.length < LEFT_OUT) return undefined;
  return typed.length === ANY_SLIP - 1 || word.length > typed.length ? 1 + LIKELIER : undefined;
}

/** Two letters that have changed places, or one that is there twice in one of them. */
function isSmallSlip(typed: string, word: string): boolean {
  if (typed.length === word.length) return [...typed].sort().join("") === [...word].sort().join("");
  return typed.length >= LEFT_OUT && typed.replace(/(.)\1/gu, "$1") === word.replace(/(.)\1/gu, "$1");
}

/** Where words that somebody mistypes begin: as typed, with two letters changed, without the second one, anyhow. */
function beginningsOf(typed: string): string[] {
  const [first = "", second = "", third = ""] = typed;
  return [...new Set([first + second, second + first, first + third, first])];
}

/** Stems of the index that the word may be a form of, but for some slips; the likeliest first. */
function stemsLike(db: Database, typed: string, slips: number): string[] {
  openVocabulary(db);
  const read = db.query<{ term: string; doc: number; cnt: number }, [string, string]>(
    "SELECT term, doc, cnt FROM temp.index_entries WHERE term >= ? AND term < ?",
  );
  const like = new Map<string, { readonly distance: number; readonly doc: number }>();
  let counted = 0;
  for (const beginning of beginningsOf(typed)) {
    for (const { term, doc, cnt } of read.iterate(beginning, `${beginning}\u{10ffff}`)) {
      counted += cnt;
      if (counted > MOST_COUNTED) break;
      if (like.has(term) || !/^\p{L}+$/u.test(term)) continue;
      const distance = distanceOfForms(typed, term, slips);
      if (distance <= slips) like.set(term, { distance, doc });
    }
    if (counted > MOST_COUNTED) break;
  }
  return [...like]
    .sort(([, a], [, b]) => a.distance - b.distance || b.doc - a.doc)
    .slice(0, MOST_STEMS)
    .map(([term]) => term);
}

/**
 * From the word, or a beginning of it, to a stem or what it may be the stem of. The ending that a stem is without may
 * have the slip: that of `generator` is `gener`, and somebody types `generatro`.
 */
function distanceOfForms(typed: string, stem: string, most: number): number {
  if (stem.length < Math.max(LEAST_LETTERS - 1, Math.floor(typed.length / 2))) return most + 1;
  const least = distanceOf(typed, stem, most, { orBeginning: true });
  return stem.endsWith("i") ? Math.min(least, distanceOf(typed, `${stem.slice(0, -1)}y`, most)) : least;
}

/** A few texts with each of the stems. The index would make a stem of a stem, so it is not asked for them. */
function* textsWith(db: Database, stems: readonly string[]): Iterable<string> {
  openPlaces(db);
  const places = db.query(`SELECT DISTINCT doc FROM temp.index_places WHERE term = ? LIMIT ${MOST_TEXTS}`);
  const texts = db.query(
    `SELECT p.path || ' ' || p.title || ' ' || p.heading || ' ' || p.text
     FROM json_each(?) j CROSS JOIN passages p ON p.id = j.value`,
  );
  for (const stem of stems) {
    const chunks = places.values(stem).map(([chunk]) => chunk);
    for (const [text] of texts.values(JSON.stringify(chunks))) if (typeof text === "string") yield text;
  }
}

/**
 * Letters to be changed, left out, put in, or to change places with the next one, to make the one word of the other
 * (the distance of Damerau and Levenshtein, each letter touched once); more than `most` is `most + 1`.
 *
 * @param how.orBeginning of a longer word the beginning that is nearest may count
 * @param how.replacing what it counts to put one letter for another; 1 by default
 */
function distanceOf(
  from: string,
  to: string,
  most: number,
  {
    orBeginning = false,
    replacing = () => 1,
  }: { readonly orBeginning?: boolean; readonly replacing?: (a: string, b: string) => number } = {},
): number {
  if (to.length - from.length > most) return most + 1;
  if (!orBeginning && from.length - to.length > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  let nearest = most + 1;
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= to.length; j++) {
      const [a, b] = [from[i - 1]!, to[j - 1]!];
      let steps = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (a === b ? 0 : replacing(a, b)));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        steps = Math.min(steps, before[j - 2]! + 1);
      row.push(steps);
      least = Math.min(least, steps);
    }
    if (least > most) return nearest;
    before = last;
    last = row;
    if (orBeginning || i === from.length) nearest = Math.min(nearest, row[to.length]!);
  }
  return nearest;
}

/** A query with each word that is nowhere as it was meant, where only one word is like it. */
export function withoutSlips(query: string, found: readonly NearWords[]): string {
  const meant = new Map(
    found.flatMap(({ word, near }) => (near.length === 1 ? [[fold(word), near[0]]] : [])),
  );
  return query.replace(/[\p{L}\p{M}]+/gu, (word) => meant.get(fold(word)) ?? word);
}

/** Of several graphs that were searched for one query: a word that one of them has is no slip. */
export function nearInAll(found: readonly (readonly NearWords[] | undefined)[]): NearWords[] {
  const [first = [], ...others] = found;
  return first.flatMap(({ word, near }) => {
    const same = others.map((each) => each?.find((other) => other.word === word)?.near);
    if (same.includes(undefined)) return [];
    return [
      { word, near: [...new Set([...near, ...same.flatMap((each) => each ?? [])])].slice(0, MOST_NEAR) },
    ];
  });
}

/** For people and agents. Letters alone, so that nothing of it has to be escaped. */
export function nearLine(found: readonly NearWords[], noDocument = "No document"): string {
  return found
    .map(({ word, near }) => `${noDocument} has "${word}"; did you mean ${listed(near)}?`)
    .join(" ");
}

function listed(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(" or ");
}
