/**
 * What a query asks for: words, names written together, phrases in quotes, and words that must not be there.
 *
 * A query is never FTS syntax, so that no input can be an error, and pasted prose means what it says: of all marks
 * only quotes around something and a single `-` after a space and right before a letter or a quote have a meaning of
 * their own.
 */
import {
  asExactToken,
  askingVerbsIn,
  asToken,
  compose,
  FUNCTION_WORDS,
  fold,
  isSignOfLetters,
  monthsIn,
  SYMBOLS,
  tellingWords,
  tellLanguage,
} from "../language/index.ts";
import {
  type Glued,
  gluedIn,
  groupedNumbers,
  mayBeDecimal,
  type Name,
  namesAsked,
  namesIn,
  operatorsAlone,
  telephoneNumbers,
} from "../terms/index.ts";
import { amountSought, amountsIn } from "./amounts.ts";
import { type AskedDay, daySought, daysAsked } from "./asked-days.ts";
import { type InNotes, withoutExcluded } from "./excluded.ts";
import { asPhrase, inTerms, type Sought, symbolSought, wordSought } from "./sought.ts";
import { numberedOtherwise, ownStems, soughtInName } from "./sought-names.ts";
import { gluedSought, quoted, quotedInProse } from "./sought-phrases.ts";
import { firstFrom, liesIn, withoutOverlap } from "./spans.ts";

export interface Query {
  readonly sought: readonly Sought[];
  /** What must not be there. */
  readonly excluded: readonly Sought[];
}

/** What is in quotes; a quote that is never closed is a mark like any other. */
const QUOTED = /(?<=^|[\s(])(?<minus>-?)(?:"([^"]+)"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»)/gu;
/** Words of a pasted page that are looked for, the rarest first; each is looked up once. */
const MAX_WORDS = 2_000;

/**
 * @param languages whose stems the graph has
 * @param inNotes tells a hyphen that is quoted from the notes from one that leaves documents out
 */
export function parseQuery(text: string, languages: readonly string[], inNotes: InNotes = nowhere): Query {
  const cut =
    text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH / 2)} ${text.slice(-MAX_LENGTH / 2)}`;
  const phrases: string[] = [];
  const excluded: string[] = [];
  const unquoted = cut.replace(QUOTED, (whole, ...groups) => {
    const named = groups.at(-1) as { minus: string };
    const offset = groups.at(-3) as number;
    const inside = groups.slice(1, 5).find((group) => typeof group === "string") as string;
    if (!/[\p{L}\p{N}\p{S}]/u.test(inside)) return whole;
    // Longer than any name: its pieces are looked for, since as a whole it is none.
    if (namesIn(inside).length === 0 && namesAsked(inside).length > 0) return ` ${inside} `;
    const excludes = named.minus === "-" && offset > 0;
    (excludes ? excluded : phrases).push(inside);
    return " ";
  });
  const { rest: positive, excluded: unwantedWords } = withoutExcluded(unquoted, inNotes);
  excluded.push(...unwantedWords);
  const language = languageAsked(cut);
  const words = wordsSought(positive, languages, language);
  // Who quotes and says nothing else means it to the letter; in a sentence the words count where nothing has it.
  const sought = [
    ...phrases.map((phrase) => (words.length > 0 ? quotedInProse(phrase) : quoted(phrase))),
    ...words,
  ];
  if (sought.length > 0) return { sought, excluded: excluded.map((each) => unwanted(each, languages)) };
  return { sought: wordsSought(cut, languages, language), excluded: [] };
}

/**
 * Of a short query one function word tells, where its letters say that it is not English: `как` asks, and would
 * otherwise be the rare word of the one title that has it.
 */
function languageAsked(text: string): string | undefined {
  const isForeign = NOT_LATIN.test(text) || (ACCENTED.test(text) && MORE_THAN_TWO_WORDS.test(text));
  return tellLanguage(text, 2) ?? (isForeign ? tellLanguage(text, 1) : undefined);
}

const NOT_LATIN = /(?!\p{Script=Latin})\p{L}/u;
const ACCENTED = /(?![a-z])\p{L}/iu;
const MORE_THAN_TWO_WORDS = /\p{L}\P{L}*\s\P{L}*\p{L}+\P{L}*\s\P{L}*\p{L}/u;

function nowhere(): boolean {
  return false;
}

/** Whether there is anything in a query that can be found: marks alone are near to nothing and to everything. */
export function asksForSomething(query: string): boolean {
  // A word of plain letters is sought, in quotes and after a minus as well where nothing else is.
  return A_WORD.test(query.slice(0, MAX_LENGTH / 2)) || parseQuery(query, []).sought.length > 0;
}

const A_WORD = /(?:^|\s)[a-z]{2,}(?:\s|$)/i;

/** Characters of a query that are looked at: what is asked stands before or behind what is pasted. */
const MAX_LENGTH = 20_000;

function wordsSought(text: string, languages: readonly string[], language: string | undefined): Sought[] {
  const sign = text.trim();
  if (isSignOfLetters(sign)) {
    // The letters that it is written for are words of many a text: `No` of `№`.
    const [name] = namesIn(compose(sign));
    return [{ ...symbolSought(sign), instead: name === undefined ? [] : wordSought(name.core).forms }];
  }
  const composed = compose(text);
  const different = new Set<string>();
  const named = namesAsked(composed).filter(({ whole }) => {
    if (different.size < MAX_WORDS) different.add(whole);
    return different.has(whole);
  });
  const days = daysAsked(composed).map((day) => ({ text: day.text, at: day.at, tokens: [], day }));
  const glued = withoutOverlap<Glued & { readonly day?: AskedDay }>(
    [...days, ...gluedIn(composed), ...amountsIn(composed)].filter(
      (each) =>
        !HASH.test(each.text) &&
        (named.length <= FEW_WORDS || !NUMBERED.test(each.text)) &&
        !isPartOf(each, named[firstFrom(named, each.at + 1) - 1]),
    ),
  );
  const signs = [...composed.matchAll(SYMBOLS)].map(({ 0: text, index: at }) => ({ text, at, tokens: [] }));
  const names = named.filter(
    ({ at, whole: { length } }) => !liesIn(glued, at, length) && !liesIn(signs, at, length),
  );
  const wholes = eachOnce(glued, ({ text }) => text).map((each): [string, Sought] => [
    fold(each.text),
    each.day === undefined
      ? amountSought(gluedSought(each, namesWithin(named, each), languages))
      : daySought(each.day, namesWithin(named, each), languages),
  ]);
  // The mark is no part of the name.
  const markedName = ({ at, whole }: Name): string => composed.slice(Math.max(0, at - 1), at) + whole;
  const found = eachOnce(names, markedName).flatMap((name): [string, Sought][] =>
    soughtInName(name, languages).map((sought) => [fold(sought.text), asDialled(sought, markedName(name))]),
  );
  const symbols = signs
    .filter(({ text, at }) => !liesIn(glued, at, text.length))
    .map(({ text }): [string, Sought] => [text, symbolSought(text)]);
  const numbers = [...new Set(numberGroups(composed, named))].map((group): [string, Sought] => [
    group,
    quoted(group),
  ]);
  const months = monthsIn(composed);
  // An operator is found itself, and so is what marks hold together without spaces.
  const isFound = operatorsAlone(composed).length > 0 || names.length < named.length;
  const held = (isFound ? [] : heldByMarks(composed, names)).map((words): [string, Sought] => [
    words,
    { ...quoted(words), literal: undefined, isBeside: true },
  ]);
  const numbered = [...new Set(wordsWithNumber(composed, names, months))].map((pair): [string, Sought] => [
    pair,
    { ...quoted(pair), forms: formsOfPair(pair, months), literal: undefined, isBeside: true },
  ]);
  const decimals = [...composed.matchAll(DECIMAL_COMMA)].map(([written]): [string, Sought] => {
    const number = written.replace(/[^\d,]/g, "").replace(",", ".");
    return [number, { ...quoted(number), text: written, literal: undefined, isBeside: true }];
  });
  const gluedTexts = wholes.map(([, { text }]) => text).join("\n");
  const grouped = groupedNumbers(composed)
    .filter(({ text: written }) => !mayBeDecimal(written) && !gluedTexts.includes(written))
    .map(({ text: written, digits }): [string, Sought] => [digits, asDialled(numberSought(written, digits))]);
  const operators = operatorsAlone(composed).map((operator): [string, Sought] => [
    operator,
    // Beside words it is likelier a mark than what is asked for.
    {
      ...symbolSought(operator),
      whole: [[inTerms(asExactToken(operator))]],
      instead: [],
      isExact: named.length === 0,
    },
  ]);
  const distinct = new Map([
    ...operators,
    ...numbers,
    ...held,
    ...numbered,
    ...grouped,
    ...decimals,
    ...symbols,
    ...wholes,
    ...found,
  ]);
  const telling = tellingWords([...distinct], ([word]) => word, language, months);
  const asking = askingVerbsIn(composed);
  const asked = telling.filter(([word]) => !asking.has(word));
  return (asked.length > 0 ? asked : telling).map(([, sought]) => sought);
}

/** The beginning of a hash may look like a number with a unit: `1143dcb8`. */
const HASH = /^(?=.*\p{L})[0-9a-f]{7,40}$/iu;
/** Among more words, `(1)` and `[a]` count something up. */
const FEW_WORDS = 4;
const NUMBERED = /^[([][\p{L}\p{N}]{1,3}[)\]]$/u;

/** One of each kind, in the order in which they first stand. A query may be one thing again and again. */
function eachOnce<T>(all: readonly T[], kindOf: (item: T) => string): T[] {
  return [...new Map(all.map((item) => [kindOf(item), item])).values()];
}

/** @param named in order */
function namesWithin(named: readonly Name[], { at, text }: Glued): Name[] {
  const [first, end] = [firstFrom(named, at), firstFrom(named, at + text.length)];
  return named.slice(first, end).filter(({ at: start, whole }) => start + whole.length <= at + text.length);
}

/** Of `b2-3a-23`, `3a` is no quantity. @param name the last one that does not begin behind it */
function isPartOf({ at, text }: Glued, name: Name | undefined): boolean {
  if (name === undefined) return false;
  return at + text.length <= name.at + name.core.length && text.length < name.core.length;
}

/** Which ends a word, so that the digits before it and behind it stand in many a text. */
const DECIMAL_COMMA = /(?<![\p{L}\d.,])(?:\d{1,3}(?:[.' ]\d{3})+|\d{4,9}),\d{1,9}(?![\p{L}\d]|[.,]\d)/gu;

/** A number in groups, or without what stands between them. */
function numberSought(written: string, digits: string): Sought {
  const inGroups = quoted(written);
  const forms = [...new Set([...inGroups.whole.flat(), ...inGroups.forms, asPhrase([digits])])];
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

/** Words of a short query with marks between them that prose has not there are likelier meant in this order. */
function heldByMarks(text: string, names: readonly Name[]): string[] {
  const isHeld = names.length > 1 && names.length <= MOST_HELD && HOLDING.test(text);
  return isHeld ? [names.map(({ core }) => core).join(" ")] : [];
}

/** As in `rock & roll` and `O(n log n)`. */
const HOLDING = new RegExp(
  [
    String.raw`(?<=[\p{L}\p{N}]\s)[^\p{L}\p{N}\p{Pd}\s.,;:!?'"()]+(?=\s[\p{L}\p{N}])`,
    String.raw`(?<=[\p{L}\p{N}])\((?!\p{L}{1,3}\))`,
  ].join("|"),
  "u",
);
const MOST_HELD = 8;

/**
 * A word and the number after it, as `iOS 17`, `Q1 2024` and `chapter 4.2`, are likelier meant one after the other, and
 * so are the numbers around a word, or after it, as of a day: `7 May 2013`, `May 7, 2013`. A month that is a function
 * word elsewhere stands in many a text that has the number, so a day before it belongs to it: `4 May`.
 */
function wordsWithNumber(text: string, names: readonly Name[], months: ReadonlySet<string>): string[] {
  const gaps = names.map(({ at }, place) => {
    const before = names[place - 1];
    return before === undefined ? "" : text.slice(before.at + before.whole.length, at);
  });
  const isNumber = (name: Name | undefined): boolean => NUMBER.test(name?.whole ?? "");
  return names.flatMap((name, at) => {
    const [first, before] = [names[at - 2], names[at - 1]];
    const core = (...all: Name[]): string => all.map((each) => each.core).join(" ");
    if (before !== undefined && months.has(fold(name.whole)) && isNumber(before) && gaps[at] === " ")
      return isNumber(names[at + 1]) ? [] : [core(before, name)];
    if (before === undefined || !isNumber(name)) return [];
    if (isCounted(before, gaps[at])) {
      const isDay = isNumber(first) && gaps[at - 1] === " ";
      return first !== undefined && isDay
        ? [core(before, name), core(first, before, name)]
        : [core(before, name)];
    }
    const isDay = first !== undefined && isNumber(before) && isCounted(first, gaps[at - 1]);
    return isDay && /^,? $/.test(gaps[at] ?? "") ? [core(first, before, name)] : [];
  });
}

/**
 * A day is found on whichever side of its month it is written: `4 May` and `May 4`; and `LH 1234` as one word, `ADR 7`
 * with noughts.
 */
function formsOfPair(pair: string, months: ReadonlySet<string>): string[] {
  const words = pair.split(" ");
  const isPair = words.length === 2;
  const turned = isPair && words.some((word) => months.has(fold(word)));
  return [
    ...quoted(pair).forms,
    ...numberedOtherwise(pair),
    ...(isPair && /^\p{L}+ \p{N}+$/u.test(pair) ? [asPhrase([asToken(fold(words.join("")))])] : []),
    ...(turned ? quoted(words.reverse().join(" ")).forms : []),
  ];
}

/** Roman ones as well: `Chapter XIV`. */
const NUMBER = /^(?:\p{N}+(?:\.\p{N}+)*|[IVXLC]{2,})$/u;
/** Longer words end a sentence with their full stop. */
const ABBREVIATED = 4;

/** Whether the number after a word belongs to it, also where it is an abbreviation: `p. 42`. `may` is a month there. */
function isCounted({ whole, core }: Name, gap: string | undefined): boolean {
  const isShort = gap === ". " && whole.length <= ABBREVIATED && /^\p{L}+$/u.test(whole);
  if (!isShort && (gap !== " " || !/^\p{L}[\p{L}\p{M}\p{N}]+$/u.test(whole))) return false;
  return fold(core) === "may" || FUNCTION_WORDS.en?.has(fold(core)) !== true;
}

/** What must not be there: a phrase, or a word in all the forms that a search for it finds. */
function unwanted(phrase: string, languages: readonly string[]): Sought {
  const found = quoted(phrase, languages);
  return { ...found, forms: [...found.forms, ...ownStems(phrase, languages)] };
}
