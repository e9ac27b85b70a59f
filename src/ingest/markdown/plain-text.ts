/** What any text is made of: blanks and lines. */
import { startOf } from "../../system/index.ts";

const LONGEST_NAME = 1_000;

/**
 * As much of a title or heading as names something. Each passage has it beside its text, so that with a whole text
 * pasted into one heading the graph grew by the square of its length: 132 MB of a note of 270 KB.
 */
export function asName(text: string): string {
  return startOf(text, LONGEST_NAME);
}

/** Whether the character of this code is a blank of any kind, a tab or a line end. */
export function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 9 && code <= 13);
  if (code < 0xa0) return false;
  return (
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}

/** Offset in a text where each of its lines begins, and the length of the text at the end. */
export function findLineStarts(text: string): Uint32Array {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  const starts = new Uint32Array(count + 1);
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts[line++] = at + 1;
  starts[count] = text.length;
  return starts;
}

export function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
