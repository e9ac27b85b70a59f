/**
 * Large results, a part at a time.
 *
 * A cursor is opaque to clients. It holds where to go on, and a digest of what it belongs to: the tool, its arguments
 * and the state of the graph. Used with anything else it is refused, so that no part is ever missing or repeated
 * without a word.
 */
import { AmalfaError, shortened as cutShort, splitsPair } from "../system/index.ts";

/** Characters of a result's JSON after which it is cut. */
export const MAX_RESULT_CHARACTERS = 50_000;

/** The same for lists that are looked through: what is not on the first page is mostly not looked for. */
export const LIST_CHARACTERS = 8_000;

/** Longest list that is not the content itself. */
const MAX_LIST_ITEMS = 100;

/** Longest text of a single field that is not the content itself. */
const MAX_FIELD_CHARACTERS = 500;

/** What a cursor belongs to. */
export type CursorScope = readonly (string | number | undefined)[];

export function encodeCursor(scope: CursorScope, at: number): string {
  return Buffer.from(JSON.stringify([digest(scope), at])).toString("base64url");
}

/** Where to go on: 0 without a cursor. Throws `cursor.invalid` or `cursor.stale`. */
export function decodeCursor(cursor: string | undefined, scope: CursorScope): number {
  if (cursor === undefined) return 0;
  const [belongsTo, at] = parseCursor(cursor);
  if (belongsTo === digest(scope)) return at;
  throw new AmalfaError(
    "cursor.stale",
    "The cursor belongs to other arguments, or what it counted has changed since.",
  );
}

function parseCursor(cursor: string): readonly [string, number] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (
      Array.isArray(value) &&
      typeof value[0] === "string" &&
      Number.isSafeInteger(value[1]) &&
      value[1] >= 0
    ) {
      return [value[0], value[1] as number];
    }
  } catch {
    // Then it is none of ours.
  }
  throw invalidCursor();
}

const AFTER = "after";

/** A cursor behind an id, which stays good whatever comes and goes. */
export function encodeCursorAfter(id: string): string {
  return Buffer.from(JSON.stringify([AFTER, id])).toString("base64url");
}

/** Throws `cursor.invalid`. */
export function decodeCursorAfter(cursor: string): string {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    if (Array.isArray(value) && value[0] === AFTER && typeof value[1] === "string") return value[1];
  } catch {
    // Then it is none of ours.
  }
  throw invalidCursor();
}

function invalidCursor(): AmalfaError {
  return new AmalfaError("cursor.invalid", "This is not a cursor that this server has returned.");
}

function digest(scope: CursorScope): string {
  return Bun.hash.wyhash(JSON.stringify(scope)).toString(36);
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page begins; undefined at the end. */
  readonly next: number | undefined;
}

/** As many items as fit, at least one. @param most characters of their JSON */
export function pageOf<Item>(
  all: readonly Item[],
  from: number,
  most: number = MAX_RESULT_CHARACTERS,
): Page<Item> {
  let size = 0;
  let end = from;
  for (; end < all.length; end++) {
    size += JSON.stringify(all[end]).length + 1;
    if (size > most && end > from) break;
  }
  return { items: all.slice(from, end), next: end < all.length ? end : undefined };
}

/** The field `nextCursor` of a result, or nothing at the end. */
export function nextCursor(scope: CursorScope, next: number | undefined): { nextCursor?: string } {
  return next === undefined ? {} : { nextCursor: encodeCursor(scope, next) };
}

/** A field of a list, which must not outgrow the page. */
export function shortened(text: string): string {
  return cutShort(text, MAX_FIELD_CHARACTERS);
}

/** A list beside the content, such as a document's tags. */
export function shortList(items: readonly string[]): string[] {
  const shown = items.slice(0, MAX_LIST_ITEMS).map(shortened);
  return items.length > MAX_LIST_ITEMS ? [...shown, "…"] : shown;
}

/**
 * Where a part that begins at `from` ends: behind the last line that fits, or within a line that is longer than a
 * part.
 */
export function cutAt(text: string, from: number): number {
  if (text.length - from <= MAX_RESULT_CHARACTERS) return text.length;
  const limit = from + MAX_RESULT_CHARACTERS;
  const lineEnd = text.lastIndexOf("\n", limit - 1) + 1;
  if (lineEnd > from) return lineEnd;
  return splitsPair(text, limit) ? limit - 1 : limit;
}
