/**
 * What a check is: a value with a stable id and a function from what can be looked at to what is wrong.
 *
 * A check prints nothing, changes nothing (I5) and needs nothing of what it diagnoses: where it cannot look, it says
 * so.
 */

import type { Database } from "bun:sqlite";
import type { Project } from "../../project/index.ts";
import { formatCount, messageOf } from "../../system/index.ts";
import type { CheckContext, GraphAccess } from "./context.ts";
import type { CheckGroup } from "./groups.ts";

/** "late": it could not be looked at in time, which says nothing of what it looks at. */
export type CheckStatus = "ok" | "warning" | "error" | "skipped" | "late";

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
  /** Present when `--fix` can mend it. `onlyDeep`: a fix finds it with `--deep` alone. */
  readonly fix?:
    | { readonly action: string; readonly target: FixTarget; readonly onlyDeep?: boolean }
    | undefined;
  /** Commands to run instead or afterwards, the gentlest first. */
  readonly commands: readonly string[];
  /** What is wrong and what to do about it, where no command of amalfa's works before that is done. */
  readonly first?: string | undefined;
}

export interface CheckOutcome {
  /** One line that says how things are. */
  readonly message: string;
  readonly findings: readonly Finding[];
  /** True when there was nothing to look at, for a reason that another check reports. */
  readonly skipped?: boolean;
  /** True when time ran out before anything was known. */
  readonly late?: boolean;
  /** Id of the check that reports why there was nothing to look at, when something is wrong. */
  readonly blockedBy?: string;
}

/** What is known of a check without loading it: `checks/list.ts`. */
export interface CheckInfo {
  readonly id: string;
  readonly title: string;
  readonly group: CheckGroup;
  /** Checks of one lane run in one process, one after the other, and share what they opened. */
  readonly lane: string;
  /** What `--fix` does; undefined where the findings only name commands. */
  readonly fix: string | undefined;
}

/** A check itself, and its fix. */
export interface Check {
  /** One of the list. */
  readonly id: string;
  /** Does what the list says that `--fix` does; absent where it does nothing. */
  readonly repair?: Fix;
  run(context: CheckContext): Promise<CheckOutcome>;
}

/** Nothing is wrong. */
export function healthy(message: string): CheckOutcome {
  return { message, findings: [] };
}

/** There is nothing to look at. */
function skipped(message: string): CheckOutcome {
  return { message, findings: [], skipped: true };
}

/** It cannot be looked at, for a reason that another check reports. */
export function blocked(message: string, blockedBy: string): CheckOutcome {
  return { message: `${message}; ${blockedBy} says more`, findings: [], skipped: true, blockedBy };
}

/** What is unknown is not in order. @param reason what follows on "could not be checked", without a full stop */
export function couldNotBeChecked(
  id: string,
  reason: string,
  why = "So it is not known whether anything is wrong there.",
  commands: readonly string[] = [],
): CheckOutcome {
  const message = `could not be checked${reason}`;
  return {
    message,
    findings: [{ severity: "warning", message: `${id} ${message}.`, why, subject: id, commands }],
  };
}

/** One line for one finding, a count for several. */
export function outcomeOf(findings: readonly Finding[], healthyMessage: string): CheckOutcome {
  const [first] = findings;
  if (first === undefined) return healthy(healthyMessage);
  return { message: findings.length === 1 ? first.message : `${findings.length} findings`, findings };
}

/** The status that an outcome amounts to. */
export function statusOf(outcome: CheckOutcome): CheckStatus {
  if (outcome.late === true) return "late";
  if (outcome.findings.some(({ severity }) => severity === "error")) return "error";
  if (outcome.findings.length > 0) return "warning";
  return outcome.skipped === true ? "skipped" : "ok";
}

/*
 * What a fix is: the function of the same name as the check whose findings it mends.
 *
 * It stops no service, signals no process, deletes no row of the graph, and moves files instead of deleting them. It
 * looks again before it acts, since time has passed since the check, and is harmless when there is nothing left to
 * do.
 */

/**
 * Carries out one step. Answers what it did, with figures where there are any, as a clause for people.
 * Throws when it could not; other fixes go on.
 */
export type Fix = (target: FixTarget, context: FixContext) => Promise<string>;

export interface FixContext {
  readonly project: Project;
}

/** A text of the target. Throws when it is not there, which is a defect. */
export function textOf(target: FixTarget, name: string): string {
  const value = target[name];
  if (typeof value !== "string") throw new Error(`The fix was given no ${name}.`);
  return value;
}

/** A number of the target. Throws when it is not there, which is a defect. */
export function numberOf(target: FixTarget, name: string): number {
  const value = target[name];
  if (typeof value !== "number") throw new Error(`The fix was given no ${name}.`);
  return value;
}

/**
 * A sentence about one or about many, which begins with how many there are: `one` is complete, `many` lacks the
 * number.
 */
export function counted(count: number, one: string, many: string): string {
  return count === 1 ? one : `${formatCount(count)} ${many}`;
}

/* The same advice about several paths is said once. */

/**
 * Findings that say the same of different subjects become one, about the first; those that `--fix` mends are mended
 * one by one, and stay.
 */
export function mergeAlike(findings: readonly Finding[]): Finding[] {
  const groups = Map.groupBy(findings, (finding) =>
    finding.fix === undefined ? sayingOf(finding) : finding.subject,
  );
  return [...groups.values()].map((alike) => merged(alike));
}

function sayingOf({ message, why, subject }: Finding): string {
  return JSON.stringify([message.replaceAll(subject, ""), why]);
}

function merged(alike: readonly Finding[]): Finding {
  const [first, ...others] = alike as readonly [Finding, ...Finding[]];
  if (others.length === 0) return first;
  const severity = alike.some((finding) => finding.severity === "error") ? "error" : "warning";
  const message = `${first.message} The same holds for ${others.map(({ subject }) => subject).join(", ")}.`;
  return { ...first, severity, message };
}

/* What every check of the graph begins with: a graph to look at, or a reason to skip. */

/** Runs `look` on a current graph, or skips: what is wrong with the database is for `db.open` to report. */
export async function withGraph(
  context: CheckContext,
  look: (db: Database) => CheckOutcome | Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const graph = context.graph();
  if (graph.kind !== "open") return notOpen(graph);
  if (graph.schema.kind === "empty") return skipped("there is no graph yet");
  if (graph.schema.kind !== "current") return blocked("the database holds no current graph", "db.open");
  try {
    return await look(graph.db);
  } catch (error) {
    if (/no such (?:table|column)/.test(messageOf(error)))
      return blocked("the database lacks tables", "db.open");
    throw error;
  }
}

/** The outcome of a check that needs an open database and has none. */
export function notOpen(graph: GraphAccess): CheckOutcome {
  if (graph.kind === "missing" || graph.kind === "no bytes") return skipped("there is no graph yet");
  return blocked("the database cannot be used", "db.open");
}

/* What every check of the cache's rows begins with: a cache of this version, or a reason to skip. */

/** Runs `look` on a readable cache, or skips: what is wrong with the file is for `cache.open` to report. */
export async function withCache(
  context: CheckContext,
  look: (db: Database) => CheckOutcome | Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const cache = context.vectorCache();
  if (cache.kind === "missing" || cache.kind === "no bytes") return skipped("there is no vector cache yet");
  if (cache.kind === "trouble") return blocked("the vector cache cannot be read", "cache.open");
  // Loaded here: every check begins with this file, and few look into the cache.
  const { isVectorCache } = await import("../../embedding/cache/index.ts");
  if (!isVectorCache(cache.db)) return blocked("there is no vector cache of this version", "cache.open");
  return look(cache.db);
}
