/** The table on stdout and the JSON file beside it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Effort, Figure, FigureResult, Row } from "./figure.ts";
import type { Machine } from "./machine.ts";
import type { Summary } from "./statistics.ts";

export interface BenchReport {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly effort: Effort;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: readonly (Pick<Figure, "name" | "title"> & FigureResult)[];
}

export function writeReport(path: string, report: BenchReport): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}

const HEADER = ["", "amalfa", "against", "", "ratio", "goal"] as const;

/** The rows of one figure as aligned columns, its notes below. */
export function renderFigure(title: string, { rows, notes }: FigureResult): string {
  const cells = [[...HEADER], ...rows.flatMap(cellsOf)];
  const widths = HEADER.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return [title, ...lines.map((line) => `  ${line.trimEnd()}`), ...notes.map((note) => `  ${note}`)].join(
    "\n",
  );
}

/** A line for each goal; the figures stand in the first. */
function cellsOf({ case: name, unit, ours, peer, goals }: Row): string[][] {
  const figures = [
    name,
    `${shown(ours)} ${unit}`,
    peer === undefined ? "" : peer.name,
    peer === undefined ? "" : `${shown(peer.summary)} ${unit}`,
    peer === undefined ? "" : shown(peer.ratio),
  ];
  const verdicts = goals.map(({ text, met }) => `${text}: ${met ? "met" : "MISSED"}`);
  const [first = "", ...others] = verdicts;
  return [[...figures, first], ...others.map((verdict) => ["", "", "", "", "", verdict])];
}

function shown({ median, lowest, highest, rounds }: Summary): string {
  if (rounds === 1) return number(median);
  return `${number(median)} (${number(lowest)}–${number(highest)})`;
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
