/** Documents that are similar and not linked, for people. */
import { formatNumberOf } from "../../system/index.ts";
import { escaped } from "./safe-text.ts";
import { renderTable } from "./table.ts";
import { styleFor, type Terminal } from "./terminal.ts";

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
  const ids = [{ style: style.reference }];
  const columns = [{ align: "right" as const, style: style.aside }, ...ids, ...ids];
  const head = `${style.title("similar and not linked")} ${style.aside(`(${compared}, what stands out first)`)}`;
  const width = terminal.width - 2;
  const table = renderTable(columns, rows, Number.POSITIVE_INFINITY);
  const fits = table.every((line) => Bun.stringWidth(line) <= width);
  // Ids are there to be copied, so rather than cut them a narrow terminal gets one below the other.
  const lines = fits
    ? table
    : renderTable(columns.slice(0, 2), rows.flatMap(stacked), Number.POSITIVE_INFINITY);
  return [head, ...lines.map((line) => `  ${line}`)].join("\n");
}

function stacked([similarity = "", a = "", b = ""]: readonly string[]): string[][] {
  return [
    [similarity, a],
    ["", b],
  ];
}
