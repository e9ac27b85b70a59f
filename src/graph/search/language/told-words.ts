/**
 * The function words of all languages together: which languages a word of a text speaks for.
 *
 * Every word of every text is looked up. A string made for each, in lower case, took longer than all else of telling
 * a language; so words of ASCII letters are looked up where they stand.
 */
import { FUNCTION_WORDS } from "./function-words.ts";

/** A word that is among the commonest of some languages. */
export interface FunctionWord {
  /** Places in `TOLD`. */
  readonly languages: readonly number[];
  /** The number of the text that it was last found in. */
  foundIn: number;
}

/** ISO 639-1 codes in alphabetical order. */
export const TOLD = Object.keys(FUNCTION_WORDS).sort();

/** Those met so far; all of them once texts come that are longer than a query. */
let functionWords = new Map<string, FunctionWord>();
let table: WordTable | undefined;
const FEW_WORDS = 100;
let wordsLookedAt = 0;

/** @param word in lower case */
export function functionWord(word: string): FunctionWord | undefined {
  if (table === undefined) {
    if (++wordsLookedAt <= FEW_WORDS) return functionWords.get(word) ?? lookUp(word);
    functionWords = allFunctionWords();
    table = new WordTable(functionWords);
  }
  return functionWords.get(word);
}

/** The same of a word within a text, in whatever case. */
export function functionWordAt(text: string, from: number, to: number): FunctionWord | undefined {
  const found = table?.find(text, from, to);
  return found === undefined ? functionWord(text.slice(from, to).toLowerCase()) : (found ?? undefined);
}

function lookUp(word: string): FunctionWord | undefined {
  const languages = TOLD.flatMap((language, place) => (FUNCTION_WORDS[language]?.has(word) ? place : []));
  if (languages.length === 0) return undefined;
  const found = { languages, foundIn: -1 };
  functionWords.set(word, found);
  return found;
}

function allFunctionWords(): Map<string, FunctionWord> {
  const all = new Map<string, FunctionWord>();
  TOLD.forEach((language, place) => {
    for (const word of FUNCTION_WORDS[language] ?? []) {
      const languages = [...(all.get(word)?.languages ?? []), place];
      all.set(word, { languages, foundIn: functionWords.get(word)?.foundIn ?? -1 });
    }
  });
  return all;
}

/** Slots are a power of two, and at least twice as many as words. */
class WordTable {
  readonly #words: readonly string[];
  readonly #found: readonly FunctionWord[];
  /** For each slot the place of a word from 1 on; 0 where there is none. */
  readonly #slots: Uint16Array;

  constructor(words: ReadonlyMap<string, FunctionWord>) {
    this.#words = [...words.keys()];
    this.#found = [...words.values()];
    this.#slots = new Uint16Array(2 ** Math.ceil(Math.log2(2 * this.#words.length)));
    this.#words.forEach((word, place) => {
      let slot = hashOf(word, 0, word.length);
      // Others are not looked up here.
      if (slot < 0) return;
      slot &= this.#slots.length - 1;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = place + 1;
    });
  }

  /** Null for a word that is none of them, undefined for one that is not of ASCII alone. */
  find(text: string, from: number, to: number): FunctionWord | null | undefined {
    const hash = hashOf(text, from, to);
    if (hash < 0) return undefined;
    const last = this.#slots.length - 1;
    for (let slot = hash & last; this.#slots[slot] !== 0; slot = (slot + 1) & last) {
      const place = this.#slots[slot]! - 1;
      if (isWordAt(this.#words[place]!, text, from, to)) return this.#found[place]!;
    }
    return null;
  }
}

function isWordAt(word: string, text: string, from: number, to: number): boolean {
  if (word.length !== to - from) return false;
  for (let at = 0; at < word.length; at++) {
    if (word.charCodeAt(at) !== lowerCase(text.charCodeAt(from + at))) return false;
  }
  return true;
}

/** FNV-1a of a word in lower case, of 31 bits; -1 where it is not of ASCII alone. */
function hashOf(text: string, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) return -1;
    hash = Math.imul(hash ^ lowerCase(code), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

function lowerCase(code: number): number {
  return code >= 65 && code <= 90 ? code | 0x20 : code;
}
