/**
 * What has the words of a query one after the other. Who pastes a sentence, or remembers how it goes, does not put it
 * in quotes: each word of `give us this day our daily bread` is in many chapters, and meaning is near to all of them,
 * but one has them in this order.
 */
import type { Database } from "bun:sqlite";
import { FUNCTION_WORDS } from "../language/index.ts";
import { asPhrase } from "../query/index.ts";
import type { IndexEntries } from "./index-entries.ts";
import type { LexicalResult, Run } from "./lexical.ts";
import { sharedByDocuments } from "./shared-by-documents.ts";

/** Two words stand beside each other in many a text. */
const FEWEST_WORDS = 3;
/** What is longer is a page, of which many words tell. */
const MOST_WORDS = 64;
/** Of the list by words; further down hardly any has a run. Each takes some five microseconds. */
const LOOKED_AT = 20;
/** In a larger graph, a phrase with common words takes longer to find than it is worth. */
const SMALL_GRAPH = 10_000;
/** Words in their order by which a run is looked for. */
const LOOKED_FOR = 4;
/** Words from which on a text is looked at for runs. */
const MOST_ANCHORS = 8;
/** How often one such word is looked at in a text. */
const MOST_SEEN = 16;
/** What words tell that are not looked for, against one that stands in one chunk alone. */
const WEIGHTS = { function: 0.1, other: 0.5 };
/** From so many words on it is no chance that they stand in this order. */
const SURE_WORDS = 6;
/** A sentence that lacks one telling word says something else, as in pages of one template. */
const SHARPNESS = 6;
/** Less of the query in its order is no more than some of its words. */
const LEAST = 0.5;

/** The longest run of the query in each of those chunks that have one. */
export function runsIn(
  db: Database,
  index: IndexEntries,
  query: string,
  { terms, list, chunks }: LexicalResult,
): ReadonlyMap<number, Run> {
  const words = asCompared(query).match(WORDS) ?? [];
  // `a.b-c` is one thing, and what has its parts with other marks is another.
  if (query.trim().split(/\s+/).length < FEWEST_WORDS) return new Map();
  if (words.length < FEWEST_WORDS || words.length > MOST_WORDS) return new Map();
  const rarities = new Map(terms.map(({ text, rarity }) => [asCompared(text), rarity]));
  const found = words.map((word) => rarities.get(word));
  const asked = { words, weights: words.map((word, place) => weightOf(word, found[place])) };
  const anchors = anchorsOf(asked);
  const inOrder = chunks <= SMALL_GRAPH ? havingSomeInOrder(index, words, found) : [];
  const looked = new Set([...inOrder, ...list.slice(0, LOOKED_AT).map(({ chunk }) => chunk)]);
  const rows = db
    .query(
      `SELECT p.id, p.title || char(10, 10) || p.heading || char(10, 10) || p.text
       FROM json_each(?) j CROSS JOIN passages p ON p.id = j.value`,
    )
    .values(JSON.stringify([...looked])) as [number, string][];
  const runs = new Map<number, Run>();
  for (const [chunk, text] of rows) {
    const run = longestRun(asCompared(text), asked, anchors);
    if (run.words >= FEWEST_WORDS && run.part >= LEAST) runs.set(chunk, run);
  }
  return runs;
}

/** Chunks that have the four words of the query in their order that tell the most, unless they are many. */
function havingSomeInOrder(
  index: IndexEntries,
  words: readonly string[],
  found: readonly (number | undefined)[],
): readonly number[] {
  const length = Math.min(LOOKED_FOR, words.length);
  const tells = (first: number): number =>
    sumOf(found.slice(first, first + length).map((rarity) => rarity ?? 0));
  const first = words
    .slice(length - 1)
    .map((_, place) => place)
    .reduce((best, place) => (tells(place) > tells(best) ? place : best), 0);
  return index.chunksOf(asPhrase(words.slice(first, first + length))) ?? [];
}

/** How sure chunks are by the runs that they have: less the more documents have as much. */
export function worthOfRuns(
  runs: ReadonlyMap<number, Run> | undefined,
  takesPart: (chunk: number) => boolean,
  nodesOf: (chunks: readonly number[]) => ReadonlyMap<number, string>,
): ReadonlyMap<number, number> {
  const having = [...(runs ?? [])].filter(([chunk]) => takesPart(chunk));
  return sharedByDocuments(new Map(having.map(([chunk, run]) => [chunk, worthOf(run)])), nodesOf);
}

function worthOf({ words, part }: Run): number {
  const meant = Math.min(1, (words - FEWEST_WORDS + 1) / (SURE_WORDS - FEWEST_WORDS + 1));
  return meant * part ** SHARPNESS;
}

const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;
/** A title in quotes, or text of a link: who writes it so means what is called so elsewhere. */
const IN_QUOTES = /“.*”/u;
const IN_LINK = /^[^[\]\n]*\]\s?[([]/u;
const LONGEST_LINK = 80;
const OF_WORD = /[\p{L}\p{N}\p{M}\p{Co}]/u;

/** Folding a text takes longer than all else that is done with it, and who pastes a sentence has its very letters. */
function asCompared(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

function weightOf(word: string, rarity: number | undefined): number {
  if (rarity !== undefined) return Math.max(WEIGHTS.function, rarity);
  return FUNCTION_WORDS.en?.has(word) === true ? WEIGHTS.function : WEIGHTS.other;
}

function sumOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

interface Asked {
  readonly words: readonly string[];
  readonly weights: readonly number[];
}

/** The places of the words of a query that tell the most, each word once. */
function anchorsOf({ words, weights }: Asked): number[] {
  const places = words.map((_, place) => place).filter((place) => words.indexOf(words[place]!) === place);
  return places.sort((a, b) => weights[b]! - weights[a]!).slice(0, MOST_ANCHORS);
}

function longestRun(text: string, { words, weights }: Asked, anchors: readonly number[]): Run {
  const all = sumOf(weights);
  let best: Run = { words: 0, part: 0 };
  for (const anchor of anchors) {
    const word = words[anchor]!;
    let seen = 0;
    for (let at = text.indexOf(word); at >= 0 && seen < MOST_SEEN; at = text.indexOf(word, at + 1), seen++) {
      if (isOfWord(text[at - 1]) || isOfWord(text[at + word.length])) continue;
      const before = runBefore(text, at, words, anchor);
      const after = runAfter(text, at + word.length, words, anchor);
      if (namesAnother(text, before.at, after.at)) continue;
      const [first, end] = [anchor - before.words, anchor + 1 + after.words];
      const part = sumOf(weights.slice(first, end)) / all;
      if (part > best.part) best = { words: end - first, part };
    }
  }
  return best;
}

function namesAnother(text: string, from: number, end: number): boolean {
  if (IN_LINK.test(text.slice(end, end + LONGEST_LINK))) return true;
  return IN_QUOTES.test(text.slice(Math.max(0, from - 2), from) + text.slice(end, end + 2));
}

/** How many words before a place of a query stand before a place of a text, and where they begin. */
function runBefore(text: string, from: number, words: readonly string[], place: number): Beside {
  let at = from;
  for (let back = 1; back <= place; back++) {
    const word = words[place - back]!;
    let end = at;
    while (isBetween(text, end - 1)) end--;
    if (!text.endsWith(word, end) || isOfWord(text[end - word.length - 1])) return { words: back - 1, at };
    at = end - word.length;
  }
  return { words: place, at };
}

/** The same behind it, and where they end. */
function runAfter(text: string, from: number, words: readonly string[], place: number): Beside {
  let end = from;
  for (let next = place + 1; next < words.length; next++) {
    const word = words[next]!;
    let at = end;
    while (isBetween(text, at)) at++;
    if (!text.startsWith(word, at) || isOfWord(text[at + word.length]))
      return { words: next - place - 1, at: end };
    end = at + word.length;
  }
  return { words: words.length - place - 1, at: end };
}

/** Whether what stands there is between two words of a sentence: a blank line ends it. */
function isBetween(text: string, at: number): boolean {
  return at >= 0 && at < text.length && !isOfWord(text[at]) && !(text[at] === "\n" && text[at + 1] === "\n");
}

interface Beside {
  readonly words: number;
  readonly at: number;
}

function isOfWord(character: string | undefined): boolean {
  return character !== undefined && OF_WORD.test(character);
}
