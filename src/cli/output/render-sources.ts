/** The sources of a project, for people. */

import type { SourcesReport } from "../../knowledge/index.ts";
import { formatCount, formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { styleFor, type Terminal } from "./terminal.ts";

/** The part of the report that is shown. */
export type SourcesShown = Pick<SourcesReport, "root" | "sources" | "failed">;

export function renderSources(report: SourcesShown, terminal: Terminal): string {
  const style = styleFor(terminal);
  const rows = report.sources.map(({ source, kind, exists, documents, failed }) => [
    escaped(source),
    kind,
    exists ? formatNumberOf(documents, "document") : "missing",
    failed === 0 ? "" : `${formatCount(failed)} cannot be ingested`,
  ]);
  const state = (text: string) =>
    text === "missing" ? style.bad(text) : text.startsWith("0 ") ? style.warning(text) : text;
  const failures = report.failed.map(({ path, error }) => [escaped(path), escaped(error)]);
  const columns = [
    { style: style.reference, cut: "start" as const },
    { style: style.aside },
    { align: "right" as const, style: state },
    { style: style.bad },
  ];
  const count = formatNumberOf(report.sources.length, "source");
  const head = `${style.title(count)} ${style.aside(`below ${escaped(report.root)}`)}`;
  return [
    head,
    ...renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`),
    ...(failures.length === 0 ? [] : ["", style.bad("Cannot be ingested:")]),
    ...renderTable([{ style: style.reference }, {}], failures, Number.POSITIVE_INFINITY).map(
      (line) => `  ${line}`,
    ),
  ].join("\n");
}
