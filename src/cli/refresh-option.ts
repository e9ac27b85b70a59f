/** Whether an answer may bring in what has changed, and what people are told of it. */
import type { Command } from "commander";
import { type Told, toldLine } from "../knowledge/index.ts";
import { type Invocation, warn } from "./invocation.ts";

export interface FreshFlags {
  /** False with --no-refresh. */
  readonly refresh: boolean;
}

export function addRefreshOption(command: Command): Command {
  return command.option("--no-refresh", "answer from the graph as it is; do not bring in what has changed");
}

/** What an answer is worth, on stderr; beside JSON the document itself says it. */
export function sayFreshness(invocation: Invocation, told: Told): void {
  const line = invocation.json ? undefined : toldLine(told);
  if (line !== undefined) warn(invocation, line);
}
