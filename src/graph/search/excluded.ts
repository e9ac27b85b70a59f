/** What a query says must not be there: words with a hyphen before them, where that is no dash of prose. */
import { fold } from "./fold.ts";
import { FUNCTION_WORDS } from "./function-words.ts";

const EXCLUDED = /(?<=\s)-(?=\p{L})\S+/gu;
/** Of more words than these, a query is prose. */
const PLAIN = 16;
/** Of more words than these, a function word is one of a sentence. */
const FEW_WORDS = 4;

/** The text without what is excluded, and that, without its hyphens. */
export function withoutExcluded(text: string): { readonly rest: string; readonly excluded: string[] } {
  if (!/\s-\p{L}/u.test(text)) return { rest: text, excluded: [] };
  const isDash = dashesIn(text);
  const excluded = new Set<string>();
  const rest = text.replace(EXCLUDED, (word, at: number) => {
    if (isDash(word, at)) return word;
    excluded.add(word.slice(1));
    return " ";
  });
  return { rest, excluded: [...excluded] };
}

/**
 * Whether the hyphen before a word is a dash of prose, which loses nothing of what it is pasted from: one of a pair, as
 * in `the model -which was small- fits`; one before a function word; in a longer text, one that more words follow. What
 * is asked of the whole text is asked once.
 */
function dashesIn(text: string): (word: string, at: number) => boolean {
  const words = text.match(/\p{L}+/gu)?.length ?? 0;
  let lastClosing = -1;
  for (const { index } of text.matchAll(/[\p{L}\p{N}]-(?=[\s.,;:!?)]|$)/gu)) lastClosing = index;
  let lastPlain = 0;
  for (const { 0: piece, index } of text.matchAll(/\S+/g))
    if (!/^-\p{L}/u.test(piece)) lastPlain = index + piece.length;
  return (word, at) => {
    const [bare = ""] = fold(word).match(/[\p{L}\p{N}]+/u) ?? [];
    if (words > FEW_WORDS && FUNCTION_WORDS.en?.has(bare) === true) return true;
    return lastClosing >= at || (words > PLAIN && at + word.length < lastPlain);
  };
}
