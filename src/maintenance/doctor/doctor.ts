/**
 * `amalfa doctor`: finds what is wrong, and with `fix` mends what can be mended without harm.
 *
 * - Without `fix` nothing is changed and nothing created (I5).
 * - A check that crashes or runs out of time is a finding; the others go on.
 * - Each fix stands alone, and counts only when a second look confirms it.
 */
import { findProjectRoot, nearestKey } from "../../project/index.ts";
import { ingestAtWork } from "../../project/lock/index.ts";
import { holdRoot, requireHeldRoot } from "../../system/files/index.ts";
import { AmalfaError, lowLimitOfFiles, messageOf, saysTooManyFiles } from "../../system/index.ts";
import { type CheckInfo, type CheckStatus, type Finding, statusOf } from "./check.ts";
import { loadCheck, loadChecks } from "./checks/index.ts";
import type { CheckGroup } from "./groups.ts";
import { type FixStep, fixCommand, nextStep, planFixes } from "./plan.ts";
import {
  type CheckRun,
  endAhead,
  loadSettingsInProcess,
  runInProcesses,
  type StartedAhead,
  startAhead,
} from "./pool.ts";
import { type LoadedSettings, loadSettings, settingsAreProgram, withoutRemote } from "./settings.ts";
import { explainUnchecked } from "./unchecked.ts";

export interface DoctorOptions {
  /** As given on the command line; else it is found from `cwd`. */
  readonly root?: string | undefined;
  readonly cwd: string;
  /** "look" changes nothing; "plan" says what "repair" would do. */
  readonly mode: "look" | "plan" | "repair";
  /** A minute for each check, and more to look at. */
  readonly deep: boolean;
  /** How long each check may take, in milliseconds, instead of what is usual. */
  readonly deadlineMs?: number | undefined;
  /** Whether what could not be looked at in time is a problem. */
  readonly strict?: boolean;
  /** `off` where no remote vector cache is to be asked. */
  readonly remoteCache?: "off" | undefined;
  /** `fine` where passages that only wait for their vectors are nothing to do anything about. */
  readonly waiting?: "fine" | undefined;
  /** Ids; all when undefined. */
  readonly checks?: readonly string[] | undefined;
  /** Called once before anything is changed, if there is anything to change. */
  readonly onPlan?: ((steps: readonly FixStep[]) => void) | undefined;
}

export interface ReportedFinding {
  readonly severity: "warning" | "error";
  readonly message: string;
  readonly why: string;
  readonly subject: string;
  readonly fixable: boolean;
  /** What `--fix` does; null when it does nothing. */
  readonly fix: string | null;
  /** True when a second look confirmed that it is gone. */
  readonly fixed: boolean;
  /** What the fix did, or why it could not; null when none was tried. */
  readonly fixResult: string | null;
  readonly commands: readonly string[];
  /** What is wrong and what to do about it before any command works; null for most. */
  readonly first: string | null;
}

export interface ReportedCheck {
  readonly id: string;
  readonly title: string;
  readonly group: CheckGroup;
  /** With fixes, what the second look found. */
  readonly status: CheckStatus;
  readonly message: string;
  readonly durationMs: number;
  readonly findings: readonly ReportedFinding[];
}

export interface DoctorReport {
  /** True when no warning or error remains; with `strict`, and nothing that could not be looked at in time. */
  readonly ok: boolean;
  readonly root: string;
  readonly fix: boolean;
  readonly dryRun: boolean;
  readonly durationMs: number;
  readonly summary: Readonly<Record<CheckStatus | "fixed", number>>;
  /** What `--fix` would do, or has done, in this order. */
  readonly plan: readonly Omit<FixStep, "target">[];
  /** The one thing to do next; null when nothing is wrong. */
  readonly next: string | null;
  readonly checks: readonly ReportedCheck[];
}

/**
 * Throws `doctor.unknown-check` (exit 2), `root.invalid` and `root.replaced`; whatever else is wrong is in the report.
 */
export async function runDoctor(options: DoctorOptions): Promise<DoctorReport> {
  const started = performance.now();
  const checks = selectChecks(await loadChecks(), options.checks);
  const root = findProjectRoot(options);
  using _ = options.mode === "repair" ? holdRoot(root) : undefined;
  const { loaded, first } = await lookFirst(checks, root, options);
  const steps =
    options.mode === "look"
      ? []
      : planFixes(first.map(({ id, outcome }) => ({ id, findings: outcome.findings })));
  const tried = options.mode === "repair" ? await repair(steps, loaded, options) : new Map<string, Attempt>();
  requireHeldRoot(root);
  const second = tried.size === 0 ? first : await lookAgain(checks, first, steps, loaded, options);
  const reported = checks.map((check, index) => report(check, first[index]!, second[index]!, tried));
  return summarize({
    root,
    mode: options.mode,
    strict: options.strict === true,
    steps,
    checks: reported,
    durationMs: Math.round(performance.now() - started),
    tried,
    ingest: ingestAtWork(loaded.project.paths),
  });
}

/** Processes begin while the settings are read, and end with it: left alone they would keep this one from ending. */
async function lookFirst(
  checks: readonly CheckInfo[],
  root: string,
  options: DoctorOptions,
): Promise<{ readonly loaded: LoadedSettings; readonly first: readonly CheckRun[] }> {
  const ahead = startAhead(checks);
  try {
    const read = settingsAreProgram(root)
      ? await loadSettingsInProcess(root, options.deadlineMs)
      : await loadSettings(root);
    const loaded = options.remoteCache === "off" ? withoutRemote(read) : read;
    return { loaded, first: await look(checks, loaded, options, ahead) };
  } finally {
    await endAhead(ahead);
  }
}

function selectChecks(all: readonly CheckInfo[], ids: readonly string[] | undefined): readonly CheckInfo[] {
  if (ids === undefined) return all;
  const unknown = ids.filter((id) => !all.some((check) => check.id === id));
  if (unknown.length > 0) {
    throw new AmalfaError(
      "doctor.unknown-check",
      `There is no check ${unknown.map((id) => `"${id}"`).join(", ")}.`,
      { hint: `${meant(unknown, all)}\`amalfa doctor --list-checks\` lists them.` },
    );
  }
  return all.filter(({ id }) => ids.includes(id));
}

function meant(unknown: readonly string[], all: readonly CheckInfo[]): string {
  const ids = all.map(({ id }) => id);
  const near = unknown.flatMap((id) => nearestKey(id, ids) ?? []);
  return near.length === 0 ? "" : `Did you mean ${[...new Set(near)].join(", ")}? `;
}

async function look(
  checks: readonly CheckInfo[],
  { project, problems }: LoadedSettings,
  { deep, deadlineMs, waiting, checks: asked }: DoctorOptions,
  ahead?: StartedAhead,
): Promise<CheckRun[]> {
  const runs = await runInProcesses({
    checks,
    input: { project, settingsProblems: problems, deep, waiting },
    deadlineMs,
    ahead,
  });
  return explainUnchecked(runs, checks, asked === undefined ? [] : ["amalfa doctor"]);
}

/** What an attempt to mend something came to. */
interface Attempt {
  readonly done: boolean;
  /** A clause: what was done, or why it was not. */
  readonly result: string;
}

type Attempts = ReadonlyMap<string, Attempt>;

/** What each step came to, by `keyOf`. */
async function repair(
  steps: readonly FixStep[],
  { project }: LoadedSettings,
  { onPlan }: DoctorOptions,
): Promise<Attempts> {
  const results = new Map<string, Attempt>();
  if (steps.length > 0) onPlan?.(steps);
  for (const step of steps) {
    requireHeldRoot(project.root);
    const key = keyOf(step.check, step.subject);
    try {
      const { repair: fix } = await loadCheck(step.check);
      if (fix === undefined) throw new Error(`there is no fix for ${step.check}`);
      results.set(key, { done: true, result: await fix(step.target, { project }) });
    } catch (error) {
      results.set(key, { done: false, result: messageOf(error) });
    }
  }
  return results;
}

/** Runs the checks again whose group a fix has touched; the others keep what they found. */
async function lookAgain(
  checks: readonly CheckInfo[],
  first: readonly CheckRun[],
  steps: readonly FixStep[],
  loaded: LoadedSettings,
  options: DoctorOptions,
): Promise<CheckRun[]> {
  const fixedChecks = new Set(steps.map(({ check }) => check));
  const groups = new Set(checks.filter(({ id }) => fixedChecks.has(id)).map(({ group }) => group));
  const again = await look(
    checks.filter(({ group }) => groups.has(group)),
    loaded,
    options,
  );
  return first.map((run) => again.find(({ id }) => id === run.id) ?? run);
}

/** Tells findings apart between the two looks. */
function keyOf(check: string, subject: string): string {
  return `${check}\n${subject}`;
}

function report(check: CheckInfo, first: CheckRun, second: CheckRun, tried: Attempts): ReportedCheck {
  const remaining = new Set(second.outcome.findings.map(({ subject }) => subject));
  const status = statusOf(second.outcome);
  const conclusive = status !== "skipped" && status !== "late" && !remaining.has(check.id);
  const gone = first.outcome.findings.filter(
    ({ subject }) => tried.has(keyOf(check.id, subject)) && !remaining.has(subject),
  );
  const fixed = gone.map((finding) => reportFinding(check.id, finding, tried, conclusive ? "fixed" : "open"));
  return {
    id: check.id,
    title: check.title,
    group: check.group,
    status,
    message: second.outcome.message,
    durationMs: Math.round(second.durationMs * 10) / 10,
    findings: [
      ...second.outcome.findings.map((finding) => reportFinding(check.id, finding, tried, "open")),
      ...fixed,
    ],
  };
}

function reportFinding(
  check: string,
  finding: Finding,
  tried: Attempts,
  state: "open" | "fixed",
): ReportedFinding {
  const { severity, message, why, subject, fix, commands, first = null } = finding;
  return {
    severity,
    message,
    why,
    subject,
    fixable: fix !== undefined,
    fix: fix?.action ?? null,
    fixed: state === "fixed",
    fixResult: describeAttempt(tried.get(keyOf(check, subject)), state),
    commands:
      fix === undefined || tried.has(keyOf(check, subject)) ? commands : [fixCommand(fix), ...commands],
    first,
  };
}

function describeAttempt(attempt: Attempt | undefined, state: "open" | "fixed"): string | null {
  if (attempt === undefined) return null;
  if (attempt.done) return attempt.result;
  // Another process may have been faster.
  return state === "fixed" ? "gone by now" : `not done: ${attempt.result}`;
}

interface Examined {
  readonly root: string;
  readonly mode: DoctorOptions["mode"];
  readonly strict: boolean;
  readonly steps: readonly FixStep[];
  readonly checks: readonly ReportedCheck[];
  readonly durationMs: number;
  readonly tried: Attempts;
  /** The one at work, in words. */
  readonly ingest: string | undefined;
}

function summarize({ root, mode, strict, steps, checks, durationMs, tried, ingest }: Examined): DoctorReport {
  const count = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  const open = checks.flatMap(({ id, findings }) =>
    findings
      .filter(({ fixed }) => !fixed)
      .map((finding) => ({ check: id, fixTried: tried.has(keyOf(id, finding.subject)), ...finding })),
  );
  const summary = {
    ok: count("ok"),
    warning: count("warning"),
    error: count("error"),
    skipped: count("skipped"),
    late: count("late"),
    fixed: checks.flatMap(({ findings }) => findings).filter(({ fixed }) => fixed).length,
  };
  return {
    ok: summary.warning === 0 && summary.error === 0 && !(strict && summary.late > 0),
    root,
    fix: mode !== "look",
    dryRun: mode === "plan",
    durationMs,
    summary,
    plan: steps.map(({ check, subject, action }) => ({ check, subject, action })),
    next: (open.some(mayLackFiles) ? RAISE_LIMIT : nextStep(open, ingest)) ?? null,
    checks,
  };
}

const RAISE_LIMIT = "raise the limit of open files (`ulimit -n`), then run `amalfa doctor` again";

/** Where too few files can be opened, no finding is certain: SQLite and the runtime do not say what kept them out. */
function mayLackFiles({ message }: Pick<Finding, "message">): boolean {
  return saysTooManyFiles(message) || lowLimitOfFiles() !== undefined;
}
