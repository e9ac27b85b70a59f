/** What `inject-tags` did, for people. */
import { escaped, oneLine } from "./safe-text.ts";
import { styleFor } from "./style.ts";
import type { Terminal } from "./terminal.ts";

/** The result of `inject-tags`. */
export interface TagsReport {
  readonly path: string;
  readonly added: readonly string[];
  readonly present: readonly string[];
  readonly tags: readonly string[];
}

export function renderTags(report: TagsReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const did = report.added.length === 0 ? "has these tags already" : `tagged with ${report.added.join(", ")}`;
  const all = style.aside(`tags: ${oneLine(report.tags.join(", "))}`);
  return `${style.reference(escaped(report.path))} ${oneLine(did)}\n${all}`;
}
