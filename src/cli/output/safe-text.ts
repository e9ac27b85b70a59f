/**
 * Text from documents and file names, made harmless for a terminal.
 *
 * A document may hold escape sequences that move the cursor, retitle the window or write to the clipboard, and
 * direction marks that make a line read as something else. None of them may reach a terminal.
 */

import { DIRECTION_MARKS, escaped } from "../../system/index.ts";

export { escaped, escapedJson, escapedLines } from "../../system/index.ts";

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

/**
 * An id as the path that it stands for, which editors and `read` understand: `%` is no code. What would break the line
 * stays one.
 */
export function shownId(id: string): string {
  return escaped(id).replaceAll("%25", "%");
}
