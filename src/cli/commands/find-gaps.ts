/** `amalfa find-gaps`: documents that are similar but not linked. */

import { Command, InvalidArgumentError } from "commander";
import { DEFAULT_GAPS_LIMIT, DEFAULT_GAPS_THRESHOLD, MAX_GAPS_LIMIT } from "../../knowledge/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { shownId } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface GapsFlags extends FreshFlags {
  readonly limit: number;
  readonly threshold: number;
}

export function findGapsCommand(): Command {
  const command = new Command("find-gaps")
    .description("find documents that are similar but not linked")
    .option("-n, --limit <n>", "pairs to show at most", wholeNumber(1, MAX_GAPS_LIMIT), DEFAULT_GAPS_LIMIT)
    .option(
      "--threshold <t>",
      "the least similarity of a pair, from 0 to 1",
      parseThreshold,
      DEFAULT_GAPS_THRESHOLD,
    );
  addRefreshOption(command).action(async (flags: GapsFlags) => run(flags, invocationOf(command)));
  command.addHelpText(
    "after",
    "\nWhat stands out comes first: pairs that are closer to each other than either is\n" +
      "to the documents around it, not those with the highest similarity. No document\n" +
      "is named more than three times.",
  );
  return addHelp(command, {
    examples: ["amalfa find-gaps", "amalfa find-gaps --threshold 0.75 --limit 5"],
    exits: ["busy", "interrupted"],
  });
}

function parseThreshold(text: string): number {
  const value = /^(?:\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError("Expected a number from 0 to 1.");
  return value;
}

async function run(flags: GapsFlags, invocation: Invocation): Promise<void> {
  const started = performance.now();
  await using project = await openedProject(invocation);
  const report = await project.findGaps(flags);
  const result = { ok: true, ...report, durationMs: Math.round(performance.now() - started) };
  await printReport(invocation, result, renderGaps);
  sayFreshness(invocation, report);
}

/* Documents that are similar and not linked, for people. */

/** The result of `find-gaps`. */
interface GapsReport {
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
    shownId(a.id),
    shownId(b.id),
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
