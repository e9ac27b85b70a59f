/** Tier 1: finds what is wrong and mends what can be mended without harm. */
export type { CheckStatus } from "./check.ts";
export type { DoctorReport, ReportedCheck, ReportedFinding } from "./doctor.ts";
export { CHECK_GROUPS, type CheckGroup } from "./groups.ts";

export const loadDoctor = () => import("./doctor.ts");
