/** The fault harness: makes every kind of fault happen to the real program and judges what comes of it. */
export type { CaseResult } from "./case.ts";
export { commandOf, runCases } from "./run.ts";
