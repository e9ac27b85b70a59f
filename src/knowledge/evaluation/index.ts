/** How well one's own vault is searched: questions that it has the answers to, and figures for each mode. */
export type { EvaluationReport, EvaluationRequest } from "./evaluate.ts";
export type { JudgedGraph } from "./judge.ts";
export { METRICS, type MetricName, type Minimum, readMinimum } from "./minimum.ts";

/** Loads what evaluates, and the search with it. */
export const loadEvaluation = () => import("./evaluate.ts");
