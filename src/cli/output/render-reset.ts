/** What `reset` is about to do, and what it did, for people. */

import type { ResetItem, ResetPlan } from "../../maintenance/reset/index.ts";
import type { RunningService } from "../../services/index.ts";
import { formatBytes, formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { type Column, renderTable, wrapHanging } from "./table.ts";
import { lineLimit, type Style, styleFor, type Terminal } from "./terminal.ts";

/** The result of `reset`, as in the contract. */
export interface ResetResult {
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
export function renderResetPlan(root: string, plan: ResetPlan, terminal: Terminal): string {
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
