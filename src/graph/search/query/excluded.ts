/**
 * What a query says must not be there: words with a hyphen before them, where that is no dash of prose and no option of
 * a command.
 */
import type { Database } from "bun:sqlite";
import { shortened } from "../../../system/index.ts";
import { FUNCTION_WORDS, fold } from "../language/index.ts";
import { quoted } from "./sought-phrases.ts";

const EXCLUDED = /(?<=\s)-(?=\p{L})\S+/gu;
/** Of more words than these, a query is prose. */
const PLAIN = 16;
/** Of more words than these, a function word is one of a sentence. */
const FEW_WORDS = 4;

/** Whether notes have these words as they are written. */
export type InNotes = (words: string) => boolean;

/** `kubectl -n edge` is a command that somebody pasted; nobody asks for documents without a letter. */
const OPTION = /^-[a-z](?![\p{L}\p{M}])/iu;

/** The text without what is excluded, and that, without its hyphens. */
export function withoutExcluded(
  text: string,
  inNotes: InNotes,
): { readonly rest: string; readonly excluded: string[] } {
  if (!/\s-\p{L}/u.test(text)) return { rest: text, excluded: [] };
  const isDash = dashesIn(text);
  const excluded = new Set<string>();
  const rest = text.replace(EXCLUDED, (word, at: number) => {
    const [before = ""] = text.slice(0, at).match(/\S+\s+$/u) ?? [];
    // What notes have with its hyphen, after the same word, is quoted from them: `s_client -connect`.
    if (isDash(word, at) || OPTION.test(word) || inNotes(before + word)) return word;
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

/** Chunks that are read, to see whether they have the hyphen as well. */
const READ = 64;

/** Of a graph: how its notes write what a query has with a hyphen. */
export function inNotesOf(db: Database): InNotes {
  return (words) => {
    const { whole, forms } = quoted(words);
    const expression = [...whole.flat(), ...forms].map((form) => `(${form})`).join(" OR ");
    if (expression === "") return false;
    const rows = db
      .query(
        `SELECT p.text FROM (SELECT rowid AS id FROM search_index WHERE search_index MATCH ? LIMIT ${READ}) j
           CROSS JOIN passages p ON p.id = j.id`,
      )
      .values(expression) as [string][];
    return rows.some(([text]) => spaced(text).includes(spaced(words)));
  };
}

function spaced(text: string): string {
  return fold(text).replace(/\s+/gu, " ");
}

/** What to say of hyphens: of those that left documents out, and of one that left nothing out. */
export function minusLine(query: string, excluded: readonly string[] = []): string | undefined {
  if (excluded.length > 0) {
    const words = excluded.map((each) => `"${shortened(each, 40)}"`).join(" or ");
    const first = shortened(excluded[0] ?? "", 40);
    const quote = `To look for both, quote them ("-${first}").`;
    return `Documents with ${words} were left out, for the minus before it. ${quote}`;
  }
  const groups = /^\s*-(?:"([^"]+)"|(\p{L}\S*))/u.exec(query)?.slice(1);
  const written = groups?.find((each) => each !== undefined);
  if (written === undefined) return undefined;
  const word = shortened(written, 40);
  return (
    `The minus before "${word}" left nothing out: it is the first of the query, so "${word}" was looked for. ` +
    `What is to be left out comes behind what is sought (soup -miso); for the sign itself, quote it ("-${word}").`
  );
}
