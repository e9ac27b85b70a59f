/** From the outcomes of questions to figures. */

import type { SearchMode } from "../../graph/search/index.ts";
import { compare, DEPTH, type Estimate, estimate, type Interval, mean, verdictOf } from "./metrics.ts";
import { METRICS, type MetricName, type Minimum } from "./minimum.ts";
import type { Outcome } from "./question.ts";

const MEASURES = {
  mrr: ({ rank }) => (rank === null ? 0 : 1 / rank),
  ndcg10: ({ ndcg }) => ndcg,
  hit1: within(1),
  hit3: within(3),
  hit10: within(DEPTH),
} as const satisfies Readonly<Record<MetricName, (outcome: Outcome) => number>>;

function within(places: number): (outcome: Outcome) => number {
  return ({ rank }) => (rank !== null && rank <= places ? 1 : 0);
}

/** Each null where there is no question. */
export type Figures = Readonly<Record<MetricName, Estimate | null>>;

export function figuresOf(outcomes: readonly Outcome[]): Figures {
  return each((measure) => (outcomes.length === 0 ? null : estimate(outcomes.map(measure))));
}

export interface Difference {
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  readonly interval: Interval;
  /** Of what is judged now; `same` where the difference may be chance. */
  readonly verdict: "better" | "worse" | "same";
}

export type Differences = Readonly<Record<MetricName, Difference | null>>;

/** What differs between two rankings of the same questions, in the same order. */
export function differencesOf(before: readonly Outcome[], after: readonly Outcome[]): Differences {
  return each((measure) => {
    if (before.length === 0) return null;
    const [old, now] = [before.map(measure), after.map(measure)];
    const compared = compare(old, now);
    const verdict = verdictOf(compared);
    return { before: mean(old), after: mean(now), ...compared, verdict };
  });
}

function each<T>(make: (measure: (outcome: Outcome) => number) => T): Record<MetricName, T> {
  return Object.fromEntries(METRICS.map((name) => [name, make(MEASURES[name])])) as Record<MetricName, T>;
}

export interface JudgedMinimum extends Minimum {
  /** Null where there was no question. */
  readonly value: number | null;
  readonly met: boolean;
}

/** Nothing was proved where nothing was asked: a minimum is then missed. */
export function judgeMinimum(
  { mode, metric, least }: Minimum,
  figures: Partial<Record<SearchMode, Figures>>,
): JudgedMinimum {
  const value = figures[mode]?.[metric]?.value ?? null;
  return { mode, metric, least, value, met: value !== null && value >= least };
}
