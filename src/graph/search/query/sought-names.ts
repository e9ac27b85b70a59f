/**
 * Names as they are looked for: words, identifiers, versions, numbers, hashes. Each is found as it is written, and
 * where nobody writes it so, in the ways in which others write it.
 */
import { asExactToken, asToken, fold, otherFormsOf, stemOf, stemToken } from "../language/index.ts";
import {
  bareAddress,
  bareVersion,
  compoundForms,
  inThousands,
  isIdentifier,
  isName,
  isUnspaced,
  longerForms,
  longNumbersIn,
  type Name,
  spellingsOf,
  withOtherNoughts,
} from "../terms/index.ts";
import { asPhrase, inTerms, type Sought, WORDS } from "./sought.ts";
import { soughtInRuns } from "./sought-runs.ts";

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
export function withHyphen(core: string): string[] {
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
export function soughtName(name: Name, languages: readonly string[]): Omit<Sought, "parts"> {
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
  const others = otherFormsOf(core.toLowerCase()).map((form) => asPhrase([form]));
  return { ...sought, forms: [...new Set(forms)], ...(others.length > 0 ? { others } : {}) };
}
