/** Tier 3: deletes everything that is derived. */
export { findInterruptedResets } from "./data-directory.ts";
export type { ResetItem, ResetPlan } from "./plan.ts";
export type { Confirmation, ResetOptions, ResetReport } from "./reset.ts";

export const loadReset = () => import("./reset.ts");
