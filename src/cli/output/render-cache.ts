/** What the commands of the vector cache say, for people. */

import type {
  AgeGroup,
  ArchiveReport,
  CacheReport,
  ExportReport,
  ImportReport,
} from "../../embedding/cache/index.ts";
import type { PullReport, PushReport } from "../../embedding/remote/index.ts";
import type {
  CompactReport,
  PruneReport,
  RemotePruneReport,
  RemoteReport,
  VerifyReport,
} from "../../maintenance/cache/index.ts";
import { formatAgo, formatBytes, formatCount, formatDuration, formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

export interface CacheStats extends CacheReport {
  readonly path: string;
  /** Whether it lies outside `.amalfa`. */
  readonly shared: boolean;
  readonly maxBytes: number;
  readonly maxAgeMs: number | null;
  /** Rows that no chunk of the graph needs; null where that cannot be told. */
  readonly orphans: number | null;
  /** Missing where none is named. */
  readonly remote?: RemoteStatistics;
}

export function renderCacheStats(report: CacheStats, terminal: Terminal, now: Date = new Date()): string {
  const style = styleFor(terminal);
  const rows = [
    ["vectors", formatCount(report.entries)],
    ["in use", `${formatBytes(report.bytes)} of ${formatBytes(report.maxBytes)}`],
    ["on disk", formatBytes(report.fileBytes)],
    ["oldest use", usedAt(report.oldest, now)],
    ["latest use", usedAt(report.newest, now)],
    ["age limit", report.maxAgeMs === null ? "none" : `${formatDuration(report.maxAgeMs)} without use`],
    ["hit rate", hitRate(report)],
    ["orphans", orphans(report)],
    ...(report.remote === undefined ? [] : remoteRows(report.remote)),
  ];
  const place = `${escaped(report.path)}${report.shared ? " (outside .amalfa; other projects may use it)" : ""}`;
  const models = report.models.map(({ model, dimensions, entries }) => [
    formatCount(entries),
    escaped(model),
    formatNumberOf(dimensions, "dimension"),
  ]);
  return [
    style.title(place),
    ...indented(renderTable([{ style: style.aside }, {}], rows, terminal.width - 2)),
    ...block(
      style,
      "By model",
      models,
      [{ align: "right" }, { cut: "end" }, { style: style.aside }],
      terminal,
    ),
    ...histogram(style, report.ages, terminal),
    ...block(style, "Last ingests", runRows(report, now), [{}, {}, {}, {}], terminal),
  ].join("\n");
}

function usedAt(time: string | null, now: Date): string {
  return time === null ? "never" : formatAgo(new Date(time), now);
}

function hitRate({ hitRate, runs }: CacheStats): string {
  if (hitRate === null) return "no ingest has asked yet";
  return `${percent(hitRate)} in the last ${runs.length === 1 ? "ingest" : formatNumberOf(runs.length, "ingest")}`;
}

function orphans({ orphans, entries }: CacheStats): string {
  if (orphans === null) return "cannot be told";
  if (orphans === 0) return "none";
  // The cache does not tell what somebody asked for from what a document said.
  const what = "of no passage: of earlier text, or of queries";
  return `${formatCount(orphans)} (${percent(orphans / entries)}) ${what}; "amalfa cache prune --orphans" removes them`;
}

function runRows({ runs }: CacheStats, now: Date): string[][] {
  return runs
    .slice(0, 5)
    .map(({ at, command, hits, misses }) => [
      command,
      formatNumberOf(hits, "hit"),
      formatNumberOf(misses, "miss", "misses"),
      formatAgo(new Date(at), now),
    ]);
}

const AGE_NAMES: Readonly<Record<string, string>> = {
  1: "today",
  7: "this week",
  30: "this month",
  90: "90 days",
  365: "a year",
  null: "longer ago",
};

/** Bars as long as their share of the largest. */
function histogram(style: Style, ages: readonly AgeGroup[], terminal: Terminal): string[] {
  const largest = Math.max(0, ...ages.map(({ entries }) => entries));
  if (largest === 0) return [];
  const room = Math.max(8, Math.min(40, terminal.width - 30));
  const rows = ages.map(({ days, entries }) => [
    AGE_NAMES[String(days)] ?? `${days} days`,
    formatCount(entries),
    bar(entries / largest, room),
  ]);
  return block(
    style,
    "By last use",
    rows,
    [{ style: style.aside }, { align: "right" }, { style: style.reference }],
    terminal,
  );
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** At least a sliver for what is not nothing. */
function bar(share: number, room: number): string {
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * room * 8));
  return "█".repeat(eighths >> 3) + EIGHTHS[eighths & 7];
}

export function renderCacheVerify(
  report: VerifyReport & { readonly path: string },
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  const { rows, malformed, compared, exact, lowestCosine, mismatches } = report;
  const lines = [
    malformed === 0
      ? `${style.good("whole")}  ${formatNumberOf(rows, "row")}`
      : `${style.warning("malformed")}  ${formatCount(malformed)} of ${formatNumberOf(rows, "row")}; ` +
        `they count as misses, and "amalfa doctor --fix" deletes them`,
    compared === 0
      ? "No text of the project's documents is in the cache, so nothing was compared."
      : `${formatNumberOf(compared, "vector")} embedded again: ${formatCount(exact)} ` +
        `the same bit by bit, lowest cosine ${(lowestCosine ?? 1).toFixed(6)}`,
  ];
  if (mismatches.length > 0) {
    lines.push(
      `${style.bad("different")}  ${formatNumberOf(mismatches.length, "vector")}; ` +
        `"amalfa rebuild --no-cache" computes them again`,
    );
    for (const { document, cosine } of mismatches.slice(0, 10)) {
      lines.push(`  ${style.reference(escaped(document))}  cosine ${cosine.toFixed(4)}`);
    }
  }
  return lines.join("\n");
}

export function renderCacheRemoval(report: PruneReport & { readonly declined?: boolean }): string {
  if (report.declined === true) return "Nothing was changed.";
  const { dryRun, removed, bytesBefore, entries, bytes } = report;
  const what = formatNumberOf(removed, "vector");
  if (dryRun) {
    return (
      `${what} would be removed; ${formatCount(entries)} would stay, ` +
      `about ${formatBytes(bytes)} of ${formatBytes(bytesBefore)}.`
    );
  }
  return `${what} removed; ${formatCount(entries)} stay, ${formatBytes(bytes)} of ${formatBytes(bytesBefore)}.`;
}

export function renderCacheTransfer(
  report: (ExportReport | ImportReport | ArchiveReport) & { readonly file: string },
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  const file = `${style.reference(escaped(report.file))} (${formatBytes(report.bytes)})`;
  if ("added" in report) {
    const { added, repaired, kept, leftOut } = report;
    const mended = repaired === 0 ? "" : `, ${formatNumberOf(repaired, "malformed row")} replaced`;
    const foreign = leftOut === 0 ? "" : ` ${formatCount(leftOut)} of other models were left out.`;
    const taken = `${formatNumberOf(added, "vector")} added from ${file}${mended}`;
    return `${taken}, ${formatCount(kept)} were there already.${foreign}`;
  }
  const skipped =
    "skipped" in report && report.skipped > 0
      ? `; ${formatNumberOf(report.skipped, "malformed row")} left out`
      : "";
  return `${formatNumberOf(report.entries, "vector")} written to ${file}${skipped}.`;
}

export function renderCacheCompact({ entries, fileBytesBefore, fileBytes }: CompactReport): string {
  return (
    `${formatNumberOf(entries, "vector")} in ${formatBytes(fileBytes)}, ` +
    `before in ${formatBytes(fileBytesBefore)}.`
  );
}

function block(
  style: Style,
  title: string,
  rows: readonly (readonly string[])[],
  columns: Parameters<typeof renderTable>[0],
  terminal: Terminal,
): string[] {
  if (rows.length === 0) return [];
  return ["", style.title(title), ...indented(renderTable(columns, rows, terminal.width - 2))];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function percent(share: number): string {
  const value = share * 100;
  return `${value === 100 || value === 0 ? value : value.toFixed(1)} %`;
}

/* The remote vector cache, for people. */

/** The remote part of `cache stats`. */
export interface RemoteStatistics extends RemoteReport {
  /** Vectors of the project's model that are there; null where they cannot be counted. */
  readonly entries: number | null;
}

/** Rows of a table: what is known of it, in words. */
function remoteRows(remote: RemoteStatistics): string[][] {
  const { url, state, reason, entries, latencyMs, mode, asked, proved, signed } = remote;
  const rows = [["remote", escaped(url)]];
  if (state !== "used") return [...rows, [`remote ${state}`, escaped(reason ?? "")]];
  const trust = signed
    ? "only signed rows are taken"
    : "not signed: everybody who may write there is trusted";
  rows.push(["remote use", `${mode === "read" ? "for reading" : "for reading and writing"}, ${trust}`]);
  rows.push(["remote vectors", entries === null ? "cannot be counted" : formatCount(entries)]);
  rows.push(["remote answers", `within ${latencyMs} ms`]);
  if (asked > 0) rows.push(["remote share", `${proved} of ${asked} vectors of this cache`]);
  return rows;
}

export function renderRemotePrune(
  { url, rows, removed, dryRun, declined }: RemotePruneReport & { readonly declined: boolean },
  terminal: Terminal,
): string {
  if (declined) return "Nothing was changed.";
  const style = styleFor(terminal);
  const what = `${formatNumberOf(removed, "vector")} of ${formatCount(rows)}`;
  return style.good(`${what} ${dryRun ? "would be removed" : "removed"} from ${escaped(url)}`);
}

/** Vectors that were embedded again, and those of them that came out otherwise. */
export interface VerifiedSample {
  readonly compared: number;
  readonly mismatches: number;
}

interface Transferred {
  readonly ok: boolean;
  readonly url: string;
  readonly dryRun: boolean;
  readonly verified: VerifiedSample;
}

export function renderPush(result: Transferred & PushReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const { url, dryRun, packs, rows, bytes, joined, verified } = result;
  if (packs + rows === 0) return style.good(`${escaped(url)} has all of it`);
  const done = dryRun ? "would be put" : "put";
  const size = dryRun ? "" : `, ${formatBytes(bytes)}`;
  const small = joined === 0 ? [] : [`  ${formatNumberOf(joined, "small pack")} put together`];
  const what = formatNumberOf(rows, "vector");
  const inPacks = packs === 0 ? "" : ` in ${formatNumberOf(packs, "pack")}`;
  const head = `${what} ${done} to ${escaped(url)}${inPacks}${size}`;
  return [style.good(head), ...small, ...sampleLine(verified)].join("\n");
}

export function renderPull(result: Transferred & PullReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const { ok, url, dryRun, fetched, packs, refused, bytes, added, verified } = result;
  const done = dryRun ? "would be fetched" : "fetched";
  const rows = dryRun ? "" : `; ${formatNumberOf(added, "vector")} new`;
  const what = `${formatCount(fetched)} of ${formatNumberOf(packs, "pack")}`;
  const head = `${what} ${done} from ${escaped(url)}, ${formatBytes(bytes)}${rows}`;
  const bad =
    refused === 0
      ? []
      : [style.warning(`  ${formatNumberOf(refused, "pack")} not taken: gone, damaged or not signed`)];
  return [ok ? style.good(head) : style.bad(head), ...bad, ...sampleLine(verified)].join("\n");
}

function sampleLine({ compared, mismatches }: VerifiedSample): string[] {
  if (compared === 0) return [];
  const outcome = mismatches === 0 ? "all right" : `${mismatches} otherwise`;
  return [`  ${formatNumberOf(compared, "vector")} embedded again, ${outcome}`];
}
