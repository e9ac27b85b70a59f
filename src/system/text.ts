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
