/**
 * What a query asks for: words, names written together, phrases in quotes, and words that must not be there.
 *
 * A query is never FTS syntax, so that no input can be an error, and pasted prose means what it says: of all marks
 * only quotes around something and a single `-` after a space and right before a letter or a quote have a meaning of
 * their own.
 */

import { isUnspaced, pairsSought, runsIn, spacedPartsOf, wordsIn } from "./cjk.ts";
import { bareAddress, bareVersion, isIdentifier, isName, type Name, namesIn } from "./compounds.ts";
import { asExactToken, asToken, compose, fold, SYMBOLS, symbolToken, symbolTokens } from "./fold.ts";
import { tellingWords } from "./function-words.ts";
import { stemOf, stemToken, tellLanguage } from "./languages.ts";
import { groupedNumbers, mayBeDecimal, telephoneNumbers } from "./numbers.ts";
import { operatorsAlone, operatorsIn } from "./operators.ts";
import { compoundForms, longerForms, spellingsOf } from "./spellings.ts";

/** One thing that is looked for. */
export interface Sought {
  /** As it is written. */
  readonly text: string;
  /** Expressions of FTS5 that find exactly it. Where one does, what the others find is only like it. */
  readonly whole: readonly string[];
  /** Expressions that find it, each. */
  readonly forms: readonly string[];
  /** Looked for only where no form of it is found. */
  readonly instead: readonly string[];
  /** Written together or quoted: who writes that means it to the letter. */
  readonly isExact: boolean;
  /** Of a phrase in quotes, its words as they are written, folded: the index knows them by their stems only. */
  readonly literal: string | undefined;
  /** Its parts, which say a little as well. */
  readonly parts: readonly string[];
}

export interface Query {
  readonly sought: readonly Sought[];
  /** What must not be there. */
  readonly excluded: readonly Sought[];
}

/** What is in quotes; a quote that is never closed is a mark like any other. */
const QUOTED = /(?<=^|[\s(])(?<minus>-?)(?:"([^"]+)"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»)/gu;
const EXCLUDED = /(?<=\s)-(?=\p{L})\S+/gu;
/** Words of a pasted page that are looked for, the rarest first; each is looked up once. */
const MAX_WORDS = 2_000;

/** @param languages whose stems the graph has */
export function parseQuery(text: string, languages: readonly string[]): Query {
  const cut = text.slice(0, MAX_LENGTH);
  const phrases: string[] = [];
  const excluded: string[] = [];
  const unquoted = cut.replace(QUOTED, (whole, ...groups) => {
    const named = groups.at(-1) as { minus: string };
    const offset = groups.at(-3) as number;
    const inside = groups.slice(1, 5).find((group) => typeof group === "string") as string;
    if (!/[\p{L}\p{N}\p{S}]/u.test(inside)) return whole;
    const excludes = named.minus === "-" && offset > 0;
    (excludes ? excluded : phrases).push(inside);
    return " ";
  });
  const positive = unquoted.replace(EXCLUDED, (word) => {
    excluded.push(word.slice(1));
    return " ";
  });
  const language = tellLanguage(cut, 2);
  const sought = [...phrases.map((phrase) => quoted(phrase)), ...wordsSought(positive, languages, language)];
  if (sought.length > 0) return { sought, excluded: excluded.map((each) => unwanted(each, languages)) };
  return { sought: wordsSought(cut, languages, language), excluded: [] };
}

/** Whether there is anything in a query that can be found: marks alone are near to nothing and to everything. */
export function asksForSomething(query: string): boolean {
  return parseQuery(query, []).sought.length > 0;
}

/** Characters of a query that are looked at. */
const MAX_LENGTH = 20_000;

function wordsSought(text: string, languages: readonly string[], language: string | undefined): Sought[] {
  const composed = compose(text);
  const names = [...namesIn(composed)].slice(0, MAX_WORDS);
  const found = names.flatMap((name): [string, Sought][] =>
    soughtInName(name, languages).map((sought) => [
      fold(sought.text),
      // The mark is no part of the name.
      asDialled(sought, composed.slice(Math.max(0, name.at - 1), name.at) + name.whole),
    ]),
  );
  const symbols = [...composed.matchAll(SYMBOLS)].map(([symbol]): [string, Sought] => [
    symbol,
    symbolSought(symbol),
  ]);
  const numbers = numberGroups(composed, names).map((group): [string, Sought] => [group, quoted(group)]);
  const grouped = groupedNumbers(composed)
    .filter(({ text: written }) => !mayBeDecimal(written))
    .map(({ text: written, digits }): [string, Sought] => [digits, asDialled(numberSought(written, digits))]);
  const operators = operatorsAlone(composed).map((operator): [string, Sought] => [
    operator,
    // Beside words it is likelier a mark than what is asked for.
    {
      ...symbolSought(operator),
      whole: [inTerms(asExactToken(operator))],
      instead: [],
      isExact: names.length === 0,
    },
  ]);
  const distinct = new Map([...operators, ...numbers, ...grouped, ...symbols, ...found]);
  return tellingWords([...distinct], ([word]) => word, language).map(([, sought]) => sought);
}

function symbolSought(symbol: string): Sought {
  return {
    text: symbol,
    whole: [inTerms(symbolToken(symbol))],
    forms: [],
    // Of another colour of skin.
    instead: symbolTokens(symbol).slice(1).map(inTerms),
    isExact: true,
    literal: undefined,
    parts: [],
  };
}

/** A number in groups, or without what stands between them. */
function numberSought(written: string, digits: string): Sought {
  const inGroups = quoted(written);
  const forms = [...new Set([...inGroups.whole, ...inGroups.forms, asPhrase([digits])])];
  return { ...inGroups, whole: [], forms, literal: undefined, isExact: true };
}

/** A telephone number with the code of a country is found without it, too. */
function asDialled(sought: Sought, written = sought.text): Sought {
  const [number] = telephoneNumbers(written);
  if (number === undefined) return sought;
  return {
    ...sought,
    forms: [...new Set([...sought.forms, asPhrase([number.international])])],
    instead: [...sought.instead, ...number.national.map((digits) => asPhrase([digits]))],
  };
}

/** Of a number that is written in groups. */
const FEWEST_DIGITS = 7;

/** Groups of digits with spaces between, as of a telephone number: they belong together, in that order. */
function numberGroups(text: string, names: readonly Name[]): string[] {
  const groups: Name[][] = [];
  for (const [at, name] of names.entries()) {
    if (!/^[\p{N}()./-]+$/u.test(name.core)) continue;
    const before = names[at - 1];
    const gap = before === undefined ? "x" : text.slice(before.at + before.whole.length, name.at);
    const open = groups.at(-1);
    if (open !== undefined && open.at(-1) === before && /^[\s()+]{1,3}$/.test(gap)) open.push(name);
    else groups.push([name]);
  }
  return groups
    .filter(({ length }) => length > 1)
    .map((group) => group.map(({ core }) => core).join(" "))
    .filter((group) => group.replace(/\P{N}/gu, "").length >= FEWEST_DIGITS);
}

/** What must not be there: a phrase, or a word in all the forms that a search for it finds. */
function unwanted(phrase: string, languages: readonly string[]): Sought {
  const found = quoted(phrase, languages);
  return { ...found, forms: [...found.forms, ...ownStems(phrase, languages)] };
}

/** A phrase: its words, one after the other. */
function quoted(phrase: string, languages: readonly string[] = []): Sought {
  const composed = compose(phrase).trim();
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
    literal: literalOf(phrase),
    parts: [],
  };
}

const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/** Shorter digits alone are a number, such as that of a town, and not the start of a hash. */
const SURE_HASH = 7;

function soughtInName(name: Name, languages: readonly string[]): Sought[] {
  const { core } = name;
  if (isUnspaced(core)) return soughtInRuns(core);
  const isExact = isName(name) ? isIdentifier(name) : /\p{N}/u.test(core) && /\p{L}/u.test(core);
  const parts = name.parts.length > 1 ? name.parts.map((part) => asPhrase([part.toLowerCase()])) : [];
  const isHash =
    /^[0-9a-f]{5,40}$/i.test(core) && /\d/.test(core) && (core.length >= SURE_HASH || /[a-f]/i.test(core));
  const isWord = /^\p{L}+$/u.test(core);
  const isMixed = /^(?=.*\p{L})[\p{L}\p{N}]+$/u.test(core);
  const instead = isHash
    ? [`${asPhrase([core.toLowerCase()])} *`]
    : isWord
      ? compoundForms(fold(core))
      : isMixed
        ? longerForms(fold(core))
        : [];
  return [
    { ...soughtName(name, languages), instead, isExact, parts: [...parts, ...ownStems(core, languages)] },
  ];
}

/** The words of a text, folded, with one space between them and at both ends. */
export function literalOf(text: string): string {
  return ` ${(fold(text).match(WORDS) ?? []).join(" ")} `;
}

/**
 * The stems of a word that are words themselves: other forms have a token of their own in the index, such a word has
 * not.
 */
function ownStems(core: string, languages: readonly string[]): string[] {
  if (!/^\p{L}+$/u.test(core)) return [];
  const word = fold(core);
  const stems = languages.map((language) => stemOf(word, language)).filter((stem) => stem !== word);
  return [...new Set(stems)].map((stem) => asPhrase([asToken(stem)]));
}

/** The ways in which a name is found. */
function soughtName(name: Name, languages: readonly string[]): Omit<Sought, "parts"> {
  const { whole, core, isCamel, parts } = name;
  const exact: string[] = [];
  const forms: string[] = [];
  const sought = {
    text: name.whole,
    whole: exact,
    forms,
    instead: [],
    literal: undefined,
    isExact: isIdentifier(name),
  };
  if (whole !== core) exact.push(inTerms(asExactToken(whole)));
  const isLetterWithMarks = whole !== core && [...core].length === 1;
  if (isLetterWithMarks) return sought;
  if (isCamel || (parts.length > 1 && isName(name))) exact.push(inTerms(asExactToken(core)));
  const words = core.match(WORDS) ?? [];
  const version = bareVersion(core);
  if (version !== undefined) exact.push(inTerms(asExactToken(version)));
  const address = bareAddress(core);
  if (address !== undefined) exact.push(inTerms(asExactToken(address)));
  forms.push(asPhrase(words.map((word) => word.toLowerCase())));
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

/** Clauses of a query that are cut into words, and words in all. */
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
  return [...beside, ...inside];
}

function unspacedForms(word: string): string[] {
  const { tokens, isBeginning } = pairsSought(word);
  if (tokens.length === 0) return [];
  return [`{terms} : ${asPhrase(tokens)}${isBeginning ? " *" : ""}`];
}

/** Tokens in this order, as FTS5 is told it. */
function asPhrase(tokens: readonly string[]): string {
  return `"${tokens.join(" ")}"`;
}

function inTerms(token: string): string {
  return `{terms} : ${asPhrase([token])}`;
}
