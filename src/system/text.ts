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
