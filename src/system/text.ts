/**
 * Text cut to a length. A character outside the basic plane is two units of a string, and half of one is no text:
 * strict readers refuse it.
 */

/** At most `length` units of a text, from its beginning; one less where the cut would halve a character. */
export function startOf(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, splitsPair(text, length) ? length - 1 : length);
}

/** The same with an ellipsis in place of what is left out. @param length the ellipsis included */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${startOf(text, length - 1)}…`;
}

/** Whether a cut before the unit at `place` would halve a character. */
export function splitsPair(text: string, place: number): boolean {
  return isHigh(text.charCodeAt(place - 1)) && isLow(text.charCodeAt(place));
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

/** How many letters to insert, delete, replace, or exchange with the next one (optimal string alignment). */
export function editDistance(one: string, other: string): number {
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row[j] = Math.min(
        row[j - 1]! + 1,
        above[j]! + 1,
        above[j - 1]! + (same ? 0 : 1),
        swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, above] = [above, row];
  }
  return above[other.length]!;
}

/* Text that somebody else chose, such as a file name, shown exactly and harmless for a terminal. */

/** Marks that make a line read as something else than it says. */
export const DIRECTION_MARKS = /[\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/g;

/** Every control character shown as an escape, nothing left out. For file names and messages, which must stay exact. */
export function escaped(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, escapeCharacter).replace(DIRECTION_MARKS, unicodeEscape);
}

/** As `escaped`, but line breaks stay: for messages that consist of several lines. */
export function escapedLines(text: string): string {
  return text.split("\n").map(escaped).join("\n");
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (character === "\r") return "\\r";
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
}

/**
 * A JSON text of the same value in which no character can steer a terminal; JSON itself asks for less than half of
 * that.
 */
export function escapedJson(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, unicodeEscape).replace(DIRECTION_MARKS, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
