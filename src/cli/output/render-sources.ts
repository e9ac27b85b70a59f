/** The sources of a project, for people. */
import type { SourcesReport } from "../../knowledge/list-sources.ts";
import { formatNumberOf } from "./format.ts";
import { escaped } from "./safe-text.ts";
import { styleFor } from "./style.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** The part of the report that is shown. */
export type SourcesShown = Pick<SourcesReport, "root" | "sources">;

export function renderSources(report: SourcesShown, terminal: Terminal): string {
  const style = styleFor(terminal);
  const rows = report.sources.map(({ source, kind, exists, documents }) => [
    escaped(source),
    kind,
    exists ? formatNumberOf(documents, "document") : "missing",
  ]);
  const state = (text: string) =>
    text === "missing" ? style.bad(text) : text.startsWith("0 ") ? style.warning(text) : text;
  const columns = [
    { style: style.reference, cut: "start" as const },
    { style: style.aside },
    { align: "right" as const, style: state },
  ];
  const count = formatNumberOf(report.sources.length, "source");
  const head = `${style.title(count)} ${style.aside(`below ${escaped(report.root)}`)}`;
  return [head, ...renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`)].join("\n");
}
