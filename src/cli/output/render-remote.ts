/** The remote vector cache, for people. */
import type { RemotePruneReport, RemoteReport } from "../../maintenance/cache/index.ts";
import { formatCount, formatNumberOf } from "../../system/index.ts";
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
  const trust = signed ? "only signed rows are taken" : "not signed: whoever may write there is trusted";
  rows.push(["remote use", `${mode === "read" ? "for reading" : "for reading and writing"}, ${trust}`]);
  rows.push(["remote vectors", entries === null ? "cannot be counted" : formatCount(entries)]);
  rows.push(["remote answers", `within ${latencyMs} ms`]);
  if (asked > 0) rows.push(["remote share", `${proved} of ${asked} vectors of this cache`]);
  return rows;
}

export function renderRemotePrune(
  { url, rows, removed, dryRun }: RemotePruneReport,
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  const what = `${formatNumberOf(removed, "vector")} of ${formatCount(rows)}`;
  return style.good(`${what} ${dryRun ? "would be removed" : "removed"} from ${escaped(url)}`);
}
