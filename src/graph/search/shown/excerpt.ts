/** The part of a chunk that is worth showing for a query. */
import { areForms, monthsIn, otherFormsOf, tellingWords } from "../language/index.ts";
import { isUnspaced, wordsIn } from "../terms/index.ts";
import { wordsOf } from "../words/index.ts";
import { withoutHidden } from "./hidden.ts";
import { itemsApart } from "./items-apart.ts";
import { type Hit, windowAround } from "./window.ts";

/**
 * What a result shows of a chunk: at most `length` characters of what is text in it. Made once, by the search.
 *
 * @param above what is shown with it, as its title
 */
export function excerpt(text: string, query: string, length: number, above = ""): string {
  const shown = onOneLine(itemsApart(withoutFurniture(text, query)));
  // Of a chunk of nothing but comments or layout that is all there is to show.
  return windowOf(shown === "" ? onOneLine(text) : shown, query, length, above);
}

export function onOneLine(text: string): string {
  // Single spaces, which are the most, stay as they are: to replace each by itself takes longer than all else.
  return text.replace(/[^\S ]\s*| \s+/g, " ").trim();
}

/** Whether an excerpt is only a part of its chunk. */
export function isCut(shown: string): boolean {
  return shown.startsWith("… ") || shown.endsWith(" …");
}

/** Whether an excerpt has half of the words that were to choose it. @param above as of `excerpt` */
export function isChosenByWords(shown: string, query: string, above: string): boolean {
  const words = tellingBeside(query, above);
  return 2 * words.filter((word) => wordsShown(shown, query).includes(word)).length >= words.length;
}

/**
 * The words of a query that what stands above a text does not have, or all where it has all: who asks for copper in
 * tuna wants the line of copper, and not any that names the fish which the whole note is about.
 */
function tellingBeside(query: string, above: string): readonly string[] {
  const known = new Set(wordsShown(above, query));
  const beside = tellingOf(query).filter((word) => !known.has(word));
  return beside.length > 0 ? beside : tellingOf(query);
}

/** Whether a text has all of the words that a query is told by. */
export function showsAll(text: string, query: string): boolean {
  const folded = text.toLowerCase();
  const words = tellingOf(query);
  return (
    words.every((word) => folded.includes(beginningOf(word))) && shownIn(folded, words).size === words.length
  );
}

/** The words of a query that a text shows, without those that tell nothing. */
export function wordsShown(text: string, query: string): string[] {
  return [...shownIn(text.toLowerCase(), tellingOf(query))];
}

/** Those of the words that a text, in lower case, shows. */
function shownIn(folded: string, words: readonly string[]): ReadonlySet<string> {
  return new Set(hitsIn(folded, words).map(({ word }) => words[word]!));
}

/** Of one search, which shows many chunks for the same query. */
let told: { readonly query: string; readonly words: readonly string[] } | undefined;

function tellingOf(query: string): readonly string[] {
  if (told?.query !== query)
    told = { query, words: tellingWords(soughtWords(query), (word) => word, undefined, monthsIn(query)) };
  return told.words;
}

/**
 * At most `length` characters of `folded` where the most words of the query stand closest together (by common
 * beginning, since the index stems), else of its beginning. A terminal that an excerpt does not fit shows a window of
 * it: what looks like markup in an excerpt is text, and stays.
 *
 * @param folded text on one line
 * @param above as of `excerpt`
 */
export function windowOf(folded: string, query: string, length: number, above = ""): string {
  if (folded.length <= length) return folded;
  const lower = folded.toLowerCase();
  // Function words stand everywhere, and would choose the place.
  const beside = hitsIn(lower, tellingBeside(query, above));
  return windowAround(folded, beside.length > 0 ? beside : hitsIn(lower, tellingOf(query)), length);
}

/** Elements of HTML that lay text out. One without attributes may be what the text is about. */
const LAYOUT =
  /<\/?(?:a|span)\b[^<>]*>|<(?:h[1-6]|p|div|img|center|table|t[dr])\s[^<>]*>|<\/(?:h[1-6]|p|div|center)>|<br ?\/?>/gi;

/**
 * Statements of MDX, scripts, styles and tags of components that a chunk begins with; code in a fence is what the chunk
 * is about. An export whose line ends with what has to be closed goes on to the next blank line.
 */
const MDX_HEAD = new RegExp(
  String.raw`^(?:\s*(?:${[
    String.raw`import\s[^;\n]{0,300}?["'][^"'\n]{1,300}["'];?[ \t]*(?:\n|$)`,
    String.raw`import\s*(?:[\w$]+,\s*)?\{[^}]{0,2000}\}\s*from\s*["'][^"'\n]{1,300}["'];?`,
    String.raw`export\s+(?:const|let|default|(?:async\s+)?function)\s[^\n]*[[({=>][ \t]*\n(?:[ \t]*\S[^\n]*(?:\n|$))*`,
    String.raw`export\s+(?:const|let|default)\s[^\n]*(?:\n|$)`,
    String.raw`export\s*(?:\{[^}]{0,2000}\}|\*)\s*from\s*["'][^"'\n]{1,300}["'];?`,
    String.raw`<style\b[^<>]*>[\s\S]{0,20000}?<\/style>|<script\b[^<>]*>[\s\S]{0,20000}?<\/script>`,
    String.raw`\{(?:(?:frontmatter|props|meta|metadata|page)\.[\w.]{1,100}|children)\}[ \t]*(?:\n|$)`,
    String.raw`<\/?>`,
    String.raw`<p>(?=\s*<[A-Z])`,
    String.raw`<\/?[A-Z][a-z][\w.]*(?:\s[^<>]{0,1000})?\/?>`,
  ].join("|")}))+`,
);

/** The text as readers see it; all of it where what they do not see is all that has a word of the query. */
function visibleFor(text: string, query: string): string {
  const visible = withoutHidden(text, (words) => wordsShown(words, query).length > 0);
  const isFoundByHidden =
    visible !== text && wordsShown(visible, query).length === 0 && wordsShown(text, query).length > 0;
  return isFoundByHidden ? text : visible;
}

/**
 * Leaves out the fences of front matter, layout, what readers do not see and the headings the chunk begins with, which
 * are shown as its heading path anyway.
 */
export function withoutFurniture(text: string, query: string): string {
  const visible = visibleFor(text, query).replace(LAYOUT, "");
  const open = visible.replace(/^(?:---|\+\+\+)[ \t]*\n([\s\S]*?)(?:\n(?:---|\+\+\+|\.\.\.)[ \t]*)?$/, "$1");
  const body = withoutHead(open.trimStart());
  return body.trim() === "" ? visible.replace(/^#{1,6}[ \t]+/gm, "") : body;
}

/** A tag of HTML or of a component; what is in its attributes is shown to nobody. */
const TAG = /<\/?[A-Za-z][\w.:-]*(?:\s(?:[^<>"'{}]|"[^"]*"|'[^']*'|\{[^{}]*\})*)?\/?>/g;

/** Whether a text is tags of components and nothing else: `<p><Since v="2.1.0" />`, perhaps below a heading. */
export function isOnlyTags(text: string): boolean {
  if (!/<[A-Z]/.test(text)) return false;
  const rest = text.replace(/<!--[\s\S]*?-->/g, " ").replace(/^#{1,6}[ \t].*$/gm, "");
  return rest.replace(TAG, "").trim() === "";
}

/** Without the headings and the markup that it begins with, in whatever order. */
function withoutHead(text: string): string {
  const rest = text.replace(/^(?:#{1,6}[ \t].*(?:\n\s*|$))+/, "").replace(MDX_HEAD, "");
  return rest.length === text.length ? text : withoutHead(rest.trimStart());
}

/** Of a pasted page, the first words are enough to find the place. */
const MAX_SOUGHT = 100;

/** The words that a result should show: those of the query, and of a clause without spaces also the words in it. */
export function soughtWords(query: string): string[] {
  const words = wordsOf(query);
  return [...new Set([...words, ...words.filter(isUnspaced).flatMap(wordsIn)])].slice(0, MAX_SOUGHT);
}

/**
 * Where a run of letters, in lower case, shows one of the words: as a whole a form of it or, where scripts put no
 * spaces, in its midst.
 */
export function placesIn(run: string, words: readonly string[]): Hit[] {
  if (!isUnspaced(run)) {
    const whole = words.findIndex((word) => sharesStem(run, word));
    return whole < 0 ? [] : [{ at: 0, length: run.length, word: whole }];
  }
  const places: Hit[] = [];
  for (let at = 0; at < run.length; ) {
    const here = words.findIndex((word) => isUnspaced(word) && run.startsWith(word, at));
    const length = words[here]?.length ?? 0;
    if (length > 0) places.push({ at, length, word: here });
    at += Math.max(1, length);
  }
  return places;
}

const LETTER = /[\p{L}\p{N}\p{M}]/u;

/** Letters and digits of ASCII, by their codes: most text is of them, and a property of letters takes long to ask. */
const IS_PLAIN = Array.from({ length: 128 }, (_, code) => /[A-Za-z0-9]/.test(String.fromCharCode(code)));

/**
 * Where a text, in lower case, shows the words. Goes through it once by codes: a regular expression, which makes
 * something of every run, took a tenth of a whole search.
 */
function hitsIn(text: string, words: readonly string[]): Hit[] {
  const firsts = new Set(words.map((word) => word.charCodeAt(0)));
  const hits: Hit[] = [];
  for (let at = 0; at < text.length; ) {
    const begin = at;
    const first = text.charCodeAt(at);
    let isPlain = true;
    for (; at < text.length; ) {
      const code = text.charCodeAt(at);
      if (code < 128) {
        if (!IS_PLAIN[code]) break;
        at++;
        continue;
      }
      const character = String.fromCodePoint(text.codePointAt(at)!);
      if (!LETTER.test(character)) break;
      isPlain = false;
      at += character.length;
    }
    if (at === begin) at++;
    // Words that only their beginning could tell apart are not looked at further.
    else if (!isPlain || firsts.has(first))
      for (const place of placesIn(text.slice(begin, at), words))
        hits.push({ ...place, at: begin + place.at });
  }
  return hits;
}

/** A word with a digit has no endings: `J400020` is another order than `J400021`. */
const HAS_DIGIT = /\p{N}/u;

/** A hash that is known by its beginning. */
const BEGINNING_OF_HASH = /^(?=.*\d)[0-9a-f]{7,}$/;

/** Letters that forms of a word have in common at least, where no list says otherwise. */
const LEAST_STEM = 4;
/** Letters that one form may have more than the other. */
const LONGEST_ENDING = 4;
/** Letters at the end of the shorter form that may be others in the longer one. */
const UNSTEMMED = 2;

/**
 * Whether a word of a text is likely a form of one that was asked for: equal, or alike but for a short ending; of a
 * hash also where it only begins so.
 */
function sharesStem(run: string, asked: string): boolean {
  // Nearly all differ here already.
  if (run.charCodeAt(0) !== asked.charCodeAt(0)) return false;
  if (run === asked) return true;
  if (HAS_DIGIT.test(asked)) return BEGINNING_OF_HASH.test(asked) && run.startsWith(asked);
  if (areForms(run, asked)) return true;
  const shorter = Math.min(run.length, asked.length);
  if (shorter < LEAST_STEM || Math.abs(run.length - asked.length) > LONGEST_ENDING) return false;
  const stem = Math.max(LEAST_STEM, shorter - UNSTEMMED);
  return run.slice(0, stem) === asked.slice(0, stem);
}

/** What all forms of a word begin with, which is quickly looked for. */
function beginningOf(word: string): string {
  if (otherFormsOf(word).length > 0) return word.slice(0, 1);
  return word.slice(0, Math.max(LEAST_STEM, word.length - LONGEST_ENDING - UNSTEMMED));
}
