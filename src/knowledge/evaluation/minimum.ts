/** The least that a vault has to reach: `--min hybrid.mrr=0.5`. */
import type { SearchMode } from "../../graph/search/index.ts";
import { SEARCH_MODES } from "../limits.ts";

/** The figures of a mode, by their names in JSON and of `--min`. */
export const METRICS = ["mrr", "ndcg10", "hit1", "hit3", "hit10"] as const;

export type MetricName = (typeof METRICS)[number];

export interface Minimum {
  readonly mode: SearchMode;
  readonly metric: MetricName;
  /** From 0 to 1. */
  readonly least: number;
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
