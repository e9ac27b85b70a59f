/**
 * What a passage has that the tokenizer of the full-text index cannot see, as text that it can: written into a column of its own beside the
 * passage, so that the index can be made again from the tables and compared with them.
 *
 * - names that are written together, as a whole, and the parts of those that only their case takes apart;
 * - pairs of letters of scripts without spaces;
 * - words in the form in which they are compared, where they are spelled in another way;
 * - emoji and other signs;
 * - stems, of languages other than English, which the index stems itself.
 *
 * In English text it is a few words for each passage.
 */

import { isUnspaced, pairsOf, runsIn, spacedPartsOf } from "./cjk.ts";
import { isName, type Name, namesIn, namesWithin } from "./compounds.ts";
import { asExactToken, asToken, compose, fold, isAscii, SYMBOLS, symbolTokens } from "./fold.ts";
import { languageOf, stemToken } from "./languages.ts";

export interface TermSource {
  /** Path, title and other names of the document. */
  readonly names: readonly string[];
  readonly heading: readonly string[];
  readonly text: string;
  /** The language that the document says it is in, such as `de` or `pt-BR`. */
  readonly language?: string | undefined;
}

/** The column of terms for one passage; the same for the same source. */
export function termsOf({ names, heading, text, language }: TermSource): string {
  const terms = new Set<string>();
  const runs: string[] = [];
  const stemmed = languageOf(text, language);
  for (const source of [...names, ...heading, text]) {
    const composed = compose(source);
    collectNames(composed, terms);
    if (isAscii(source) && stemmed === undefined) continue;
    collectWords(source, stemmed, terms);
    for (const [symbol] of composed.matchAll(SYMBOLS)) {
      for (const token of symbolTokens(symbol)) terms.add(token);
    }
    for (const run of runsIn(fold(source))) runs.push(pairsOf(run).join(" "));
  }
  return [...terms, ...runs].join(" ");
}

function collectNames(text: string, terms: Set<string>): void {
  for (const name of namesIn(text)) {
    if (!isName(name)) continue;
    for (const token of tokensOfName(name)) terms.add(token);
    // One entry, so that the parts stay in order.
    if (name.isCamel) terms.add(name.parts.map((part) => asToken(fold(part))).join(" "));
  }
}

/** What stands for the whole of a name. */
function tokensOfName(name: Name): string[] {
  const { whole, core, isCamel, parts } = name;
  const tokens = whole === core ? [] : [asExactToken(whole)];
  if (isCamel || parts.length > 1) tokens.push(asExactToken(core));
  for (const within of namesWithin(core)) tokens.push(asExactToken(within));
  return tokens;
}

const WORDS = /[\p{L}\p{N}\p{M}\u00ad\u200c\u200d]+/gu;

function collectWords(text: string, language: string | undefined, terms: Set<string>): void {
  for (const [word] of text.matchAll(WORDS)) {
    const folded = fold(word);
    if (isUnspaced(folded)) {
      for (const part of spacedPartsOf(folded)) terms.add(asToken(part));
      continue;
    }
    const token = asToken(folded);
    if (token !== word.toLowerCase()) terms.add(token);
    if (language !== undefined) terms.add(stemToken(folded, language));
  }
}
