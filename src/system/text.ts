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

/**
 * Marks that make a line read as something else than it says, and what is not seen at all: two names that look alike
 * may be two. Not those that join letters, as Persian and emoji do.
 */
const MISLEADING_MARKS = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF]/g;

const CONTROLS_BUT_LINES = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** One line: white space folded, everything that is not printable left out. For titles, headings and snippets. */
export function oneLine(text: string): string {
  return manyLines(text).replace(/\s+/g, " ").trim();
}

/** Line breaks and tabs kept, everything else that is not printable left out. For the text of a document. */
export function manyLines(text: string): string {
  return Bun.stripANSI(text.replace(/\r\n?/g, "\n"))
    .replace(CONTROLS_BUT_LINES, "")
    .replace(MISLEADING_MARKS, "");
}

/** Every control character shown as an escape, nothing left out. For file names and messages, which must stay exact. */
export function escaped(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, escapeCharacter).replace(MISLEADING_MARKS, unicodeEscape);
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
 * Every character that can steer a terminal, or is not seen, as JSON writes it; line breaks and tabs stay. A JSON text
 * has the same value afterwards: JSON itself asks for less than half of that. An agent that puts what it has read into
 * a call, which is JSON, so writes the very character.
 */
export function escapedAsInJson(text: string): string {
  return text.replace(CONTROLS_BUT_LINES, unicodeEscape).replace(MISLEADING_MARKS, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
