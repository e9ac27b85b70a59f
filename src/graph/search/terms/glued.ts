/**
 * What is written together with marks that end a word for the full-text index, beside the names of compounds.ts:
 * quantities, `A→B`, `p<0.05`, `f(x)`, `<div>`, `{{date}}`, `:root`. The letters and digits of it stand in many a text,
 * so the whole is kept beside the text.
 */
import { keepFromLastCompiler } from "../../../system/index.ts";
import { asWholeToken, isAscii, SYMBOLS } from "../language/index.ts";
import { isUnspaced } from "./cjk.ts";
import { matchesOf } from "./matches.ts";
import { quantitiesIn } from "./quantities.ts";

export interface Glued {
  /** As it is written. */
  readonly text: string;
  readonly at: number;
  /** What stands for it in the index, the whole first. */
  readonly tokens: readonly string[];
}

/** What is longer is data, which nobody types. */
const MAX_LENGTH = 60;

/* With marks that ASCII has: what each kind may be told by, and what it is. */
const NAME = String.raw`[\p{L}\p{N}_][\p{L}\p{N}_.:$]*`;
const BARE = String.raw`(?<![\p{L}\p{N}\p{M}_])`;
const MARKED: Kinds = [
  [
    // f(x), :has(), a[i], Vec<T>
    /[)\]>]/,
    String.raw`${NAME}(?:\((?!(?:s|es|e|en|er|ed|ing)\))[^()\s]{1,24}\)|` +
      String.raw`\[[^[\]^\s][^[\]\s]{0,23}\](?![([])|<[\p{L}\p{N}_][^<>\s/]{0,24}>)+`,
  ],
  // <div>, </div>, <br/>
  [/>/, String.raw`<\/?\p{L}[\w.:-]*\/?>`],
  // {{date}}, ${HOME}, \frac{1}{2}
  [/\}/, String.raw`\{\{[\p{L}\p{N}_.-]{1,30}\}\}|[$#%]\{[^{}\s]{1,40}\}|\\\p{L}+(?:\{[^{}\s]{1,40}\})+`],
  [/&/, String.raw`&#?\w{1,12};`],
  // (c), [x], [^12]
  [
    /[)\]]/,
    String.raw`${BARE}(?<!\])(?:\([\p{L}\p{N}]{1,3}\)|\[[\p{L}\p{N}]{1,3}\](?![([:]))|\[\^[\p{L}\p{N}]{1,3}\](?!:)`,
  ],
  // :root, !important, :smile:
  [/[:!]/, String.raw`(?<![\p{L}\p{N}:!)\]}/])[:!]\p{L}[\w-]*(?:\(\)|:(?!:))?`],
  // $_, $@
  [/\$/, String.raw`(?<![\p{L}\p{N}$])\$[_?!@#*&](?![\p{L}\p{N}{$])`],
  // src/**/*.ts
  [/\*/, String.raw`(?<![\w.@~*/-])(?=[^\s]{0,60}\w)[\w.@~-]{0,40}(?:/?\*{1,2}/|/\*{1,2})[\w.*/{},-]*[\w}*]`],
  // x^2
  [/\^/, String.raw`${BARE}[\p{L}\p{N}_.]+\^[-+]?[\p{L}\p{N}]+`],
];
const MAY_BE_MARKED = /[)\]>}&:!^$*]/;

type Kinds = readonly (readonly [sign: RegExp, kind: string])[];

/** Finds the kinds that a text may have, and no others: each of them is sought behind every letter. */
function finderOf(kinds: Kinds, flags: string): (text: string) => readonly RegExpExecArray[] {
  const known: (RegExp | undefined)[] = [];
  return (text) => {
    let which = 0;
    for (let place = 0; place < kinds.length; place++) if (kinds[place]![0].test(text)) which |= 1 << place;
    if (which === 0) return [];
    known[which] ??= new RegExp(
      kinds.flatMap(([, kind], place) => ((which >> place) & 1 ? kind : [])).join("|"),
      flags,
    );
    return matchesOf(known[which]!, text);
  };
}

const markedIn = finderOf(MARKED, "giu");

/** With other signs: letters, digits and signs, and marks between them. */
const SIGN = String.raw`(?![\x00-\x7f\u00a8\u00b4\u00b8\u2500-\u259f])[\p{Sm}\p{Sc}\p{So}§¶‰′″]`;
const PIECE = String.raw`(?:[\p{L}\p{N}\p{M}]|${SIGN})+`;
const SIGNED = new RegExp(`${PIECE}(?:[-.,:/^+=<>%]{1,2}${PIECE})*`, "gu");
const HAS_SIGN = new RegExp(SIGN, "u");

/** What may have spaces in it: `p < 0.05`, `n=30`, `[[My note]]`, `[ ]`, `0 5 * * 1`. */
const SPACED: Kinds = [
  [
    /[<>=] ?[-+]?\p{N}/u,
    String.raw`${BARE}\p{L}{1,3} ?(?:[<>]=?|[!=]?=) ?[-+]?\p{N}+(?:\.\p{N}+)*(?![\p{L}\p{N}])`,
  ],
  [/\[\[/, String.raw`\[\[[^[\]\n]{1,56}\]\]`],
  // An open task, and when something is done again and again.
  [/\[ \]/, String.raw`(?<=^|[\s>])\[ \](?=\s|$)`],
  [
    /[\d*/,-] [*\d]/,
    String.raw`(?<!\S)(?=[\d/,\- *]{0,${MAX_LENGTH}}\*)(?:[*\d][\d*/,-]* ){4}[*\d][\d*/,-]*(?=[\s.,;)]|$)`,
  ],
];
const spacedIn = finderOf(SPACED, "gu");
const MAY_BE_SPACED = /[<>=]|\[[[ ]|[\d*] \* /;

/** All that a text has written together with marks. @param text composed */
export function gluedIn(text: string): Glued[] {
  return [...gluedWithSpaces(text), ...gluedInPieces(text)];
}

/** The kinds that may have spaces in them. @param text composed */
export function gluedWithSpaces(text: string): Glued[] {
  const found: Glued[] = [];
  if (isAscii(text) ? /[0-9]/.test(text) : /\p{N}/u.test(text)) {
    for (const { text: written, at, spellings } of quantitiesIn(text))
      found.push(...gluedAs(written, at, spellings));
  }
  if (!MAY_BE_SPACED.test(text)) return found;
  for (const { 0: written, index } of spacedIn(text)) {
    found.push(...gluedAs(written, index, [written.replace(/^(\p{L}{1,3}) ?([<>=!]+) ?/u, "$1$2")]));
  }
  return found;
}

/** The kinds without spaces. @param text composed */
export function gluedInPieces(text: string): Glued[] {
  const found: Glued[] = [];
  if (MAY_BE_MARKED.test(text)) {
    for (const { 0: written, index } of markedIn(text)) found.push(...gluedAs(written, index, [written]));
  }
  if (isAscii(text)) return found;
  for (const { 0: written, index } of matchesOf(SIGNED, text)) {
    if (!HAS_SIGN.test(written) || isUnspaced(written) || isOneSymbol(written)) continue;
    found.push(...gluedAs(written, index, [written]));
  }
  return found;
}

function gluedAs(text: string, at: number, spellings: readonly string[]): Glued[] {
  return text.length > MAX_LENGTH ? [] : [{ text, at, tokens: spellings.map(asWholeToken) }];
}

function isOneSymbol(written: string): boolean {
  return (written.match(SYMBOLS)?.[0] ?? "").length === written.length;
}

keepFromLastCompiler(gluedWithSpaces, gluedInPieces, markedIn, spacedIn);
