/**
 * One thing that a query asks for, such as a word, a name written together, a phrase or a symbol, and the expressions
 * of FTS5 by which it is found.
 */
import { asToken, fold, symbolToken, symbolTokens } from "../language/index.ts";
import { pairsSought } from "../terms/index.ts";

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
  /**
   * Other forms of the word, such as `wrote` of `write`: who has them has it. They are scored only where it stands
   * nowhere itself, since by its rarer forms a common verb would tell much.
   */
  readonly others?: readonly string[];
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

/** The words of a text, with their marks and symbols. */
export const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;

/** The words of a text, folded, with one space between them and at both ends. */
export function literalOf(text: string): string {
  return ` ${(fold(text).match(WORDS) ?? []).join(" ")} `;
}

/** Words of scripts without spaces, which are kept beside the text by pairs of letters. */
export function unspacedForms(word: string): string[] {
  const { tokens, isBeginning } = pairsSought(word);
  if (tokens.length === 0) return [];
  return [`{terms} : ${asPhrase(tokens)}${isBeginning ? " *" : ""}`];
}

/** Tokens in this order, as FTS5 is told it. */
export function asPhrase(tokens: readonly string[]): string {
  return `"${tokens.join(" ")}"`;
}

/** What the column of terms has, and the text has not. */
export function inTerms(token: string): string {
  return `{terms} : ${asPhrase([token])}`;
}
