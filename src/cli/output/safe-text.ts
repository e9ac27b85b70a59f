/**
 * Text from documents and file names, made harmless for a terminal.
 *
 * A document may hold escape sequences that move the cursor, retitle the window or write to the clipboard, and
 * direction marks that make a line read as something else. None of them may reach a terminal.
 */

const DIRECTION_MARKS = /[\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/g;
const CONTROLS_BUT_LINES = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** One line: white space folded, everything that is not printable left out. For titles, headings and snippets. */
export function oneLine(text: string): string {
  return manyLines(text).replace(/\s+/g, " ").trim();
}

/** Line breaks and tabs kept, everything else that is not printable left out. For the text of a document. */
export function manyLines(text: string): string {
  return Bun.stripANSI(text.replace(/\r\n?/g, "\n"))
    .replace(CONTROLS_BUT_LINES, "")
    .replace(DIRECTION_MARKS, "");
}

/** Every control character shown as an escape, nothing left out. For file names and messages, which must stay exact. */
export function escaped(text: string): string {
  return text
    .replace(/[\x00-\x1f\x7f-\x9f]/g, escapeCharacter)
    .replace(DIRECTION_MARKS, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
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
