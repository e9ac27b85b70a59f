/**
 * Identifiers, numbers, dates and quotations mean one thing each: what only looks like them is something else, and
 * what has them as they are is meant, however far it is in meaning.
 */
import { fold } from "../language/index.ts";
import type { Sought } from "../query/index.ts";

/** What became of one thing that was looked for. */
export interface Looked {
  readonly sought: Sought;
  /** Not at all, by a part or another spelling of it, or as it is written. */
  readonly found: "nowhere" | "parts" | "alike" | "exactly";
  /** From 0 to 1, where 1 is one chunk of all. */
  readonly rarity: number;
  /** The chunks that have it; undefined where they are too many to note. */
  readonly chunks: ReadonlySet<number> | undefined;
  /** No text has it in a form that is known in every language, only words of one language with the same stem. */
  readonly isByStem?: boolean;
}

export interface ToTheLetter {
  /** What no document has, where the query is mostly that; otherwise empty. */
  readonly lacks: readonly string[];
  /** The chunks that have all of a query in which something means one thing; otherwise empty. */
  readonly having: ReadonlySet<number>;
  /** Whether all of the query means one thing, and no word of it may be another one. */
  readonly isAll: boolean;
  /** The few words of a query, where no document has any of them in any form: what is found is found by meaning. */
  readonly absentWords: readonly string[];
}

/** From this part of a query on it is what was asked for; a number beside words has to be more of it, an emoji all. */
const TELLING = { together: 1 / 3, number: 1 / 2, emoji: 1 };
/** Shorter numbers count something: the top 10, part 2. */
const NUMBER = /^\p{N}{3,}$/u;
const EMOJI = /^\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?$/u;

export function toTheLetter(looked: readonly Looked[]): ToTheLetter {
  // What is sought in two ways, as a telephone number, is found where one of them is; its groups are part of it.
  const found = looked.filter(({ found }) => isFound(found)).map(({ sought }) => bare(sought.text));
  const missing = looked.filter(
    ({ sought, found: how }) =>
      sought.isBeside !== true &&
      kindOf(sought) !== undefined &&
      !isFound(how) &&
      !found.some((text) => text.includes(bare(sought.text))),
  );
  const lacks = tellingAmong(missing, looked);
  const asked = looked.filter(({ sought }) => sought.isBeside !== true);
  const isAll = asked.every(({ sought }) => kindOf(sought) !== undefined);
  return { lacks, having: havingAll(asked), isAll, absentWords: absentWords(asked) };
}

/** A question of more words is one in other words than the notes have, as many are. */
const FEW_WORDS = 3;

function absentWords(looked: readonly Looked[]): string[] {
  const isAbsent = ({ found, sought }: Looked): boolean =>
    found === "nowhere" && kindOf(sought) === undefined && /^[\p{L}\p{M}]+$/u.test(sought.text);
  return looked.length <= FEW_WORDS && looked.every(isAbsent) ? looked.map(({ sought }) => sought.text) : [];
}

function tellingAmong(missing: readonly Looked[], looked: readonly Looked[]): string[] {
  const distinct = new Map(missing.map(({ sought }) => [bare(sought.text), sought]));
  const isPart = (text: string): boolean =>
    [...distinct.keys()].some((other) => other !== text && other.includes(text));
  // Of a number in groups the groups are no more.
  const texts = [...distinct].filter(([text]) => !isPart(text)).map(([, sought]) => sought);
  if (texts.length === 0) return [];
  const others = looked
    .filter(({ sought }) => !distinct.has(bare(sought.text)) && !isPart(bare(sought.text)))
    .filter(({ sought }) => sought.isBeside !== true)
    .reduce((sum, { found, rarity }) => sum + (found === "nowhere" ? 1 : rarity), 0);
  const part = texts.length / (texts.length + others);
  return texts.filter((sought) => part >= TELLING[kindOf(sought) ?? "number"]).map(({ text }) => text);
}

function havingAll(asked: readonly Looked[]): ReadonlySet<number> {
  if (!asked.some(({ sought }) => kindOf(sought) !== undefined)) return new Set();
  let having: Set<number> | undefined;
  for (const { found, chunks } of asked) {
    if (found !== "exactly" || chunks === undefined) return new Set();
    having = new Set([...(having ?? chunks)].filter((chunk) => chunks.has(chunk)));
  }
  return having ?? new Set();
}

function isFound(found: Looked["found"]): boolean {
  return found === "alike" || found === "exactly";
}

/** Whether something of the query is no mere word. */
export function meansOneThing(sought: readonly Sought[]): boolean {
  return sought.some((each) => each.isBeside !== true && kindOf(each) !== undefined);
}

/** Undefined for what is words: they may be others for the same thing. */
function kindOf({ text, isExact, literal, isDay }: Sought): keyof typeof TELLING | undefined {
  if (isDay === true) return "together";
  if (EMOJI.test(text)) return "emoji";
  if (!/[\p{L}\p{N}]/u.test(text)) return undefined;
  if (isExact && (literal !== undefined || !/\s/u.test(text))) return "together";
  return NUMBER.test(text) ? "number" : undefined;
}

function bare(text: string): string {
  return fold(text).replace(/[^\p{L}\p{N}\p{Extended_Pictographic}]+/gu, "");
}

/** What no document has by all results, which may be of several projects. */
export function lackedByAll(
  results: readonly { readonly lacks?: readonly string[] | undefined }[],
): string[] {
  const [first, ...others] = results.map(({ lacks = [] }) => lacks);
  return (first ?? []).filter((each) => others.every((lacks) => lacks.includes(each)));
}
