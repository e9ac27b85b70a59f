/** Columns that line up, whatever scripts and styles the cells are written in. */

import { escaped } from "../../system/index.ts";

export interface Column {
  readonly align?: "left" | "right";
  /** Gives way when the line gets too long: the end or the start of its cells is cut. */
  readonly cut?: "end" | "start";
  readonly style?: (text: string) => string;
}

const GAP = "  ";
const ELLIPSIS = "…";
const NARROWEST = 8;

/**
 * Rows of plain cells as lines. Cells of columns with `cut` are shortened until a row fits `width` columns. No cell
 * steers the terminal, whoever chose it: what a vector cache from elsewhere said of its ingests did.
 */
export function renderTable(
  columns: readonly Column[],
  given: readonly (readonly string[])[],
  width: number,
): string[] {
  const rows = given.map((row) => row.map(escaped));
  const widths = fitWidths(columns, rows, width);
  return rows.map((row) =>
    columns
      .map((column, index) =>
        renderCell(column, row[index] ?? "", widths[index] ?? 0, index === columns.length - 1),
      )
      .join(GAP)
      .trimEnd(),
  );
}

/**
 * A styled text as lines of at most `width` columns: the first begins with `first`, which may be styled, the others
 * with `indent`.
 */
export function wrapHanging(text: string, width: number, { first = "", indent = "    " } = {}): string[] {
  if (Bun.stringWidth(first + text) <= width) return [first + text];
  const room = Math.max(1, width - Math.max(Bun.stringWidth(first), indent.length));
  const lines = Bun.wrapAnsi(text, room, { hard: true, trim: true }).split("\n");
  return lines.map((line, index) => (index === 0 ? first : indent) + line);
}

/** Cuts a text to a number of columns, with an ellipsis where something is missing. */
export function cutTo(text: string, width: number, end: "end" | "start" = "end"): string {
  const length = Bun.stringWidth(text);
  if (length <= width) return text;
  if (width < 1) return "";
  return end === "end"
    ? `${Bun.sliceAnsi(text, 0, width - 1)}${ELLIPSIS}`
    : `${ELLIPSIS}${Bun.sliceAnsi(text, length - width + 1)}`;
}

function fitWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = columns.map((_, index) =>
    Math.max(0, ...rows.map((row) => Bun.stringWidth(row[index] ?? ""))),
  );
  const total = () => widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  let excess = total() - width;
  while (excess > 0) {
    // The widest of the columns that give way shrinks first, down to the next widest.
    const flexible = columns
      .map((column, index) => ({ index, size: column.cut === undefined ? 0 : (widths[index] ?? 0) }))
      .filter(({ size }) => size > NARROWEST)
      .sort((a, b) => b.size - a.size);
    const [widest, next] = flexible;
    if (widest === undefined) break;
    const step = Math.min(excess, Math.max(1, widest.size - Math.max(next?.size ?? NARROWEST, NARROWEST)));
    widths[widest.index] = widest.size - step;
    excess -= step;
  }
  return widths;
}

function renderCell(column: Column, text: string, width: number, last: boolean): string {
  const shown = column.cut === undefined ? text : cutTo(text, width, column.cut);
  const padding = " ".repeat(Math.max(0, width - Bun.stringWidth(shown)));
  const styled = column.style?.(shown) ?? shown;
  if (column.align === "right") return padding + styled;
  return last ? styled : styled + padding;
}
