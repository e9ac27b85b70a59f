/**
 * What is said of checks that could not look. One fault keeps many from it: a folder that may not be entered, a damaged
 * database. The check that is about the fault says what it is, and the others name that check.
 */
import { blocked, type CheckInfo, type CheckOutcome, couldNotBeChecked } from "./check.ts";
import type { CheckGroup } from "./groups.ts";
import type { CheckRun } from "./pool.ts";

/**
 * The same runs, those that could not look with a word about the check that says why.
 *
 * @param further commands that may find out why, where none of these checks says it
 */
export function explainUnchecked(
  runs: readonly CheckRun[],
  checks: readonly CheckInfo[],
  further: readonly string[],
): CheckRun[] {
  return runs
    .map((run) => (run.denied === true && isAccessAtFault(runs) ? { ...run, outcome: DENIED } : run))
    .map((run) => (isUnexplained(run, checks) ? { ...run, outcome: unexplained(run) } : run))
    .map((run) => waiting(run, { runs, checks, further }));
}

/** That something may not be entered is for the check that is about it. */
const ACCESS_CHECK = "layout.access";
const DENIED = blocked("permission denied", ACCESS_CHECK);

function isAccessAtFault(runs: readonly CheckRun[]): boolean {
  return runs.some(({ id, outcome }) => id === ACCESS_CHECK && outcome.findings.length > 0);
}

/** Whether a check could not look, and the check that says why is not among those that were asked for. */
function isUnexplained({ outcome }: CheckRun, checks: readonly CheckInfo[]): boolean {
  return outcome.blockedBy !== undefined && !checks.some(({ id }) => id === outcome.blockedBy);
}

/** What is unknown is not in order, and the reason must not get lost because only one check was asked for. */
function unexplained({ id, outcome }: CheckRun): CheckOutcome {
  const why = "Another fault keeps amalfa from checking it.";
  return couldNotBeChecked(id, `: ${outcome.message}`, why, [`amalfa doctor --check ${outcome.blockedBy}`]);
}

interface Looked {
  readonly runs: readonly CheckRun[];
  readonly checks: readonly CheckInfo[];
  readonly further: readonly string[];
}

/** With what has to be mended first, where a check says what kept this one from looking. */
function waiting(run: CheckRun, { runs, checks, further }: Looked): CheckRun {
  const { id, obstacle, damaged = false, denied = false } = run;
  if (obstacle === undefined || denied) return run;
  const group = checks.find((check) => check.id === id)?.group;
  const whole = damaged && group !== undefined ? (ABOUT_WHOLE.get(group) ?? []) : [];
  const cause =
    runs.find(({ id: other, outcome }) => whole.includes(other) && outcome.findings.length > 0) ??
    runs.find(({ outcome: { findings } }) =>
      findings.some(({ severity, message }) => severity === "error" && message.includes(obstacle)),
    );
  const outcome =
    cause === undefined
      ? couldNotBeChecked(id, `: ${obstacle}`, undefined, further)
      : couldNotBeChecked(id, ` before ${cause.id} is in order`, `Mend ${cause.id} first.`, []);
  return { ...run, outcome };
}

const ABOUT_GRAPH = ["db.open", "db.integrity"];

/** The checks that look at a file as a whole, by the group of those that read in it and fail where it is damaged. */
const ABOUT_WHOLE: ReadonlyMap<CheckGroup, readonly string[]> = new Map([
  ["database", ABOUT_GRAPH],
  ["graph", ABOUT_GRAPH],
  ["vector cache", ["cache.open"]],
]);
