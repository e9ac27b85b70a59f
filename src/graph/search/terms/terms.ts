/**
 * What a chunk has that the tokenizer of the full-text index cannot see, as text that it can: written into a column
 * of its own beside the chunk, so that the index can be made again from the tables and compared with them.
 *
 * - names that are written together, as a whole, and the parts of those that only their case takes apart;
 * - pairs of letters of scripts without spaces;
 * - words in the form in which they are compared, where they are spelled in another way, and the other spelling;
 * - numbers that are written in groups, without what stands between, and telephone numbers as they are dialled;
 * - aliases and tags of the document, which no column of the index has;
 * - quantities and what else is written together with marks: `24°C`, `f(x)`;
 * - emoji and other signs, and operators of programming languages;
 * - stems, of languages other than English, which the index stems itself.
 *
 * In English text it is a few words for each chunk.
 */
import { keepFromLastCompiler } from "../../../system/index.ts";
import {
  asExactToken,
  asToken,
  compose,
  fold,
  isAscii,
  languageOf,
  SYMBOLS,
  signsOfLetters,
  stemOf,
  stemToken,
  symbolToken,
  symbolTokens,
} from "../language/index.ts";
import { isUnspaced, pairsOf, runsIn, spacedPartsOf } from "./cjk.ts";
import { bareAddress, bareVersion, type Name, namesWithin, wholeNamesIn } from "./compounds.ts";
import { type Glued, gluedInPieces, gluedWithSpaces } from "./glued.ts";
import { matchesOf } from "./matches.ts";
import { groupedNumbers, telephoneNumbers } from "./numbers.ts";
import { operatorsIn } from "./operators.ts";
import { spellingsOf } from "./spellings.ts";

export interface TermSource {
  /** Path and title of the document. */
  readonly names: readonly string[];
  readonly heading: readonly string[];
  readonly text: string;
  /** Aliases and tags, which no column of the index has. */
  readonly beside?: readonly string[] | undefined;
  /** The language that the document says it is in, such as `de` or `pt-BR`. */
  readonly language?: string | undefined;
}

/** The column of terms for one chunk; the same for the same source. */
export function termsOf({ names, beside = [], heading, text, language }: TermSource): string {
  const terms = new Set<string>();
  const runs: string[] = [];
  for (const name of beside) runs.push((fold(name).match(WORDS) ?? []).map(asToken).join(" "));
  const stemmed = languageOf(text, language);
  for (const source of [...names, ...beside, ...heading, text]) {
    for (const { digits } of groupedNumbers(source)) terms.add(digits);
    for (const { international, national } of telephoneNumbers(source)) {
      for (const digits of [international, ...national]) terms.add(digits);
    }
    addGlued(gluedWithSpaces(compose(source)), terms);
    for (const piece of source.split(SPACE)) {
      if (stemmed === undefined && PLAIN.test(piece)) continue;
      const found = termsOfPiece(piece, stemmed);
      for (const term of found.terms) terms.add(term);
      if (found.runs !== "") runs.push(found.runs);
    }
  }
  return [...terms, ...runs].join(" ");
}

const SPACE = /\s+/;

/** An English word as most are: the tokenizer sees all of it, so that it needs no terms. `[x]` is none. */
const PLAIN = /^(?![([][A-Za-z]{1,3}[)\]])[("'*`[]*[A-Za-z]?[a-z]*[)"'*`\].,;:!?]*$/;

/** What stands between two spaces, and the terms of it. */
interface PieceTerms {
  readonly terms: readonly string[];
  /** Pairs of letters, in order. */
  readonly runs: string;
}

const NO_TERMS: PieceTerms = { terms: [], runs: "" };
const known = new Map<string, PieceTerms>();
const MAX_KNOWN = 50_000;
const MAX_KNOWN_LENGTH = 40;

/** The same pieces come again and again. */
function termsOfPiece(piece: string, language: string | undefined): PieceTerms {
  if (piece.length > MAX_KNOWN_LENGTH) return findTerms(piece, language);
  const key = language === undefined ? piece : `${language} ${piece}`;
  let found = known.get(key);
  if (found === undefined) {
    found = findTerms(piece, language);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, found);
  }
  return found;
}

function findTerms(piece: string, language: string | undefined): PieceTerms {
  const terms = new Set<string>();
  const composed = compose(piece);
  collectNames(composed, terms);
  addGlued(gluedInPieces(composed), terms);
  for (const operator of operatorsIn(composed)) terms.add(asExactToken(operator));
  if (isAscii(piece) && language === undefined)
    return terms.size === 0 ? NO_TERMS : { terms: [...terms], runs: "" };
  collectWords(piece, language, terms);
  for (const [symbol] of matchesOf(SYMBOLS, composed)) {
    for (const token of symbolTokens(symbol)) terms.add(token);
  }
  for (const sign of signsOfLetters(piece)) terms.add(symbolToken(sign));
  const runs = runsIn(fold(piece)).map((run) => pairsOf(run).join(" "));
  return { terms: [...terms], runs: runs.join(" ") };
}

function addGlued(glued: readonly Glued[], terms: Set<string>): void {
  for (const { text, tokens } of glued) {
    for (const token of tokens) if (token !== text.toLowerCase()) terms.add(token);
  }
}

function collectNames(text: string, terms: Set<string>): void {
  const glued = /['’]/.test(text) ? matchesOf(GLUED_NAMES, text) : [];
  for (const [name] of glued) terms.add(asToken(fold(name.replace(/['’]/g, ""))));
  for (const name of wholeNamesIn(text)) {
    for (const token of tokensOfName(name)) terms.add(token);
    // One entry, so that the parts stay in order.
    if (name.isCamel) terms.add(name.parts.map((part) => asToken(fold(part))).join(" "));
  }
}

/** Names such as `O'Brien`, which somebody else writes `OBrien`. */
const GLUED_NAMES = /(?<![\p{L}\p{N}])\p{Lu}\p{Ll}?['’]\p{Lu}\p{Ll}+/gu;

/** The tokens by which a name is found as a whole, and not by its words. */
function tokensOfName(name: Name): string[] {
  const { whole, core, isCamel, parts } = name;
  const tokens = whole === core ? [] : [asExactToken(whole)];
  if (isCamel || parts.length > 1) tokens.push(asExactToken(core));
  const version = bareVersion(core);
  if (version !== undefined) tokens.push(asExactToken(version));
  const address = bareAddress(core);
  if (address !== undefined) tokens.push(asExactToken(address));
  for (const within of namesWithin(core)) tokens.push(asExactToken(within));
  return tokens;
}

const WORDS = /[\p{L}\p{N}\p{M}\u00ad\u200c\u200d]+/gu;

/** Apostrophes that the tokenizer takes for letters: `Hawaii` would not find `Hawaiʻi`. */
const LETTER_APOSTROPHE = /[\u02bb\u02bc]/;

function collectWords(text: string, language: string | undefined, terms: Set<string>): void {
  for (const [word] of matchesOf(WORDS, text)) {
    const folded = fold(word);
    if (LETTER_APOSTROPHE.test(word)) {
      terms.add(folded.split("'").filter(Boolean).map(asToken).join(" "));
      terms.add(asToken(folded.replaceAll("'", "")));
      continue;
    }
    if (isUnspaced(folded)) {
      for (const part of spacedPartsOf(folded)) terms.add(asToken(part));
      continue;
    }
    // A joiner that is not seen ends a word for the tokenizer, as before the endings of Persian.
    for (const part of word.includes("\u200c") ? word.split("\u200c") : []) {
      if (fold(part) !== part.toLowerCase()) terms.add(asToken(fold(part)));
    }
    const token = asToken(folded);
    if (token !== word.toLowerCase()) terms.add(token);
    for (const spelling of spellingsOf(folded, language)) terms.add(asToken(spelling));
    if (language === undefined) continue;
    // A word that is its own stem is in the text already; to have it twice would favour the chunks of this language.
    const stem = stemOf(folded, language);
    if (stem !== folded) terms.add(stemToken(stem, language));
  }
}

keepFromLastCompiler(termsOf, findTerms, tokensOfName, collectNames, termsOfPiece, addGlued);
