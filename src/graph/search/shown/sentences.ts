/**
 * The sentences of the chunks that a search shows, where it has to be told by meaning which of them to begin with.
 *
 * A chunk is longer than what is shown of it. The words of the query choose the place where the place has most of
 * them. A chunk that was found by its meaning has hardly any, and its beginning is often about something else.
 */
import type { Database } from "bun:sqlite";
import { storedText } from "../../state.ts";
import type { SearchResult } from "./describe.ts";
import { excerpt, isChosenByWords, isCut, isOnlyTags, onOneLine, withoutFurniture } from "./excerpt.ts";
import { itemsApart } from "./items-apart.ts";
import { SNIPPET_LENGTH } from "./shown-chunk.ts";
import { windowFrom } from "./window.ts";

export interface Sentence {
  readonly text: string;
  /** Where it begins in the chunk's text on one line. */
  readonly at: number;
}

/** A result of which it has to be told by meaning what to show. */
export interface Undecided {
  readonly result: SearchResult;
  readonly sentences: readonly Sentence[];
  /** What is shown of its chunk from a sentence on. */
  readonly from: (sentence: Sentence) => string;
}

/** First results whose sentences are compared: each has half a dozen, which take some milliseconds the first time. */
const MOST = 5;
/** A table of numbers has hundreds of lines, and none of them is nearer than another. */
const MOST_SENTENCES = 40;

/** Those of the first results whose excerpt leaves something out and was not chosen by words. */
export function undecidedAmong(db: Database, query: string, results: readonly SearchResult[]): Undecided[] {
  const read = db.query("SELECT text FROM chunks WHERE node = ? AND start_line = ? AND end_line = ?");
  return results.slice(0, MOST).flatMap((result) => {
    const { id, title, heading, lines, snippet } = result;
    const above = `${title} ${heading}`;
    if (!isCut(snippet) || isChosenByWords(snippet, query, above)) return [];
    const texts = (read.values(id, ...lines) as [unknown][]).map(([text]) => storedText(text, id));
    // Parts of one long line stand on the same lines.
    const text = texts.find((each) => excerpt(each, query, SNIPPET_LENGTH, above) === snippet);
    if (text === undefined) return [];
    const readable = itemsApart(withoutFurniture(text, query));
    const folded = onOneLine(readable);
    const sentences = sentencesOf(readable).filter((sentence) => !isOnlyTags(sentence.text));
    const from = ({ at }: Sentence): string => windowFrom(folded, at, SNIPPET_LENGTH);
    return sentences.length > 1 && sentences.length <= MOST_SENTENCES ? [{ result, sentences, from }] : [];
  });
}

/** A shorter one says little by itself, and goes with the next; letters that are words count for three. */
const SHORTEST = 12;
const WIDE = /[\u2e80-\uffff]/g;
/** Begins a line that does not go on with the line before it: of a list, a heading, a quote, a table, a fence. */
const OWN_LINE = /\n(?=\s*(?:[-*+>|#•☐☑]|\d+[.)]\s|```|~~~|$))/m;

/** The sentences of a text; what stands on lines of its own is one. */
export function sentencesOf(text: string): Sentence[] {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });
  const folded = onOneLine(text);
  const sentences: Sentence[] = [];
  let at = 0;
  let open: { text: string; at: number } | undefined;
  for (const part of text.split(OWN_LINE)) {
    for (const { segment } of segmenter.segment(onOneLine(part))) {
      const piece = segment.trim();
      if (piece === "") continue;
      at = folded.indexOf(piece, at);
      open = open === undefined ? { text: piece, at } : { text: `${open.text} ${piece}`, at: open.at };
      at += piece.length;
      if (open.text.length + 2 * (open.text.match(WIDE)?.length ?? 0) < SHORTEST) continue;
      sentences.push(open);
      open = undefined;
    }
  }
  const last = sentences.at(-1);
  if (open !== undefined && last !== undefined)
    sentences[sentences.length - 1] = { text: `${last.text} ${open.text}`, at: last.at };
  return sentences;
}
