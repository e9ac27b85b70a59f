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
