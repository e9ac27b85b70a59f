/** Documents that are similar and not linked, for people. */
import { formatNumberOf } from "./format.ts";
import { escaped } from "./safe-text.ts";
import { styleFor } from "./style.ts";
import { renderTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** The result of `find-gaps`. */
export interface GapsReport {
  readonly threshold: number;
  readonly documents: number;
  readonly gaps: readonly {
    readonly a: { readonly id: string };
    readonly b: { readonly id: string };
    readonly similarity: number;
  }[];
}

export function renderGaps(report: GapsReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const compared = `${formatNumberOf(report.documents, "document")} compared, threshold ${report.threshold}`;
  if (report.gaps.length === 0) return style.aside(`No gaps: ${compared}.`);
  const rows = report.gaps.map(({ a, b, similarity }) => [
    similarity.toFixed(2),
    escaped(a.id),
    escaped(b.id),
  ]);
  const columns = [
    { align: "right" as const, style: style.aside },
    { style: style.reference, cut: "start" as const },
    { style: style.reference, cut: "start" as const },
  ];
  const head = `${style.title("similar and not linked")} ${style.aside(`(${compared})`)}`;
  return [head, ...renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`)].join("\n");
}
