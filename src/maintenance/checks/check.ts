/**
 * What a check is: a value with a stable id and a function from what can be looked at to what is wrong.
 *
 * A check prints nothing, changes nothing (I5) and needs nothing of what it diagnoses: where it cannot look, it says so.
 */
import type { CheckContext } from "./context.ts";

export type CheckStatus = "ok" | "warning" | "error" | "skipped";

/** What a fix needs to know of a finding; the executor of the check's fix understands it. Plain data. */
export type FixTarget = Readonly<Record<string, string | number | readonly string[]>>;

export interface Finding {
  readonly severity: "warning" | "error";
  /** What is wrong, and where. */
  readonly message: string;
  /** Why it matters. */
  readonly why: string;
  /** The path, PID or row that it is about; tells findings of one check apart. */
  readonly subject: string;
  /** Present when `--fix` can mend it. */
  readonly fix?: { readonly action: string; readonly target: FixTarget } | undefined;
  /** Commands to run instead or afterwards, the gentlest first. */
  readonly commands: readonly string[];
}

export interface CheckOutcome {
  /** One line that says how things are. */
  readonly message: string;
  readonly findings: readonly Finding[];
  /** True when there was nothing to look at, for a reason that another check reports. */
  readonly skipped?: boolean;
  /** Id of the check that reports why there was nothing to look at, when something is wrong. */
  readonly blockedBy?: string;
}

/** Groups in the order in which they are shown. */
export const CHECK_GROUPS = [
  "configuration",
  "files",
  "services",
  "database",
  "graph",
  "vector cache",
  "logs",
] as const;

export type CheckGroup = (typeof CHECK_GROUPS)[number];

export interface Check {
  readonly id: string;
  readonly title: string;
  readonly group: CheckGroup;
  /** Checks of one lane run in one process, one after the other, and share what they opened. */
  readonly lane: string;
  /** What `--fix` does; undefined where the findings only name commands. */
  readonly fix: string | undefined;
  run(context: CheckContext): Promise<CheckOutcome>;
}

/** Nothing is wrong. */
export function healthy(message: string): CheckOutcome {
  return { message, findings: [] };
}

/** There is nothing to look at. */
export function skipped(message: string): CheckOutcome {
  return { message, findings: [], skipped: true };
}

/** It cannot be looked at, for a reason that another check reports. */
export function blocked(message: string, blockedBy: string): CheckOutcome {
  return { message: `${message}; ${blockedBy} says more`, findings: [], skipped: true, blockedBy };
}

/** One line for one finding, a count for several. */
export function outcomeOf(findings: readonly Finding[], healthyMessage: string): CheckOutcome {
  const [first] = findings;
  if (first === undefined) return healthy(healthyMessage);
  return { message: findings.length === 1 ? first.message : `${findings.length} findings`, findings };
}

/** The status that an outcome amounts to. */
export function statusOf(outcome: CheckOutcome): CheckStatus {
  if (outcome.findings.some(({ severity }) => severity === "error")) return "error";
  if (outcome.findings.length > 0) return "warning";
  return outcome.skipped === true ? "skipped" : "ok";
}
