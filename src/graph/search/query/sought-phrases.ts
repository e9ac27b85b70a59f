/** What is looked for as words in their order: phrases in quotes, and what is written together with marks. */
import {
  asExactToken,
  asToken,
  compose,
  fold,
  SYMBOLS,
  symbolToken,
  tellingWords,
} from "../language/index.ts";
import {
  type Glued,
  gluedIn,
  groupedNumbers,
  isUnspaced,
  type Name,
  namesIn,
  operatorsIn,
} from "../terms/index.ts";
import { asPhrase, inTerms, literalOf, type Sought, unspacedForms, WORDS } from "./sought.ts";
import { soughtName } from "./sought-names.ts";

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
