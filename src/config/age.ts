/** Ages as people write them: `90d`, `12h`, `2w`. */

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/** An age below this would take what is in use. */
export const SHORTEST_AGE_MS = 60_000;

const LONGEST_MS = 100 * 365 * 86_400_000;

/** For messages: what `parseAge` accepts. */
export const AGE_FORMAT = 'an age of at most 100 years such as "90d" (units s, min, h, d, w, y)';

/**
 * The age in milliseconds; `undefined` when it cannot be understood.
 *
 * A unit is required, and `m` is none: an age decides what is deleted, so "90" or "6m" must not be taken for
 * seconds by one reader and for months by another.
 */
export function parseAge(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|w|y)$/i.exec(value.trim());
  if (match === null) return undefined;
  const milliseconds = Math.round(Number(match[1]) * (UNITS[(match[2] ?? "").toLowerCase()] ?? Number.NaN));
  return milliseconds <= LONGEST_MS ? milliseconds : undefined;
}
