/** Sizes as people write them: `512MiB`, `1.5 GB`, or a plain number of bytes. */

/** For messages: what `parseSize` accepts. */
export const SIZE_FORMAT =
  'a number of bytes or a size such as "512MiB" (units B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)';

/** A cap of a cache below this would evict what the same run has just computed. */
export const SMALLEST_CACHE_BYTES = 1024 * 1024;

const PATTERN = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b|b)?$/i;

/**
 * The size in bytes, rounded to a whole number; `undefined` when it cannot be understood.
 *
 * A bare `M` or `G` is refused rather than guessed: half the tools mean powers of 1000 by it and half powers of 1024.
 */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== "string") return undefined;
  const match = PATTERN.exec(value.trim());
  if (match === null) return undefined;
  const unit = (match[2] ?? "b").toLowerCase();
  const exponent = "bkmgt".indexOf(unit[0] ?? "b");
  const bytes = Math.round(Number(match[1]) * (unit.includes("i") ? 1024 : 1000) ** exponent);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/* Ages as people write them: `90d`, `12h`, `2w`. */

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
