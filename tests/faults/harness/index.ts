/** The fault harness: makes every kind of fault happen to the real program and judges what comes of it. */
export type { CaseResult } from "./case.ts";
export { commandOf, runCases, USUAL_AT_A_TIME } from "./run.ts";
export { countsOf, type RunHead, withCounts } from "./tally.ts";
