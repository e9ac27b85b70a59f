/** `amalfa find-gaps`: documents that are similar but not linked. */

import { Command, InvalidArgumentError } from "commander";
import { DEFAULT_GAPS_LIMIT, DEFAULT_GAPS_THRESHOLD, MAX_GAPS_LIMIT } from "../../knowledge/index.ts";
import { wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
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
  await printReport(invocation, result, async (gaps, terminal) =>
    (await import("../output/render-gaps.ts")).renderGaps(gaps, terminal),
  );
  sayFreshness(invocation, report);
}
