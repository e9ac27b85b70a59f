/**
 * What `--fix` is going to do: a pure function of what was found. `--dry-run` prints it, and the real run executes
 * the same object.
 */
import type { Finding, FixTarget } from "./check.ts";

/** One fix of one finding; each is executed on its own. */
export interface FixStep {
  /** Id of the check whose finding it mends. */
  readonly check: string;
  readonly subject: string;
  /** What is done, such as "remove the PID file". */
  readonly action: string;
  readonly target: FixTarget;
}

export interface FoundBy {
  readonly id: string;
  readonly findings: readonly Finding[];
}

export function planFixes(found: readonly FoundBy[]): FixStep[] {
  return found.flatMap(({ id, findings }) =>
    findings.flatMap(({ subject, fix }) =>
      fix === undefined ? [] : [{ check: id, subject, action: fix.action, target: fix.target }],
    ),
  );
}

/* The one thing to do next: the gentlest that would work. A pure function of what is wrong. */

/** A problem that remains, as far as the advice depends on it. */
export interface OpenProblem {
  readonly check: string;
  readonly severity: "warning" | "error";
  readonly fixable: boolean;
  /** Whether its fix was tried already, and did not help. */
  readonly fixTried: boolean;
  readonly commands: readonly string[];
  /** What it is about, such as a file. */
  readonly subject?: string;
  /** What has to be done before any command works. */
  readonly first?: string | null;
}

/** Whose obstacles are named before those of others: what stops every command, then what stops computing vectors. */
const OBSTACLES = ["layout.access", "db.lock", "runtime.onnx", "model.files"];
/** What stands in the way of an ingest alone. */
const EMPTY_SOURCES = "config.sources";
const FIX = "amalfa doctor --fix";
/** For what nothing less finds: a fix that does not see it does nothing. */
const FIX_DEEP = "amalfa doctor --deep --fix";
/** What no command mends. */
const FOLLOW = "follow";
const DRIFT = "graph.drift";
/** Commands from the gentlest to the bluntest; others, which are about one finding only, come first. */
const TRUST = "amalfa trust";
const REBUILD = "amalfa rebuild";
const TIERS = ["amalfa init", REBUILD, "amalfa reset"];

/** The command by which a finding is mended. */
export function fixCommand({ onlyDeep }: { readonly onlyDeep?: boolean }): string {
  return onlyDeep === true ? FIX_DEEP : FIX;
}

/**
 * A command, or a sentence where no command helps; undefined when nothing is wrong.
 * @param ingest the ingest that is at work, in words: another one would only wait for it
 */
export function nextStep(problems: readonly OpenProblem[], ingest?: string): string | undefined {
  const step = withDocumentsFirst(stepFor(problems), problems);
  if (ingest === undefined || step === undefined) return step === FOLLOW ? follow(problems) : step;
  // What follows from the findings alone may be what the ingest is about to mend.
  const waits =
    tierOf(step) === 0 || (step === FOLLOW && problems.every(({ severity }) => severity === "warning"));
  if (waits) return `wait for ${ingest}, which is at work, then run \`amalfa doctor\` again`;
  return step === FOLLOW ? follow(problems) : step;
}

/** Where no command helps: which finding is the worst. */
function follow(problems: readonly OpenProblem[]): string {
  const shown = new Set(problems.map(({ check }) => check));
  const causes = problems.filter(({ commands }) => !commands.some((command) => asksForShown(command, shown)));
  const worst = causes.find(({ severity }) => severity === "error") ?? causes[0] ?? problems[0];
  // Of a note that has to be mended by hand its name says more than that of the check.
  const of = worst?.check === DRIFT && worst.subject !== undefined ? ` of ${worst.subject}` : "";
  return `do what ${worst?.check} says above${of}, then run \`amalfa doctor\` again`;
}

/** Where no source has a document, an ingest has nothing to do: what has to come first is said instead. */
function withDocumentsFirst(step: string | undefined, problems: readonly OpenProblem[]): string | undefined {
  const empty = problems.find(({ check, first }) => check === EMPTY_SOURCES && typeof first === "string");
  const isInVain = step === FOLLOW || (step !== undefined && tierOf(step) === 0);
  return isInVain ? (empty?.first ?? step) : step;
}

function stepFor(problems: readonly OpenProblem[]): string | undefined {
  if (problems.length === 0) return undefined;
  const [obstacle] = problems
    .filter(({ check, first }) => check !== EMPTY_SOURCES && typeof first === "string")
    .sort((a, b) => OBSTACLES.indexOf(a.check) - OBSTACLES.indexOf(b.check));
  if (typeof obstacle?.first === "string") return obstacle.first;
  const fixable = problems.filter((problem) => isWorthFixing(problem, problems));
  const fix = fixable.some(({ commands }) => commands[0] === FIX_DEEP) ? FIX_DEEP : FIX;
  if (fixable.some(({ severity }) => severity === "error")) return fix;
  // Whatever would mend the rest has to write there.
  if (problems.some(({ check, severity }) => check === "layout.access" && severity === "error"))
    return FOLLOW;
  const settings = problems.filter(({ check, severity }) => check === "config.valid" && severity === "error");
  if (settings.some(({ commands }) => commands.includes(TRUST))) {
    return `read the settings file; if it may run, ${TRUST}, else write amalfa.settings.json`;
  }
  if (settings.length > 0) return "correct the settings file, then run `amalfa doctor` again";
  // Without a source an ingest refuses (I11), and so does whatever ends with one.
  const refusing = new Set(problems.filter(({ severity }) => severity === "error").map(({ check }) => check));
  if (refusing.has("config.sources"))
    return "bring the documents back or correct `sources`, then run `amalfa doctor` again";
  if (refusing.has(DRIFT))
    return "bring the documents back; if they are gone for good, run `amalfa init --allow-empty`";
  if (fixable.length > 0) return fix;
  // Errors first: what mends them is often what mends the warnings as well, and an ingest into a damaged database
  // fails.
  const errors = problems.filter(({ severity }) => severity === "error");
  const shown = new Set(problems.map(({ check }) => check));
  for (const group of [errors, problems]) {
    const step = bluntestNeeded(group, shown);
    if (step !== undefined) return step;
  }
  return FOLLOW;
}

/**
 * A fix is of no use where it would leave an error that only a rebuild mends, and the rebuild mends what it is for as
 * well.
 */
function isWorthFixing(
  { fixable, fixTried, commands }: OpenProblem,
  problems: readonly OpenProblem[],
): boolean {
  if (!fixable || fixTried) return false;
  const needsRebuild = problems.some(
    (other) => other.severity === "error" && !other.fixable && other.commands[0] === REBUILD,
  );
  return !(needsRebuild && commands.includes(REBUILD));
}

/** Each problem needs the gentlest of its commands; together they need the bluntest of those. */
function bluntestNeeded(problems: readonly OpenProblem[], shown: ReadonlySet<string>): string | undefined {
  const needed = problems
    .flatMap(({ commands }) => commands.slice(0, 1))
    .filter((command) => !asksForShown(command, shown));
  const others = needed.find((command) => tierOf(command) === -1);
  const tiers = needed.map(tierOf).filter((tier) => tier !== -1);
  return tiers.length === 0 ? others : TIERS[Math.max(...tiers)];
}

/** Whether a command would do no more than run checks whose findings are there already. */
function asksForShown(command: string, shown: ReadonlySet<string>): boolean {
  const checks = /^amalfa doctor --check (.+)$/.exec(command)?.[1]?.split(" ");
  return checks?.every((id) => shown.has(id)) === true;
}

function tierOf(command: string): number {
  return TIERS.findIndex((tier) => command === tier || command.startsWith(`${tier} `));
}
