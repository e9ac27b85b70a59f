/**
 * How good a ranking is, and whether one of two is better by more than chance. The benchmark measures with the same
 * functions.
 */

/* Pseudo-random numbers that are the same on every run and machine. */

/** Numbers in [0, 1), by mulberry32. */
export function seededNumbers(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Documents of a ranking that are looked at. */
export const DEPTH = 10;

/** Document id to its grade; those that are absent have none. */
export type Grades = Readonly<Record<string, number>>;

/**
 * nDCG of the first ten, with the gain 2^grade - 1 and the discount log2(rank + 1) (Järvelin and Kekäläinen 2002;
 * Burges et al. 2005).
 *
 * @param found ids of documents, best first
 */
export function ndcg(found: readonly string[], grades: Grades): number {
  const ideal = dcg(Object.values(grades).sort((a, b) => b - a));
  return ideal === 0 ? 0 : dcg(found.map((id) => gradeOf(grades, id))) / ideal;
}

function dcg(grades: readonly number[]): number {
  return grades.slice(0, DEPTH).reduce((sum, grade, at) => sum + (2 ** grade - 1) / Math.log2(at + 2), 0);
}

/** A document may well be called `constructor`. */
function gradeOf(grades: Grades, id: string): number {
  return Object.hasOwn(grades, id) ? (grades[id] as number) : 0;
}

/** The place of the first right document among the first ten, from 1; null where there is none. */
export function firstPlace(found: readonly string[], grades: Grades): number | null {
  const place = found.slice(0, DEPTH).findIndex((id) => gradeOf(grades, id) > 0);
  return place < 0 ? null : place + 1;
}

/** One over the place of the first right document among the first ten, or 0. */
export function reciprocalRank(found: readonly string[], grades: Grades): number {
  const place = firstPlace(found, grades);
  return place === null ? 0 : 1 / place;
}

/** Lowest and highest value of the middle 95 %. */
export type Interval = readonly [number, number];

export interface Estimate {
  readonly value: number;
  /** Where the mean would be for other questions of the same kind, nineteen times of twenty. */
  readonly interval: Interval;
}

export interface Comparison {
  /** Mean of the second less that of the first. */
  readonly difference: number;
  /** The middle 95 % of what the difference would be for other questions of the same kind. */
  readonly interval: Interval;
}

/** The mean of some values, at least one, and how sure it is. */
export function estimate(values: readonly number[]): Estimate {
  return { value: mean(values), interval: bootstrapped(values) };
}

/** Paired bootstrap: both rankings are judged by the same questions, drawn again and again with replacement. */
export function compare(before: readonly number[], after: readonly number[]): Comparison {
  const differences = after.map((value, at) => value - before[at]!);
  return { difference: mean(differences), interval: bootstrapped(differences) };
}

/** Whether a difference is one: its interval lies on one side of zero. */
export function verdictOf({ interval: [low, high] }: Comparison): "better" | "worse" | "same" {
  if (low > 0) return "better";
  return high < 0 ? "worse" : "same";
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const MOST_ROUNDS = 10_000;
const FEWEST_ROUNDS = 1_000;
/** Values drawn in all rounds together: of thousands of questions fewer rounds say as much. */
const DRAWN = 2_000_000;

/** Percentile bootstrap of the mean (B. Efron, "Bootstrap Methods", 1979); the same for the same values. */
function bootstrapped(values: readonly number[]): Interval {
  const next = seededNumbers(values.length);
  const rounds = Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, Math.floor(DRAWN / values.length)));
  const means = Float64Array.from({ length: rounds }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < values.length; drawn++) sum += values[Math.floor(next() * values.length)]!;
    return sum / values.length;
  }).sort();
  return [means[Math.floor(rounds * 0.025)]!, means[Math.floor(rounds * 0.975)]!];
}
