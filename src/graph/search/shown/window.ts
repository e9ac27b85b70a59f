/**
 * Which part of a text on one line is shown, where all of it is too long: from the beginning of the sentence on in
 * which the most words of the query stand closest together.
 *
 * What answers a question follows its words more often than it goes before them. A window that began where the words
 * first stand, in the midst of a sentence, ended before the answer.
 */

/** Where a word of the query stands, in UTF-16 units. */
export interface Hit {
  readonly at: number;
  readonly length: number;
  /** Its place among the words. */
  readonly word: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Part of a window that its words may take: what is said of them comes after them. */
const WITHIN = 0.8;
/** At most this part of a window is before its first word. */
const BEFORE = 0.5;
/** The part of it before the first word where its sentence begins further away. */
const A_LITTLE = 0.15;
/** At most this part of a window stays empty, so that it begins with a sentence. */
const EMPTY = 0.3;

/** Ends a sentence, with the marks that close it, or begins an item of a list. */
const SENTENCE = /(?<=[.!?…][^\p{L}\p{N}\s]{0,4} )|(?<=[。！？])|(?=[•☐☑] )/gu;
/** Characters that the end of a sentence has at most, with a space. */
const CLOSING = 6;

/** At most `length` characters that show the hits, in the order of the text; the beginning where there are none. */
export function windowAround(text: string, hits: readonly Hit[], length: number): string {
  const span = closest(hits, length * WITHIN);
  return cutFrom(text, span === undefined ? 0 : beginning(text, span, length), length);
}

/** At most `length` characters from a sentence on. */
export function windowFrom(text: string, sentence: number, length: number): string {
  return cutFrom(text, withRoomFilled(text, sentence, length), length);
}

/** At most `length` characters from there on. */
function cutFrom(text: string, from: number, length: number): string {
  const hardEnd = Math.min(text.length, from + length);
  const space = text.lastIndexOf(" ", hardEnd);
  const end = hardEnd === text.length || space <= from + length / 2 ? hardEnd : space;
  return `${from > 0 ? "… " : ""}${wholeCharacters(text.slice(from, end))}${end < text.length ? " …" : ""}`;
}

/**
 * From the first to the last of the hits that are closest together of those with the most distinct words, no further
 * apart than `most`. Of the same ones, the first.
 */
function closest(hits: readonly Hit[], most: number): Span | undefined {
  let best: (Span & { readonly words: number; readonly apart: number }) | undefined;
  for (const [first, { at: from, word: begins }] of hits.entries()) {
    const seen = new Set<number>();
    for (let next = first; next < hits.length; next++) {
      const { at, length, word } = hits[next]!;
      // Where the word that it begins with stands again, what begins there is shorter.
      if (at - from > most || (next > first && word === begins)) break;
      if (seen.has(word)) continue;
      seen.add(word);
      const found = { from, to: at + length, words: seen.size, apart: at - from };
      if (best === undefined || found.words > best.words) best = found;
      else if (found.words === best.words && found.apart < best.apart) best = found;
    }
  }
  return best;
}

/**
 * With the sentence of the span, else a little before the span; and with the sentences before it for which there is
 * room at the end of the text.
 */
function beginning(text: string, { from, to }: Span, length: number): number {
  const least = Math.max(0, Math.floor(from - length * BEFORE), to - length);
  const little = Math.max(least, Math.floor(from - length * A_LITTLE));
  return withRoomFilled(
    text,
    sentencesBetween(text, least, from).at(-1) ?? atSpace(text, little, from),
    length,
  );
}

/** Earlier where the end of the text would leave much room: with a sentence, or else in the midst of a long one. */
function withRoomFilled(text: string, from: number, length: number): number {
  const full = text.length - length;
  const most = full + length * EMPTY;
  return from <= most ? from : (sentencesBetween(text, full, most)[0] ?? atSpace(text, full, from));
}

/** Where sentences begin from one place on to another one. */
function sentencesBetween(text: string, from: number, to: number): number[] {
  // What ends the sentence before is looked for as well.
  const before = Math.max(0, from - CLOSING);
  const starts = [...text.slice(before, to + 1).matchAll(SENTENCE)].map(({ index }) => before + index);
  return [0, ...starts].filter((each) => each >= from && each <= to);
}

/** From a place on at a space that is before another place, or right there in text that has none for a while. */
function atSpace(text: string, at: number, before: number): number {
  const space = text.indexOf(" ", at);
  return at === 0 || space < 0 || space >= before ? at : space + 1;
}

/** Drops half of a surrogate pair at either end. */
function wholeCharacters(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
}
