/** `amalfa doctor`: what is wrong, what to do about it, and with --fix the doing of it. */

import { Command } from "commander";
import {
  CHECK_GROUPS,
  type CheckGroup,
  type CheckStatus,
  type DoctorReport,
  loadDoctor,
  type ReportedCheck,
  type ReportedFinding,
} from "../../maintenance/doctor/index.ts";
import { EXIT, formatDuration, formatNumberOf } from "../../system/index.ts";
import { parseSeconds } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, startingPoint, warn } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";
import { renderTable, wrapHanging } from "../output/table.ts";
import { lineLimit, type Style, styleFor, type Terminal } from "../output/terminal.ts";

interface DoctorFlags {
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly check?: readonly string[];
  readonly deep?: boolean;
  readonly listChecks?: boolean;
  readonly timeout?: number;
  readonly strict?: boolean;
}

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .description("find what is wrong, say what to do about it, and mend what can be mended without harm")
    .option("--fix", "mend what can be mended; stops no service, deletes no document")
    .option("--dry-run", "say what --fix would do, change nothing")
    .option("--check <ids...>", "run these checks only")
    .option("--deep", "look at everything, up to a minute a check, and compute a sample of vectors again")
    .option("--timeout <seconds>", "how long each check may take; 20, with --deep 60", parseSeconds)
    .option("--strict", "end with status 1 also if a check could not be finished in time")
    .option("--list-checks", "list the checks and what --fix does for each")
    .action(async (flags: DoctorFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa doctor", "amalfa doctor --fix", "amalfa doctor --check db.lock db.wal --json"],
    exits: ["interrupted"],
  });
}

async function run(flags: DoctorFlags, invocation: Invocation): Promise<void> {
  if (flags.listChecks === true) return list(invocation);
  const { runDoctor } = await loadDoctor();
  const report = await runDoctor({
    root: invocation.root,
    cwd: startingPoint(invocation.root),
    mode: flags.dryRun === true ? "plan" : flags.fix === true ? "repair" : "look",
    deep: flags.deep === true,
    checks: flags.check,
    deadlineMs: flags.timeout === undefined ? undefined : flags.timeout * 1000,
    strict: flags.strict === true,
    remoteCache: invocation.remoteCache ? undefined : "off",
    onPlan: (steps) => {
      const lines = steps.map(({ check, subject, action }) => `  ${check}: ${action} (${subject})`);
      if (!invocation.json) warn(invocation, `the plan:\n${lines.join("\n")}`);
    },
  });
  await printReport(invocation, report, (done, terminal) =>
    renderDoctor(done, terminal, {
      verbose: invocation.verbose,
      quiet: invocation.quiet,
    }),
  );
  if (!report.ok) process.exitCode = EXIT.failed;
}

async function list(invocation: Invocation): Promise<void> {
  const { loadChecks } = await import("../../maintenance/doctor/checks/index.ts");
  const checks = (await loadChecks()).map(({ id, title, group, fix }) => ({
    id,
    title,
    group,
    fix: fix ?? null,
  }));
  await printReport(invocation, { ok: true, checks }, (listed, terminal) =>
    renderCheckList(listed.checks, terminal),
  );
}

/* The doctor's report, for people: a line for each group in order, and for each finding what, why, and what to run. */

interface DoctorDetail {
  /** Unfolds healthy groups, and says how long each check took. */
  readonly verbose: boolean;
  /** Leaves out healthy groups. */
  readonly quiet: boolean;
}

const MARKS: Readonly<Record<CheckStatus, string>> = {
  ok: "✓",
  warning: "!",
  error: "✗",
  skipped: "-",
  late: "?",
};
const INDENT = "    ";

function renderDoctor(report: DoctorReport, terminal: Terminal, detail: DoctorDetail): string {
  const style = styleFor(terminal);
  const groups = CHECK_GROUPS.flatMap((group) => {
    const checks = report.checks.filter((check) => check.group === group);
    return checks.length === 0 ? [] : renderGroup(group, checks, { terminal, style, detail });
  });
  const lines = [style.title(escaped(report.root)), ...groups];
  if (report.dryRun) lines.push("", ...planLines(report, style));
  lines.push("", ...closing(report, style, detail));
  return lines.join("\n");
}

/** What `--list-checks` prints. */
export function renderCheckList(
  checks: readonly { readonly id: string; readonly title: string; readonly fix: string | null }[],
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  const rows = checks.map(({ id, title, fix }) => [id, title, fix === null ? "" : `--fix: ${fix}`]);
  const columns = [{ style: style.reference }, {}, { style: style.aside }];
  const table = renderTable(columns, rows, Number.POSITIVE_INFINITY);
  const limit = lineLimit(terminal);
  if (table.every((line) => Bun.stringWidth(line) <= limit)) return table.join("\n");
  return rows
    .flatMap(([id = "", title = "", fix = ""]) => [
      ...wrapHanging(`${style.reference(id)}  ${title}`, limit),
      ...(fix === "" ? [] : wrapHanging(style.aside(fix), limit, { first: INDENT })),
    ])
    .join("\n");
}

interface Rendering {
  readonly terminal: Terminal;
  readonly style: Style;
  readonly detail: DoctorDetail;
}

function renderGroup(group: CheckGroup, checks: readonly ReportedCheck[], rendering: Rendering): string[] {
  const { style, detail } = rendering;
  const notable = checks.filter(({ findings, status }) => findings.length > 0 || status === "late");
  if (notable.length === 0 && !detail.verbose) return detail.quiet ? [] : [foldedGroup(group, checks, style)];
  const shown = detail.verbose ? checks : notable;
  const width = Math.max(...shown.map(({ id }) => id.length));
  const lines = shown.flatMap((check) => {
    const alike = detail.verbose ? [] : shown.filter((other) => isUnchecked(other) && isAlike(check, other));
    if (alike.length < 2) return renderCheck(check, width, rendering);
    return check === alike[0] ? renderUnchecked(alike, rendering) : [];
  });
  const rest = checks.length - shown.length;
  return [
    style.title(group),
    ...lines,
    ...(rest === 0 || detail.quiet ? [] : foldedRest(checks, shown, style)),
  ];
}

/** What could not be looked at is not in order, and says why. */
function foldedRest(
  checks: readonly ReportedCheck[],
  shown: readonly ReportedCheck[],
  style: Style,
): string[] {
  const rest = checks.filter((check) => !shown.includes(check));
  const skipped = rest.filter(({ status }) => status === "skipped");
  const others = rest.length - skipped.length;
  return [
    ...(others === 0 ? [] : [style.aside(`  ${MARKS.ok} ${formatNumberOf(others, "other check")} in order`)]),
    ...(skipped.length === 0
      ? []
      : [
          style.aside(
            `  ${MARKS.skipped} ${formatNumberOf(skipped.length, "other check")} skipped: ` +
              escaped(skipped[0]?.message ?? ""),
          ),
        ]),
  ];
}

function foldedGroup(group: CheckGroup, checks: readonly ReportedCheck[], style: Style): string {
  const skipped = checks.filter(({ status }) => status === "skipped").length;
  if (skipped === checks.length)
    return style.aside(`${MARKS.skipped} ${group}: skipped, ${checks[0]?.message ?? ""}`);
  const aside = skipped === 0 ? "" : `, ${skipped} skipped`;
  return `${style.good(MARKS.ok)} ${group}: ${formatNumberOf(checks.length - skipped, "check")} in order${aside}`;
}

function renderCheck(check: ReportedCheck, width: number, { terminal, style, detail }: Rendering): string[] {
  const time = detail.verbose ? style.aside(` (${formatDuration(check.durationMs)})`) : "";
  const mark = `  ${marked(check.status, style)}`;
  if (check.findings.length > 0) {
    const findings = alikeInARow(check.findings).flatMap((alike) => renderFindings(alike, terminal, style));
    return [`${mark} ${style.reference(check.id)}${time}`, ...findings];
  }
  return [`${mark} ${style.reference(check.id.padEnd(width))}  ${escaped(check.message)}${time}`];
}

/** Whether a check could not look, which its finding says of it in the same words. */
function isUnchecked({ id, message, findings }: ReportedCheck): boolean {
  return findings.length === 1 && findings[0]?.message === `${id} ${message}.`;
}

function isAlike(one: ReportedCheck, other: ReportedCheck): boolean {
  const advice = ({ findings }: ReportedCheck): string => JSON.stringify(findings[0]?.commands);
  return one.message === other.message && advice(one) === advice(other);
}

/** Many checks that could not look for one reason. */
function renderUnchecked(checks: readonly ReportedCheck[], { terminal, style }: Rendering): string[] {
  const [first] = checks;
  const [finding] = first?.findings ?? [];
  if (first === undefined || finding === undefined) return [];
  const ids = checks.map(({ id }) => style.reference(id)).join(", ");
  const message = `${first.message.charAt(0).toUpperCase()}${first.message.slice(1)}.`;
  return [
    ...wrapHanging(ids, lineLimit(terminal), { first: `  ${marked(first.status, style)} ` }),
    ...renderFindings([{ ...finding, message }], terminal, style),
  ];
}

/** Findings that differ in nothing but what was found: what follows from it is said once. */
function alikeInARow(findings: readonly ReportedFinding[]): ReportedFinding[][] {
  const rows: ReportedFinding[][] = [];
  let before: string | undefined;
  for (const finding of findings) {
    const { severity, why, fix, fixed, fixResult, commands } = finding;
    const key = JSON.stringify([severity, why, fix, fixed, fixResult, commands]);
    if (key === before && !fixed) rows.at(-1)?.push(finding);
    else rows.push([finding]);
    before = key;
  }
  return rows;
}

/** @param alike at least one */
function renderFindings(alike: readonly ReportedFinding[], terminal: Terminal, style: Style): string[] {
  const [finding] = alike;
  if (finding === undefined) return [];
  const { message, why, commands, fixed, fix, fixResult } = finding;
  const width = terminal.width - INDENT.length;
  const block = (text: string): string[] =>
    Bun.wrapAnsi(escaped(text), width, { trim: true })
      .split("\n")
      .map((line) => `${INDENT}${line}`);
  if (fixed) return block(`fixed: ${message} (${fixResult ?? fix ?? ""})`).map(style.good);
  const colour = finding.severity === "error" ? style.bad : style.warning;
  return [
    ...alike.flatMap((each) => block(each.message).map(colour)),
    ...block(why).map(style.aside),
    ...(fixResult === null ? [] : block(`--fix: ${fixResult}`).map(style.warning)),
    ...commands.map((command) => {
      const what =
        /^amalfa doctor( --deep)? --fix$/.test(command) && fix !== null ? style.aside(`  (${fix})`) : "";
      return `${INDENT}→ ${style.reference(escaped(command))}${what}`;
    }),
  ];
}

function marked(status: CheckStatus, style: Style): string {
  const colours = {
    ok: style.good,
    warning: style.warning,
    error: style.bad,
    skipped: style.aside,
    late: style.warning,
  };
  return colours[status](MARKS[status]);
}

function planLines(report: DoctorReport, style: Style): string[] {
  if (report.plan.length === 0) return ["--fix would do nothing."];
  const steps = report.plan.map(
    ({ check, subject, action }) => `  ${style.reference(check)}: ${action} (${escaped(subject)})`,
  );
  return [style.title("--fix would:"), ...steps];
}

function closing(report: DoctorReport, style: Style, detail: DoctorDetail): string[] {
  const { summary, next, checks, durationMs } = report;
  const counts = [
    `${formatNumberOf(summary.ok, "check")} ok`,
    formatNumberOf(summary.warning, "warning"),
    formatNumberOf(summary.error, "error"),
    ...(summary.skipped > 0 ? [`${summary.skipped} skipped`] : []),
    ...(summary.late > 0 ? [`${summary.late} not checked in time`] : []),
    ...(summary.fixed > 0 ? [`${summary.fixed} fixed`] : []),
  ].join(", ");
  const slowest = [...checks].sort((a, b) => b.durationMs - a.durationMs)[0];
  const time =
    detail.verbose && slowest !== undefined
      ? [
          style.aside(
            `Took ${formatDuration(durationMs)}; the slowest check was ` +
              `${slowest.id} with ${formatDuration(slowest.durationMs)}.`,
          ),
        ]
      : [];
  const advice = next === null ? "nothing to do" : `next: ${style.reference(escaped(next))}`;
  const colour = report.ok && summary.late === 0 ? style.good : summary.error > 0 ? style.bad : style.warning;
  return [...time, `${colour(counts)}; ${advice}`];
}
