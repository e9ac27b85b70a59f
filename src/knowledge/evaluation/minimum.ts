/** The least that a vault has to reach: `--min hybrid.mrr=0.5`. */
import type { SearchMode } from "../../graph/search/index.ts";
import { SEARCH_MODES } from "../limits.ts";
import { type Figures, METRICS, type MetricName } from "./figures.ts";

export interface Minimum {
  readonly mode: SearchMode;
  readonly metric: MetricName;
  /** From 0 to 1. */
  readonly least: number;
}

export interface JudgedMinimum extends Minimum {
  /** Null where there was no question. */
  readonly value: number | null;
  readonly met: boolean;
}

const PATTERN = /^(?:(?:(?<mode>[a-z]+)\.)?(?<metric>[a-z]+(?:@?\d+)?)=)?(?<least>\d+\.?\d*|\.\d+)$/i;

/** Reads `[mode.][metric=]least`; hybrid and MRR where they are not said. Undefined where it is none. */
export function readMinimum(text: string): Minimum | undefined {
  const { mode = "hybrid", metric = "mrr", least = "" } = PATTERN.exec(text.trim())?.groups ?? {};
  const named = metric.toLowerCase().replace("@", "");
  const wantedMode = SEARCH_MODES.find((each) => each === mode.toLowerCase());
  const wantedMetric = METRICS.find((each) => each === (named === "ndcg" ? "ndcg10" : named));
  const value = least === "" ? Number.NaN : Number(least);
  if (wantedMode === undefined || wantedMetric === undefined || !(value >= 0 && value <= 1)) return undefined;
  return { mode: wantedMode, metric: wantedMetric, least: value };
}

/** Nothing was proved where nothing was asked: a minimum is then missed. */
export function judgeMinimum(
  { mode, metric, least }: Minimum,
  figures: Partial<Record<SearchMode, Figures>>,
): JudgedMinimum {
  const value = figures[mode]?.[metric]?.value ?? null;
  return { mode, metric, least, value, met: value !== null && value >= least };
}
