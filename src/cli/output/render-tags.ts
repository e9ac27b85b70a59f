/** Tags, for people: those of a project, and what `inject-tags` did. */

import type { TagsReport } from "../../knowledge/index.ts";
import { formatCount, formatNumberOf } from "../../system/index.ts";
import { escaped, oneLine } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { styleFor, type Terminal } from "./terminal.ts";

/** The result of `inject-tags`. */
export interface InjectReport {
  readonly path: string;
  readonly added: readonly string[];
  readonly present: readonly string[];
  readonly tags: readonly string[];
}

export function renderTags(report: InjectReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const did = report.added.length === 0 ? "has these tags already" : `tagged with ${report.added.join(", ")}`;
  const all = style.aside(`tags: ${oneLine(report.tags.join(", "))}`);
  return `${style.reference(escaped(report.path))} ${oneLine(did)}\n${all}`;
}

/** The tags of a project, each with its number of documents. */
export function renderTagList({ tags, documents }: TagsReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  if (tags.length === 0) return "No tags.";
  const rows = tags.map((each) => [escaped(each.tag), formatCount(each.documents)]);
  const columns = [{ style: style.reference }, { align: "right" as const }];
  const aside = style.aside(`on ${formatNumberOf(documents, "document")}`);
  const head = `${style.title(formatNumberOf(tags.length, "tag"))} ${aside}`;
  return [head, ...renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`)].join("\n");
}
