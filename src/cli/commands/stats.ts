/** `amalfa stats`: figures of the graph, its drift and the vector cache. */

import { Command } from "commander";
import { loadStats, type StatsReport } from "../../knowledge/index.ts";
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatModel,
  formatNumberOf,
} from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped, oneLine } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { type Style, styleFor, type Terminal } from "../output/terminal.ts";

export function statsCommand(): Command {
  const command = new Command("stats")
    .description("show figures of the graph and the vector cache, and what has changed in the files")
    .action(async () => run(invocationOf(command)));
  return addHelp(command, { examples: ["amalfa stats", "amalfa stats --json"], exits: ["busy"] });
}

async function run(invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const { readStats } = await loadStats();
  const result = { ok: true, ...readStats(project) };
  await printReport(invocation, result, renderStats);
}

/* The figures of a project, for people. */

/** @param now what "5 minutes ago" is counted from. */
export function renderStats(report: StatsReport, terminal: Terminal, now: Date = new Date()): string {
  const style = styleFor(terminal);
  const rows = [
    ["documents", formatCount(report.nodes)],
    ["chunks", formatCount(report.chunks)],
    ...(report.pending === undefined ? [] : [["meaning", meaningLine(report.pending)]]),
    ["edges", `${formatCount(report.edges)}${unresolved(report)}`],
    ["last ingest", report.lastIngest === null ? "never" : formatAgo(new Date(report.lastIngest), now)],
    ["drift", driftLine(report)],
    ...(report.drift.frontMatter.length === 0 ? [] : [["front matter", frontMatterLine(report)]]),
    ["database", `${escaped(report.database.path)} (${databaseSize(report)})`],
    ["vector cache", cacheLine(report)],
    ["model", report.model === null ? "none yet" : escaped(formatModel(report.model))],
  ];
  const lines = renderTable(
    [{ style: style.aside }, { style: coloured(report, style) }],
    rows,
    Number.POSITIVE_INFINITY,
  );
  return [style.title(escaped(report.root)), ...lines.map((line) => `  ${line}`)].join("\n");
}

function unresolved({ unresolvedLinks }: StatsReport): string {
  return unresolvedLinks === 0 ? "" : `, and ${formatNumberOf(unresolvedLinks, "unresolved link")}`;
}

function meaningLine(pending: NonNullable<StatsReport["pending"]>): string {
  const share =
    `${Math.floor(pending.share * 100)} %, ` +
    `${formatNumberOf(pending.chunks, "passage")} without a vector yet`;
  const { secondsLeft } = pending;
  return secondsLeft === undefined
    ? `${share}; "amalfa init" computes the rest`
    : `${share}, ${formatDuration(secondsLeft * 1000)} left`;
}

function driftLine({ drift, lastIngest }: StatsReport): string {
  const parts = (["added", "changed", "removed"] as const)
    .filter((kind) => drift[kind] > 0)
    .map((kind) => `${formatCount(drift[kind])} ${kind}`);
  const moved =
    parts.length === 0
      ? []
      : [`${parts.join(", ")}${lastIngest === null ? "" : " since then"}; ${nextFor(drift)}`];
  const failed = drift.failed.length === 0 ? [] : [`${formatCount(drift.failed.length)} cannot be ingested`];
  return [...moved, ...failed].join("; ") || "none";
}

function frontMatterLine({ drift: { frontMatter } }: StatsReport): string {
  const documents = formatNumberOf(new Set(frontMatter.map(({ path }) => path)).size, "document");
  return `of ${documents} has faults, the rest is in the graph; "amalfa validate" says where`;
}

function nextFor({ refusal }: StatsReport["drift"]): string {
  return refusal === null
    ? '"amalfa init" brings them in'
    : `an ingest would refuse: ${oneLine(refusal)}; bring back what is missing or correct "sources"`;
}

function databaseSize({ database: { bytes, walBytes } }: StatsReport): string {
  if (bytes === 0) return "not made yet";
  return walBytes === 0
    ? formatBytes(bytes)
    : `${formatBytes(bytes)}, write-ahead log ${formatBytes(walBytes)}`;
}

function cacheLine({ cache: { entries, bytes, maxBytes } }: StatsReport): string {
  const size = maxBytes === null ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(maxBytes)}`;
  return `${formatNumberOf(entries, "vector")}, ${size}`;
}

/** Only what calls for something to be done is coloured. */
function coloured(report: StatsReport, style: Style): (text: string) => string {
  const drift = driftLine(report);
  return (text) => (text === drift && drift !== "none" ? style.warning(text) : text);
}
