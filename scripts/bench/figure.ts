/** What a figure of the benchmark is: what it is measured with, and what comes out. */
import type { Summary } from "./statistics.ts";

/** How much is measured: `full` for figures to publish, `quick` to see that everything still runs. */
export type Effort = "full" | "quick";

export interface BenchContext {
  readonly effort: Effort;
  /** A folder of this run, empty at first and removed afterwards. */
  readonly folder: string;
  /** A folder that is kept between runs, for vectors that take minutes to compute. */
  readonly keep: string;
  /** A folder of markdown that identifiers are drawn from, instead of the usual one. */
  readonly items?: string | undefined;
  /** A checkout of an earlier commit to compare with. */
  readonly earlier?: string | undefined;
  /** An earlier report to compare with. */
  readonly against?: string | undefined;
  /** Says what is being done, for whoever waits. */
  readonly note: (message: string) => void;
}

export interface Goal {
  /** In words, such as "at least 2.0 times". */
  readonly text: string;
  readonly met: boolean;
}

/** One line of the table. */
export interface Row {
  readonly case: string;
  readonly unit: string;
  readonly ours: Summary;
  /** What it is compared with; absent for a plain measurement. */
  readonly peer?: { readonly name: string; readonly summary: Summary; readonly ratio: Summary } | undefined;
  readonly goals: readonly Goal[];
  /** One value a question, for comparing two reports question by question. */
  readonly samples?: { readonly of: string; readonly values: readonly number[] };
}

export interface FigureResult {
  readonly rows: readonly Row[];
  /** What was measured on, and whatever else a reader has to know. */
  readonly notes: readonly string[];
}

export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly measure: (context: BenchContext) => Promise<FigureResult>;
}

export function atLeast(value: number, least: number, what: string): Goal {
  return { text: `${what} at least ${least}`, met: value >= least };
}

export function atMost(value: number, most: number, what: string): Goal {
  return { text: `${what} at most ${most}`, met: value <= most };
}
