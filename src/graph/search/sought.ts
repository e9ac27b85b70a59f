/**
 * The expressions of FTS5 by which each thing that a query asks for is found: a word, a name written together, a
 * phrase, a symbol, a word of a script without spaces.
 */

import { isUnspaced, pairsSought, perhapsOneWord, runsIn, spacedPartsOf, wordsIn } from "./cjk.ts";
import { bareAddress, bareVersion, isIdentifier, isName, type Name, namesIn } from "./compounds.ts";
import { asExactToken, asToken, compose, fold, SYMBOLS, symbolToken, symbolTokens } from "./fold.ts";
import { tellingWords } from "./function-words.ts";
import { type Glued, gluedIn } from "./glued.ts";
import { stemOf, stemToken } from "./languages.ts";
import { groupedNumbers, inThousands, longNumbersIn } from "./numbers.ts";
import { operatorsIn } from "./operators.ts";
import { compoundForms, longerForms, spellingsOf, withOtherNoughts } from "./spellings.ts";

/** One thing that is looked for. */
export interface Sought {
  /** As it is written. */
  readonly text: string;
  /**
   * Expressions of FTS5 that find exactly it, the most exact first, by steps. Where one of a step does, what the others
   * find is only like it.
   */
  readonly whole: readonly (readonly string[])[];
  /** Expressions that find it, each. */
  readonly forms: readonly string[];
  /** Looked for only where no form of it is found. */
  readonly instead: readonly string[];
  /** Its words, looked for where nothing has it in any form; who has them has only parts of it. */
  readonly apart?: readonly string[];
  /** Written together or quoted: who writes that means it to the letter. */
  readonly isExact: boolean;
  /** Of a phrase in quotes, its words as they are written, folded: the index knows them by their stems only. */
  readonly literal: string | undefined;
  /** Its parts, which say a little as well. */
  readonly parts: readonly string[];
  /** Nobody asked for it as a whole, and its words are looked for as well. */
  readonly isBeside?: true;
  /** A day means one thing with spaces in it as well. */
  readonly isDay?: true;
  /** Its letters, which are looked for as well and tell nothing more where it is found. */
  readonly madeOf?: readonly string[];
}

/**
 * What is written together with marks, such as `24°C`: looked for as a whole, else as its parts one after the other.
 * Each part found alone says a little as well.
 */
export function gluedSought(
  { text, tokens }: Glued,
  names: readonly Name[],
  languages: readonly string[],
): Sought {
  const inOrder = names.flatMap(({ core }) => core.match(WORDS) ?? []).map((word) => asToken(fold(word)));
  const symbols = [...text.matchAll(SYMBOLS)].map(([symbol]) => inTerms(symbolToken(symbol)));
  const numbers = groupedNumbers(text).map(({ digits }) => asPhrase([digits]));
  const parts = names.flatMap((name) => {
    const { whole, forms } = soughtName(name, languages);
    return [...whole.flat(), ...forms];
  });
  return {
    text,
    whole: tokens.map((token) => [isLetters(token) ? asPhrase([token]) : inTerms(token)]),
    forms: inOrder.length > 0 ? [asPhrase(inOrder)] : symbols,
    instead: [],
    isExact: true,
    literal: undefined,
    parts: [...new Set([...parts, ...numbers, ...symbols])],
  };
}

/** Whether the full-text index has the token from the text itself, and not from the column of terms. */
function isLetters(token: string): boolean {
  return /^[\p{L}\p{N}]+$/u.test(token);
}

export function symbolSought(symbol: string): Sought {
  return {
    text: symbol,
    whole: [[inTerms(symbolToken(symbol))]],
    forms: [],
    // Of another colour of skin.
    instead: symbolTokens(symbol).slice(1).map(inTerms),
    isExact: true,
    literal: undefined,
    parts: [],
  };
}

/** A word and nothing else. */
export function wordSought(word: string): Sought {
  const forms = [asPhrase([asToken(fold(word))])];
  return { text: word, whole: [], forms, instead: [], isExact: false, literal: undefined, parts: [] };
}

/** A phrase: its words, one after the other. */
export function quoted(phrase: string, languages: readonly string[] = []): Sought {
  const composed = compose(phrase).trim();
  const glued = gluedIn(composed).find(({ text }) => text === composed);
  if (glued !== undefined) return gluedSought(glued, [...namesIn(composed)], languages);
  const names = [...namesIn(composed)];
  const [only] = names;
  const symbols = names.length === 0 ? [...composed.matchAll(SYMBOLS)] : [];
  const forms = symbols.map(([symbol]) => inTerms(symbolToken(symbol)));
  if (names.length === 0) forms.push(...operatorsIn(composed).map((each) => inTerms(asExactToken(each))));
  if (only !== undefined && names.length === 1 && isUnspaced(only.core))
    forms.push(...unspacedForms(fold(only.core)));
  else if (only !== undefined && names.length === 1)
    return { ...soughtName(only, languages), text: phrase, literal: literalOf(phrase), parts: [] };
  else if (names.length > 0) {
    forms.push(
      asPhrase(names.flatMap(({ core }) => core.match(WORDS) ?? []).map((word) => word.toLowerCase())),
    );
    const folded = names.flatMap(({ core }) => core.match(WORDS) ?? []).map((word) => asToken(fold(word)));
    forms.push(asPhrase(folded));
  }
  return {
    text: phrase,
    whole: [],
    forms: [...new Set(forms)],
    instead: [],
    isExact: true,
    // A run without spaces stands among others: by its letters it is found as it is written.
    literal: only !== undefined && names.length === 1 ? undefined : literalOf(phrase),
    parts: [],
    ...(names.length > LONG_PHRASE ? { apart: wordsOfPhrase(names) } : {}),
  };
}

/** A phrase beside other words, which may only be in quotes because it is a term, or somebody's way of saying it. */
export function quotedInProse(phrase: string): Sought {
  const sought = quoted(phrase);
  const names = [...namesIn(compose(phrase))];
  return names.length > 1 ? { ...sought, apart: wordsOfPhrase(names) } : sought;
}

/** A phrase of more words is a title or a quotation, which others may spell a little differently. */
const LONG_PHRASE = 6;

function wordsOfPhrase(names: readonly Name[]): string[] {
  const words = names.flatMap(({ core }) => core.match(WORDS) ?? []).map((word) => fold(word));
  return tellingWords([...new Set(words)], (word) => word, undefined).map((word) =>
    asPhrase([asToken(word)]),
  );
}

const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/** A name is taken apart into so many runs of letters and of digits at most, as `F16` is; one with more is a hash. */
const MOST_PARTS = 4;

/** Digits alone begin a hash where there are so many; fewer are a number, such as the postcode of a town. */
const SURE_HASH = 7;

export function soughtInName(name: Name, languages: readonly string[]): Sought[] {
  const owner = ofOwner(name);
  if (owner !== undefined) return soughtInName(owner, languages);
  const { core } = name;
  if (isUnspaced(core)) return soughtInRuns(core);
  const isExact = isName(name) ? isIdentifier(name) : /\p{N}/u.test(core) && /\p{L}/u.test(core);
  // A letter of an abbreviation, or before an apostrophe, is no word.
  const said = isExact ? name.parts : name.parts.filter((part) => part.length > 1);
  const parts = name.parts.length > 1 ? said.map((part) => asPhrase([part.toLowerCase()])) : [];
  const hash = beginningOfHash(core);
  const isWord = /^\p{L}+$/u.test(core);
  const isMixed = /^(?=.*\p{L})[\p{L}\p{N}]+$/u.test(core);
  const alike =
    hash !== undefined
      ? [`${asPhrase([hash])} *`]
      : isWord
        ? [...withHyphen(core), ...compoundForms(fold(core))]
        : isMixed
          ? [...longerForms(fold(core)), ...takenApart(core), ...numberedOtherwise(core)]
          : [...inOneWord(core), ...numberedOtherwise(core)];
  // Letters and such a number stand in two columns where it is written in groups: no phrase has both.
  const instead = [...alike, ...longNumbersIn(core).map((number) => asPhrase([number]))];
  return [
    { ...soughtName(name, languages), instead, isExact, parts: [...parts, ...ownStems(core, languages)] },
  ];
}

/** Also after the name of its algorithm: `sha256:6f88b1acd82a`. */
function beginningOfHash(core: string): string | undefined {
  const hash = core.toLowerCase().replace(/^[a-z]+\d+[:-](?=[0-9a-f]{7,}$)/, "");
  if (!/^[0-9a-f]{5,64}$/.test(hash) || !/\d/.test(hash)) return undefined;
  return hash.length >= SURE_HASH || /[a-f]/.test(hash) ? hash : undefined;
}

/** Whoever asks for `student's` is shown what says `student`: the name without its ending, where it has one. */
function ofOwner({ whole, core, at }: Name): Name | undefined {
  const owner = whole === core ? /^(\p{L}+)'s$/iu.exec(core)?.[1] : undefined;
  if (owner === undefined) return undefined;
  return { whole: owner, core: owner, at, parts: [owner], isCamel: false };
}

/** Finds `F-16` for `F16`: the letters and digits of a name as a phrase of their own. */
function takenApart(core: string): string[] {
  const parts = fold(core).match(/\p{N}+|\P{N}+/gu) ?? [];
  return parts.length > 1 && parts.length <= MOST_PARTS ? [asPhrase(parts.map(asToken))] : [];
}

/** Finds `e-mail` for `email`: a word with a hyphen anywhere in it, which the index keeps as a whole. */
function withHyphen(core: string): string[] {
  const letters = [...core];
  if (letters.length > LONGEST_WITH_HYPHEN) return [];
  return letters
    .slice(1)
    .map((_, at) => `${letters.slice(0, at + 1).join("")}-${letters.slice(at + 1).join("")}`)
    .map((word) => inTerms(asExactToken(word)));
}

const LONGEST_WITH_HYPHEN = 24;

/** Finds `ADR-0007` for `ADR-7` and for `adr7`. */
export function numberedOtherwise(core: string): string[] {
  const parts = fold(core).match(/\p{N}+|\p{L}+/gu) ?? [];
  if (parts.length > MOST_PARTS) return [];
  return withOtherNoughts(parts).map((each) => asPhrase(each.map(asToken)));
}

/** Finds `email` for `e-mail`: a name with hyphens, without them. */
function inOneWord(core: string): string[] {
  return /^[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)+$/u.test(core)
    ? [asPhrase([asToken(fold(core.replaceAll("-", "")))])]
    : [];
}

/** The words of a text, folded, with one space between them and at both ends. */
export function literalOf(text: string): string {
  return ` ${(fold(text).match(WORDS) ?? []).join(" ")} `;
}

/**
 * The stems of a word that are words themselves: other forms have a token of their own in the index, such a word has
 * not.
 */
export function ownStems(core: string, languages: readonly string[]): string[] {
  if (!/^\p{L}+$/u.test(core)) return [];
  const word = fold(core);
  const stems = languages.map((language) => stemOf(word, language)).filter((stem) => stem !== word);
  return [...new Set(stems)].map((stem) => asPhrase([asToken(stem)]));
}

/** A number that others write in groups, `1140.50`: by the index these are words, whatever stands between them. */
const DECIMAL = /^(\d{4,9})\.(\d{1,9})$/;

/** The ways in which a name is found. */
function soughtName(name: Name, languages: readonly string[]): Omit<Sought, "parts"> {
  const { whole, core, isCamel, parts } = name;
  const exact: string[] = [];
  const forms: string[] = [];
  // With the marks around it, where somebody writes them; `#my-tag` is not `my-tag`.
  const marked = whole === core ? [] : [[inTerms(asExactToken(whole))]];
  const [, thousands = "", decimals = ""] = DECIMAL.exec(core) ?? [];
  const grouped = decimals === "" ? [] : [asPhrase([...inThousands(thousands), decimals])];
  const sought = {
    text: name.whole,
    // Where nobody writes the number so, it is the same in groups.
    whole: [...marked, exact, grouped],
    forms,
    instead: [],
    literal: undefined,
    isExact: isIdentifier(name),
  };
  const isLetterWithMarks = whole !== core && [...core].length === 1;
  if (isLetterWithMarks) return sought;
  if (isCamel || (parts.length > 1 && isName(name))) exact.push(inTerms(asExactToken(core)));
  const words = core.match(WORDS) ?? [];
  const version = bareVersion(core);
  if (version !== undefined) {
    exact.push(inTerms(asExactToken(version)));
    forms.push(asPhrase(version.match(WORDS) ?? []));
  }
  const address = bareAddress(core);
  if (address !== undefined) exact.push(inTerms(asExactToken(address)));
  forms.push(asPhrase(words.map((word) => word.toLowerCase())));
  forms.push(...grouped);
  const folded = words.map((word) => asToken(fold(word)));
  forms.push(asPhrase(folded));
  if (isCamel) forms.push(asPhrase(parts.map((part) => asToken(fold(part)))));
  if (words.length === 1 && !isCamel && /^[\p{L}\p{M}]+$/u.test(core)) {
    for (const spelling of spellingsOf(fold(core))) forms.push(asPhrase([asToken(spelling)]));
    for (const language of languages) {
      const stem = stemOf(fold(core), language);
      forms.push(inTerms(stemToken(stem, language)));
    }
  }
  return { ...sought, forms: [...new Set(forms)] };
}

/** Words of one run without spaces that are looked for at most. */
const MAX_RUN_WORDS = 48;

/** A run without spaces: as a whole, and the words in it. */
function soughtInRuns(core: string): Sought[] {
  const folded = fold(core);
  const beside = spacedPartsOf(folded).map((part) => {
    const forms = [asPhrase([asToken(part)])];
    return { text: part, whole: [], forms, instead: [], isExact: false, literal: undefined, parts: [] };
  });
  const inside = runsIn(folded).flatMap((run) => {
    const words = [...new Set(wordsIn(run))];
    const all = words.length === 1 && words[0] !== run ? [...words, run] : words;
    return all.slice(0, MAX_RUN_WORDS).map((word): Sought => {
      const pairs = pairsSought(word).tokens.map(inTerms);
      return {
        text: word,
        whole: [],
        forms: unspacedForms(word),
        instead: pairs.length > 1 ? pairs : [],
        isExact: false,
        literal: undefined,
        parts: [],
      };
    });
  });
  const known = new Set(inside.map(({ text }) => text));
  const perhaps = runsIn(folded)
    .flatMap(perhapsOneWord)
    .filter(({ word }) => !known.has(word));
  const asOne = perhaps.slice(0, MAX_RUN_WORDS).map(({ word, letters }): Sought => {
    const shared = { whole: [], instead: [], literal: undefined, parts: [], isBeside: true } as const;
    const isExact = letters.length === 0;
    return { ...shared, text: word, forms: unspacedForms(word), isExact, madeOf: letters };
  });
  return [...beside, ...inside, ...asOne];
}

function unspacedForms(word: string): string[] {
  const { tokens, isBeginning } = pairsSought(word);
  if (tokens.length === 0) return [];
  return [`{terms} : ${asPhrase(tokens)}${isBeginning ? " *" : ""}`];
}

/** Tokens in this order, as FTS5 is told it. */
export function asPhrase(tokens: readonly string[]): string {
  return `"${tokens.join(" ")}"`;
}

export function inTerms(token: string): string {
  return `{terms} : ${asPhrase([token])}`;
}
