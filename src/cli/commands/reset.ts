/** `amalfa reset`: tier 3, stops everything and deletes `.amalfa` after an explicit confirmation. */

import { relative } from "node:path";
import { Command } from "commander";
import {
  type Confirmation,
  loadReset,
  type ResetItem,
  type ResetOptions,
  type ResetPlan,
  type ResetReport,
} from "../../maintenance/reset/index.ts";
import {
  loadProject,
  loadRegistry,
  readModelRecords,
  settingsFileIn,
  sharedModels,
} from "../../project/index.ts";
import type { RunningService } from "../../services/index.ts";
import { holdRoot, liesBelow } from "../../system/files/index.ts";
import { AmalfaError, formatBytes, formatNumberOf } from "../../system/index.ts";
import { addWaitOption } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, interruptSignal, invocationOf, pathsOf, warn } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";
import { type Column, renderTable, wrapHanging } from "../output/table.ts";
import { describeTerminal, lineLimit, type Style, styleFor, type Terminal } from "../output/terminal.ts";

interface ResetFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly keepCache?: boolean;
  readonly strays?: boolean;
  readonly wait: number;
}

export function resetCommand(): Command {
  const command = new Command("reset")
    .description("stop everything and delete .amalfa, after asking; the markdown stays")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "say what would be deleted, change nothing")
    .option("--keep-cache", "keep the vector cache and the models")
    .option("--strays", "also delete what earlier versions left beside .amalfa");
  addWaitOption(command).action(async (flags: ResetFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa reset --dry-run", "amalfa reset", "amalfa reset --yes --keep-cache"],
    exits: ["busy", "interrupted"],
  });
}

async function run(flags: ResetFlags, invocation: Invocation): Promise<void> {
  const dryRun = flags.dryRun === true;
  const [{ reset }, { canAsk }] = await Promise.all([loadReset(), import("../output/prompt.ts")]);
  if (!dryRun && flags.yes !== true && !canAsk()) throw nobodyToAsk();
  const { paths, kept, vectorCache } = await subjectOf(invocation);
  const report = await reset({
    paths,
    kept,
    vectorCache,
    choice: {
      cache: flags.keepCache === true ? "keep" : "delete",
      strays: flags.strays === true ? "delete" : "keep",
    },
    dryRun,
    waitSeconds: flags.wait,
    signal: dryRun ? new AbortController().signal : interruptSignal(),
    confirm: (plan) => confirm(plan, paths.root, flags, invocation),
    onWait: (holder) => warn(invocation, `waiting for ${holder} to finish`),
  });
  // A search through all projects would go on naming one that has nothing to be searched.
  if (!dryRun && !report.declined && report.plan.data !== undefined)
    (await loadRegistry()).restProject(paths.root, (message) => warn(invocation, message));
  await printReport(invocation, resultOf(paths.root, dryRun, report), renderReset);
}

function nobodyToAsk(): AmalfaError {
  return new AmalfaError(
    "reset.unconfirmed",
    "Nothing was changed: a reset has to be confirmed, and there is no terminal to ask in.",
  );
}

/** Settings that cannot be read are no obstacle: they only tell where the graph and the vector cache lie. */
async function subjectOf(
  invocation: Invocation,
): Promise<Pick<ResetOptions, "paths" | "vectorCache" | "kept">> {
  const paths = pathsOf(invocation);
  const { root } = paths;
  holdRoot(root);
  const file = settingsFileIn(root);
  const kept = file === undefined ? [] : [relative(root, file)];
  let vectorCache: string | undefined;
  try {
    const { settings } = await loadProject({ root, cwd: root });
    vectorCache = settings.cache.path;
    const outside = [settings.database, settings.cache.path].filter(
      (path) => path !== undefined && !liesBelow(paths.data, path),
    );
    for (const path of outside as string[]) {
      const inRoot = path.startsWith(`${root}/`);
      kept.push(inRoot ? relative(root, path) : path);
    }
  } catch (error) {
    if (!(error instanceof AmalfaError)) throw error;
    warn(invocation, `the settings cannot be read; a reset does without them: ${error.message}`);
  }
  return { paths, kept: [...kept, ...modelsThatStay(paths.data)], vectorCache };
}

/** Models that all projects share are not this one's to delete, wherever somebody has put them. */
function modelsThatStay(data: string): string[] {
  const folder = sharedModels();
  if (folder === undefined || readModelRecords().length === 0) return [];
  if (!liesBelow(data, folder)) return [folder];
  throw new AmalfaError(
    "reset.refused",
    `Nothing was deleted: ${folder}, the folder of models that AMALFA_MODELS names, lies in ${data}.`,
    { hint: "Move it to another place and set AMALFA_MODELS to that, then run `amalfa reset` again." },
  );
}

async function confirm(
  plan: ResetPlan,
  root: string,
  flags: ResetFlags,
  invocation: Invocation,
): Promise<Confirmation> {
  if (flags.yes === true) return "--yes";
  const { askForYes } = await import("../output/prompt.ts");
  const terminal = describeTerminal(process.stderr, { color: invocation.color, env: process.env });
  process.stderr.write(`${renderResetPlan(root, plan, terminal)}\n`);
  return (await askForYes("Delete this?")) ? "prompt" : "declined";
}

function resultOf(root: string, dryRun: boolean, { plan, declined, confirmedBy, stopped }: ResetReport) {
  const total = (path: string, items: readonly { files: number; bytes: number }[]) => ({
    path,
    files: items.reduce((sum, { files }) => sum + files, 0),
    bytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
  });
  const beside = [...plan.leftovers, ...plan.strays];
  const whole = plan.data?.scope === "all" ? [total(".amalfa", plan.entries)] : [];
  const single = plan.data?.scope === "all but cache" ? plan.entries : [];
  const items = [...whole, ...single, ...beside].map(({ path, files, bytes }) => ({ path, files, bytes }));
  const deleted = declined ? [] : items;
  return {
    ok: true,
    command: "reset" as const,
    root,
    dryRun,
    confirmedBy,
    declined,
    stopped: stopped.map(({ service, pid }) => ({ service, pid })),
    deleted,
    entries: declined ? [] : [...plan.entries, ...beside],
    kept: plan.kept,
    bytes: total("", deleted).bytes,
  };
}

/* What `reset` is about to do, and what it did, for people. */

/** The result of `reset`, as in the contract. */
interface ResetResult {
  readonly root: string;
  readonly dryRun: boolean;
  readonly declined: boolean;
  readonly confirmedBy: string;
  readonly stopped: readonly RunningService[];
  readonly deleted: readonly { readonly path: string; readonly files: number; readonly bytes: number }[];
  readonly entries: readonly ResetItem[];
  readonly kept: readonly string[];
  readonly bytes: number;
}

export function renderReset(result: ResetResult, terminal: Terminal): string {
  const style = styleFor(terminal);
  if (result.declined) return "Nothing was changed.";
  if (result.deleted.length === 0) return `There is nothing to delete in ${escaped(result.root)}.`;
  if (result.dryRun) {
    return [
      `${style.title("reset would do this")} ${style.aside("(dry run, nothing was changed)")}`,
      ...block(result, style, terminal),
    ].join("\n");
  }
  const names = result.deleted.map(({ path }) => escaped(path)).join(", ");
  return [
    `${style.good(`Deleted ${names}, which freed ${formatBytes(result.bytes)}`)}`,
    ...lost(result.entries, style),
    ...(result.stopped.length === 0 ? [] : [`Stopped ${servicesOf(result.stopped)}`]),
    `Kept ${keptOf(result.kept)}`,
    "Run `amalfa init` to build the graph again.",
  ].join("\n");
}

/** With `--yes` nobody has seen the plan. */
function lost(entries: readonly ResetItem[], style: Style): string[] {
  const gone = entries.filter(({ madeAgain }) => madeAgain === null).map(({ path }) => escaped(path));
  return gone.length === 0
    ? []
    : [style.warning(`With it went what cannot be made again: ${gone.join(", ")}`)];
}

/** The plan as it is shown before the question. */
function renderResetPlan(root: string, plan: ResetPlan, terminal: Terminal): string {
  const style = styleFor(terminal);
  const entries = [...plan.entries, ...plan.leftovers, ...plan.strays];
  return [
    style.title(`amalfa reset in ${escaped(root)}`),
    ...block({ stopped: plan.stop, entries, kept: plan.kept }, style, terminal),
  ].join("\n");
}

function block(
  what: Pick<ResetResult, "stopped" | "entries" | "kept">,
  style: Style,
  terminal: Terminal,
): string[] {
  const { stopped, entries, kept } = what;
  const limit = lineLimit(terminal);
  const named = (name: string, text: string): string[] =>
    wrapHanging(text, limit, { first: `  ${style.aside(name)}    `, indent: " ".repeat(10) });
  return [
    ...(stopped.length === 0 ? [] : named("stop", servicesOf(stopped))),
    ...deletions(entries, style, limit),
    ...named("keep", keptOf(kept)),
  ];
}

function servicesOf(services: ResetResult["stopped"]): string {
  return services.map(({ service, pid }) => `${service} (process ${pid})`).join(", ");
}

function keptOf(kept: readonly string[]): string {
  return ["your markdown", ...kept.map(escaped)].join(", ");
}

/** What is gone for good comes first: that is what the decision is about. */
function deletions(entries: readonly ResetItem[], style: Style, limit: number): string[] {
  if (entries.length === 0) return [];
  const rows = [...entries]
    .sort((a, b) => Number(a.madeAgain !== null) - Number(b.madeAgain !== null))
    .map(({ path, files, bytes, what, madeAgain }) => [
      escaped(path),
      formatNumberOf(files, "file"),
      formatBytes(bytes),
      what,
      madeAgain === null ? style.warning("cannot be made again") : `is made again ${madeAgain}`,
    ]);
  const columns = [{ style: style.reference }, { align: "right" }, { align: "right" }, {}, {}] as const;
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  return [`  ${style.aside("delete")}  ${formatBytes(total)}`, ...tableWithin(limit, columns, rows)];
}

/**
 * Where the rows are too long, what an entry is comes below its sizes: nothing of it may be missing when somebody
 * decides.
 */
function tableWithin(limit: number, columns: readonly Column[], rows: readonly string[][]): string[] {
  const indented = (line: string): string => `    ${line}`;
  const table = renderTable(columns, rows, Number.POSITIVE_INFINITY).map(indented);
  if (table.every((line) => Bun.stringWidth(line) <= limit)) return table;
  const sizes = renderTable(
    columns.slice(0, 3),
    rows.map((row) => row.slice(0, 3)),
    Number.POSITIVE_INFINITY,
  ).map(indented);
  const indent = " ".repeat(8);
  return rows.flatMap((row, index) => [
    sizes[index] ?? "",
    ...wrapHanging(row.slice(3).join("; "), limit, { first: indent, indent }),
  ]);
}
