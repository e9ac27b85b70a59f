/** Medians rather than means: one disturbed round of a shared machine must not move a figure. */

/** Of one quantity over all rounds. */
export interface Summary {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly rounds: number;
}

export function summarise(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError("There is nothing to summarise.");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  return { median, lowest: sorted[0]!, highest: sorted.at(-1)!, rounds: sorted.length };
}

/** The quotients of each round, which see the same state of the machine. */
export function summariseRatio(numerators: readonly number[], denominators: readonly number[]): Summary {
  return summarise(numerators.map((value, round) => value / denominators[round]!));
}
