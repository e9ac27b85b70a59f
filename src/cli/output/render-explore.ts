/** The links of one document, both ways, for people. */

import type { LinkedDocument } from "../../graph/index.ts";
import { type ExploreReport, noLinksLine } from "../../knowledge/index.ts";
import { escaped, oneLine } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { type Style, styleFor, type Terminal } from "./terminal.ts";

export function renderExplore(report: ExploreReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const title = `  ${style.title(oneLine(report.title))}`;
  const sections = [
    section("links to", report.outgoing.map(cells), { style, terminal }),
    section("linked from", report.incoming.map(cells), { style, terminal }),
    unresolved(report, style, terminal),
  ].filter((text) => text !== "");
  const body = sections.length === 0 ? [style.aside(noLinksLine(report, oneLine))] : sections;
  const place = report.lines === undefined ? "" : `:${report.lines.join("-")}`;
  return [`${style.reference(escaped(report.id) + place)}${title}`, ...body].join("\n\n");
}

function cells({ id, title, type }: LinkedDocument): string[] {
  return [oneLine(type), escaped(id), oneLine(title)];
}

function section(
  name: string,
  rows: readonly (readonly string[])[],
  { style, terminal }: { style: Style; terminal: Terminal },
): string {
  if (rows.length === 0) return "";
  const columns = [{ style: style.aside }, { style: style.reference }, { cut: "end" as const }];
  const lines = renderTable(columns, rows, terminal.width - 2);
  return [
    `${style.title(name)} ${style.aside(`(${rows.length})`)}`,
    ...lines.map((line) => `  ${line}`),
  ].join("\n");
}

function unresolved(report: ExploreReport, style: Style, terminal: Terminal): string {
  if (report.unresolved.length === 0) return "";
  const rows = report.unresolved.map(({ target, type, line }) => [
    oneLine(type),
    `${escaped(report.id)}:${line}`,
    oneLine(target),
  ]);
  const columns = [{ style: style.aside }, { style: style.reference }, { cut: "end" as const }];
  const lines = renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`);
  const count = style.aside(`(${rows.length})`);
  return [`${style.warning("unresolved")} ${count}`, ...lines].join("\n");
}
