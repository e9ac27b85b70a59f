/** The snippet of a result, fitted to the terminal, with the words of the query marked. */

import { placesIn, soughtWords, type WordPlace, windowOf } from "../../graph/search/index.ts";
import { oneLine } from "./safe-text.ts";

export interface SnippetShape {
  /** Columns of one line. */
  readonly width: number;
  /** How many lines at most. */
  readonly lines: number;
  readonly mark: (word: string) => string;
}

/** Words that say nothing about a passage; marked only when a query has no others. */
const COMMON = new Set(
  (
    "a an and are as at be but by can do does for from has have how i if in is it its my " +
    "of on or s so t that the this to was what when where which who why will with you your"
  ).split(" "),
);

/** Lines of a snippet, or where it does not fit, of the best window of it around the words of the query. */
export function renderSnippet(text: string, query: string, shape: SnippetShape): string[] {
  const plain = oneLine(text);
  // Lines break at spaces, so some of each stays empty; what is too much after that is cut by trying a shorter window.
  for (let length = shape.width * shape.lines; ; length = Math.floor(length * 0.9)) {
    const lines = wrap(windowOf(plain, query, length), shape.width);
    if (lines.length <= shape.lines || length < shape.width / 2) {
      return lines.slice(0, shape.lines).map((line) => markWords(line, query, shape.mark));
    }
  }
}

/** Marks each word of a text that is a form of a word of the query. */
export function markWords(text: string, query: string, mark: (word: string) => string): string {
  const words = telling(soughtWords(query));
  if (words.length === 0) return text;
  return text.replace(/[\p{L}\p{N}\p{M}]+/gu, (run) => {
    const folded = fold(run);
    const places = placesIn(folded, words);
    // Folding takes accents away, after which places are others; a run that is marked whole needs none.
    if (places.length === 0) return run;
    return folded.length === run.length ? markPlaces(run, places, mark) : mark(run);
  });
}

function markPlaces(run: string, places: readonly WordPlace[], mark: (word: string) => string): string {
  let marked = "";
  let end = 0;
  for (const { at, length } of places) {
    marked += run.slice(end, at) + mark(run.slice(at, at + length));
    end = at + length;
  }
  return marked + run.slice(end);
}

/** The search ignores case and accents, so the marks do as well. */
function fold(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function telling(words: readonly string[]): string[] {
  const folded = words.map(fold);
  const some = folded.filter((word) => !COMMON.has(word));
  return some.length > 0 ? some : folded;
}

function wrap(text: string, width: number): string[] {
  return Bun.wrapAnsi(text, width, { hard: true, trim: true }).split("\n");
}
