/** The tags of a project, for people. */
import type { TagsReport } from "../../knowledge/index.ts";
import { formatCount, formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { styleFor } from "./style.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

export function renderTagList({ tags, documents }: TagsReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  if (tags.length === 0) return "No tags.";
  const rows = tags.map((each) => [escaped(each.tag), formatCount(each.documents)]);
  const columns = [{ style: style.reference }, { align: "right" as const }];
  const aside = style.aside(`on ${formatNumberOf(documents, "document")}`);
  const head = `${style.title(formatNumberOf(tags.length, "tag"))} ${aside}`;
  return [head, ...renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`)].join("\n");
}
