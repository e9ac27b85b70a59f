/** What a key of the settings was probably meant to be, where it is none. */

/** From 0 to 1: the share of letters that may differ. */
const FARTHEST = 0.4;

/**
 * The known key that is most like an unknown one; both as in `watch.debounce`. A key that stands in the wrong group
 * is found as well. Undefined where none is like it.
 */
export function nearestKey(unknown: string, known: readonly string[]): string | undefined {
  const asked = unknown.toLowerCase();
  const name = lastOf(asked);
  const scored = known.flatMap((key) => {
    const own = key.toLowerCase();
    const distance = Math.min(
      relativeDistance(asked, own),
      // The right name in the wrong place, and one that was not written out, are near; the right place goes first.
      lastOf(own) === name ? 0.1 : relativeDistance(name, lastOf(own)) + 0.05,
      isBeginning(name, lastOf(own)) ? 0.3 : 1,
    );
    return distance <= FARTHEST ? [{ key, distance }] : [];
  });
  scored.sort((one, other) => one.distance - other.distance);
  return scored[0]?.key;
}

function lastOf(key: string): string {
  return key.slice(key.lastIndexOf(".") + 1);
}

/** Fewer letters begin too much. */
const TELLING = 4;

function isBeginning(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= TELLING && long.startsWith(short);
}

function relativeDistance(one: string, other: string): number {
  return editDistance(one, other) / Math.max(one.length, other.length, 1);
}

/** Letters to insert, delete, replace, or exchange with the next (optimal string alignment). */
function editDistance(one: string, other: string): number {
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
