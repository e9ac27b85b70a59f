/** Cases one after the other, a few at a time, until they are through or the time is over. */
import { availableParallelism } from "node:os";
import { type CaseResult, kindsOf, runCase } from "./case.ts";
import { Lab } from "./lab.ts";

export interface RunOptions {
  readonly seed: number;
  readonly kinds: readonly string[];
  /** Ends when either is reached. */
  readonly minutes: number;
  readonly cases: number;
  /** Cases by their own numbers, instead of those of the seed. */
  readonly only?: readonly number[];
  readonly atATime: number;
  /** No case begins any more once it is aborted. */
  readonly signal: AbortSignal;
  readonly onResult: (result: CaseResult) => void;
}

/** Cases at a time, unless somebody says otherwise: most of a case is waiting for processes. */
export const USUAL_AT_A_TIME = Math.min(availableParallelism(), 4);

export async function runCases(options: RunOptions): Promise<CaseResult[]> {
  using lab = new Lab();
  const kinds = kindsOf(options.kinds);
  const deadline = performance.now() + options.minutes * 60_000;
  const results: CaseResult[] = [];
  let next = 0;
  const count = options.only?.length ?? options.cases;
  const work = async (): Promise<void> => {
    while (next < count && performance.now() < deadline && !options.signal.aborted) {
      const number = options.only?.[next] ?? caseNumber(options.seed, next);
      next++;
      const result = await runCase(lab, kinds, number);
      results.push(result);
      options.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: options.atATime }, work));
  return results;
}

/** Seeds far from each other, so that two runs share no case. */
function caseNumber(seed: number, index: number): number {
  return (seed * 1_000_003 + index) % 2 ** 31;
}

/** The command that does a case again. */
export function commandOf({ number }: CaseResult, kinds: readonly string[]): string {
  return ["bun run faults", `--case ${number}`, ...kinds.map((kind) => `--kind ${kind}`)].join(" ");
}
