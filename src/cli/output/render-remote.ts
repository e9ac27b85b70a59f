/** The remote vector cache, for people. */
import type { PullReport, PushReport } from "../../embedding/remote/index.ts";
import type { RemotePruneReport, RemoteReport } from "../../maintenance/cache/index.ts";
import { formatBytes, formatCount, formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** The remote part of `cache stats`. */
export interface RemoteStatistics extends RemoteReport {
  /** Vectors of the project's model that are there; null where they cannot be counted. */
  readonly entries: number | null;
}

/** Rows of a table: what is known of it, in words. */
export function remoteRows(remote: RemoteStatistics): string[][] {
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
