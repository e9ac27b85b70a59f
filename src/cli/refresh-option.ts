/** Whether an answer may bring in what has changed, and what people are told of it. */
import type { Command } from "commander";
import { type Told, toldLine, toldState } from "../knowledge/index.ts";
import { type Invocation, warn, wasSaid } from "./invocation.ts";

export interface FreshFlags {
  /** False with --no-refresh. */
  readonly refresh: boolean;
}

export function addRefreshOption(command: Command): Command {
  return command.option("--no-refresh", "answer from the graph as it is; do not bring in what has changed");
}

/**
 * What an answer is worth, on stderr; beside JSON the document itself says it. That vectors are missing which nothing
 * computes just now is said once: it holds until somebody does something.
 */
export function sayFreshness(invocation: Invocation, told: Told): void {
  const line = invocation.json ? undefined : toldLine(told);
  if (invocation.json) return;
  const lasts = told.freshness.state === "current" && told.pending?.secondsLeft === undefined;
  if (wasSaid(invocation, "freshness", line !== undefined && lasts ? toldState(told) : undefined)) return;
  if (line !== undefined) warn(invocation, line);
}
