/** Text that somebody else chose, such as a file name, shown exactly and harmless for a terminal. */

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
