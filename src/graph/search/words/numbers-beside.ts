/**
 * What is called by a word of the query and its number. A number of few digits stands in hundreds of passages and tells
 * nothing by itself, nor does a word by which all chapters are called; but `Hosea chapter 3` is one chapter, and
 * `runbook 5` one file of a folder. What only mentions both is found by them as a phrase.
 */
import type { Database } from "bun:sqlite";
import { fold, numberless } from "../language/index.ts";
import type { LexicalResult } from "./lexical.ts";
import { sharedByDocuments } from "./shared-by-documents.ts";

const NUMBER = /^\p{N}{1,5}(?:\.\p{N}{1,3})*$/u;
const WORD = /^[\p{L}\p{M}]+$/u;
const WORDS = /[\p{L}\p{M}]+/gu;
/** More numbers are a table, and more words a text. */
const MOST_NUMBERS = 2;
const MOST_WORDS = 6;
/** Of the list by words: what is called by two of them is among the first. Each takes some two microseconds. */
const LOOKED_AT = 60;

const PLACES = ["title", "heading", "path"] as const;
/** What is called so is meant before what only mentions it, and before what lies in a file that is called so. */
const WORTH = { title: 0.6, heading: 0.55, path: 0.5 };
/** From half of the query on it is what was asked for, and below it counts by the square of its part. */
const PART_THAT_COUNTS = 2;

/** How much chunks among the best by words are worth that are called by a number of the query and by words of it. */
export function numbersBeside(db: Database, { terms, absent, list }: LexicalResult): Worths {
  const numbers = terms.filter(({ text }) => NUMBER.test(text));
  const words = terms.filter(({ text }) => WORD.test(text));
  const found = new Map<number, number>();
  if (numbers.length === 0 || numbers.length > MOST_NUMBERS) return found;
  if (words.length === 0 || words.length > MOST_WORDS) return found;
  const asked = [...numbers, ...words].reduce((sum, { rarity }) => sum + rarity, absent);
  const sought = numbers.map(({ text, rarity }) => ({ isIn: isIn(text), rarity }));
  const stems = words.map(({ text, rarity }) => ({ stem: numberless(fold(text)), rarity }));
  const rows = db
    .query(
      "SELECT p.id, p.title, p.heading, p.path FROM json_each(?) j CROSS JOIN passages p ON p.id = j.value",
    )
    .values(JSON.stringify(list.slice(0, LOOKED_AT).map(({ chunk }) => chunk))) as Row[];
  for (const [chunk, ...names] of rows) {
    for (const { isIn, rarity } of sought) {
      const place = PLACES.find((_, at) => isIn(names[at] ?? ""));
      if (place === undefined) continue;
      const called = new Set((fold(names.join(" ")).match(WORDS) ?? []).map(numberless));
      const beside = stems.reduce((sum, each) => (called.has(each.stem) ? sum + each.rarity : sum), 0);
      const part = (rarity + beside) / asked;
      const worth = beside > 0 ? WORTH[place] * Math.min(1, PART_THAT_COUNTS * part) ** 2 : 0;
      if (worth > (found.get(chunk) ?? 0)) found.set(chunk, worth);
    }
  }
  return found;
}

type Worths = ReadonlyMap<number, number>;
type Row = [chunk: number, title: string, heading: string, path: string];

/** Whether a name has a number, with noughts before it or not, and not as a part of a day or of a longer number. */
function isIn(number: string): (name: string) => boolean {
  const digits = number.replaceAll(".", String.raw`\.`);
  const alone = new RegExp(String.raw`(?<!\p{N}|\p{N}[-_./])0*${digits}(?!\p{N}|[-_./]\p{N})`, "u");
  return (name) => alone.test(name);
}

/** How sure chunks are by the numbers in their names: less the more documents have as much. */
export function worthOfNumbers(
  numbers: Worths | undefined,
  takesPart: (chunk: number) => boolean,
  nodesOf: (chunks: readonly number[]) => ReadonlyMap<number, string>,
): Worths {
  const having = [...(numbers ?? [])].filter(([chunk]) => takesPart(chunk));
  return sharedByDocuments(new Map(having), nodesOf);
}
