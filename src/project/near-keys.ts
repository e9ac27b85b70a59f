/** What a key of the settings, or another name that there is not, was probably meant to be. */
import { editDistance } from "../system/index.ts";

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

/** The same for names that stand in no group, such as those of models: one that begins as the unknown one is near. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  const asked = unknown.trim().toLowerCase();
  const scored = known.map((name) => {
    const own = name.toLowerCase();
    const start = own.slice(0, asked.length);
    const begins = asked.length >= TELLING ? relativeDistance(asked, start) + 0.1 : 1;
    return { name, distance: Math.min(relativeDistance(asked, own), begins) };
  });
  scored.sort((one, other) => one.distance - other.distance);
  return scored.find(({ distance }) => distance <= FARTHEST)?.name;
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
  const longest = Math.max(one.length, other.length, 1);
  // A name of many thousands of letters would be compared with every known one, letter by letter.
  const least = Math.abs(one.length - other.length) / longest;
  return least > FARTHEST ? least : editDistance(one, other) / longest;
}
