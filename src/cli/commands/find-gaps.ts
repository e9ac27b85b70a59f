/** `amalfa find-gaps`: documents that are similar but not linked. */

import { Command, InvalidArgumentError } from "commander";
import { loadGaps } from "../../knowledge/index.ts";
import { wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";

interface GapsFlags {
  readonly limit: number;
  readonly threshold: number;
}

export function findGapsCommand(): Command {
  const command = new Command("find-gaps")
    .description("find documents that are similar but not linked")
    .option("-n, --limit <n>", "pairs to show at most", wholeNumber(1, 1000), 20)
    .option("--threshold <t>", "the least similarity of a pair, from 0 to 1", parseThreshold, 0.6)
    .action(async (flags: GapsFlags) => run(flags, invocationOf(command)));
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
  const project = await projectOf(invocation);
  const [{ findGaps }, { openGraph }, { databaseError }] = await Promise.all([
    loadGaps(),
    import("../../composition.ts"),
    import("../../graph/index.ts"),
  ]);
  using reader = await openGraph(project);
  try {
    const report = findGaps(reader, flags);
    const result = { ok: true, ...report, durationMs: Math.round(performance.now() - started) };
    await printReport(invocation, result, async (gaps, terminal) =>
      (await import("../output/render-gaps.ts")).renderGaps(gaps, terminal),
    );
  } catch (error) {
    throw databaseError(project.paths.database, error);
  }
}
