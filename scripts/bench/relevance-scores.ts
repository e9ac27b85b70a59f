/** How good a ranking is, and whether one of two is better by more than chance. */
import { seededNumbers } from "./seeded-random.ts";

const DEPTH = 10;

/**
 * nDCG of the first ten, with the gain 2^grade - 1 and the discount log2(rank + 1) (Järvelin and Kekäläinen 2002;
 * Burges et al. 2005).
 *
 * @param found ids of documents, best first
 */
export function ndcg(found: readonly string[], grades: Readonly<Record<string, number>>): number {
  const ideal = dcg(Object.values(grades).sort((a, b) => b - a));
  return ideal === 0 ? 0 : dcg(found.map((id) => grades[id] ?? 0)) / ideal;
}

function dcg(grades: readonly number[]): number {
  return grades.slice(0, DEPTH).reduce((sum, grade, at) => sum + (2 ** grade - 1) / Math.log2(at + 2), 0);
}

/** One over the place of the first right document among the first ten, or 0. */
export function reciprocalRank(found: readonly string[], grades: Readonly<Record<string, number>>): number {
  const place = found.slice(0, DEPTH).findIndex((id) => (grades[id] ?? 0) > 0);
  return place < 0 ? 0 : 1 / (place + 1);
}

export interface Comparison {
  /** Mean of the second less that of the first. */
  readonly difference: number;
  /** The middle 95 % of what the difference would be for other questions of the same kind. */
  readonly interval: readonly [number, number];
}

const ROUNDS = 10_000;

/** Paired bootstrap: both rankings are judged by the same questions, drawn again and again with replacement. */
export function compare(before: readonly number[], after: readonly number[]): Comparison {
  const differences = after.map((value, at) => value - before[at]!);
  const next = seededNumbers(differences.length);
  const means = Array.from({ length: ROUNDS }, () => {
    let sum = 0;
    for (let drawn = 0; drawn < differences.length; drawn++) {
      sum += differences[Math.floor(next() * differences.length)]!;
    }
    return sum / differences.length;
  }).sort((a, b) => a - b);
  return {
    difference: mean(differences),
    interval: [means[Math.floor(ROUNDS * 0.025)]!, means[Math.floor(ROUNDS * 0.975)]!],
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
