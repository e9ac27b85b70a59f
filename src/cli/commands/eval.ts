/** `amalfa eval`: how well one's own notes are searched. */

import { resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { SearchMode } from "../../graph/search/index.ts";
import { METRICS, type Minimum, readMinimum, SEARCH_MODES } from "../../knowledge/index.ts";
import { EXIT } from "../../system/index.ts";
import { wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, interruptSignal, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface EvalFlags extends FreshFlags {
  readonly questions?: string;
  readonly queries?: number;
  readonly seed: number;
  readonly mode?: SearchMode[];
  readonly settings?: string;
  readonly against?: string;
  readonly min?: Minimum[];
}

export function evalCommand(): Command {
  const command = new Command("eval")
    .description("measure how well search finds things in your notes, by questions that they answer")
    .option(
      "--questions <file>",
      "ask these instead: on each line a question, a tab and the document",
      placeOf,
    )
    .option(
      "--queries <n>",
      "questions to ask at most; 200 of your own notes by default",
      wholeNumber(1, 100_000),
    )
    .option("--seed <n>", "chooses which questions are asked, if there are more", wholeNumber(0, 2 ** 31), 1)
    .addOption(
      new Option("--mode <mode>", "only this mode; may be repeated")
        .argParser(modes)
        .default(undefined, "all"),
    )
    .option(
      "--settings <file>",
      "judge a graph made with these settings, which is removed afterwards",
      placeOf,
    )
    .option("--against <file>", "compare with an earlier --json report, or with other settings", placeOf)
    .option(
      "--min <mode.metric=value>",
      "end with status 1 if the figure is lower; may be repeated",
      minimum,
    );
  addRefreshOption(command).action(async (flags: EvalFlags) => run(flags, invocationOf(command)));
  command.addHelpText("after", `\nMetrics: ${METRICS.join(", ")}; all from 0 to 1.`);
  return addHelp(command, {
    examples: [
      "amalfa eval",
      "amalfa eval --json > before.json",
      "amalfa eval --against before.json --min hybrid.mrr=0.5",
      "amalfa eval --questions questions.tsv --mode hybrid",
      "amalfa eval --against other.settings.json",
    ],
    exits: ["busy", "interrupted"],
  });
}

/** From where the command was called. */
function placeOf(file: string): string {
  if (file.trim() === "") throw new InvalidArgumentError("Expected a file; the name given is empty.");
  return resolve(file);
}

function modes(text: string, before: readonly SearchMode[] = []): SearchMode[] {
  const mode = SEARCH_MODES.find((each) => each === text);
  if (mode === undefined) throw new InvalidArgumentError(`Expected one of ${SEARCH_MODES.join(", ")}.`);
  return before.includes(mode) ? [...before] : [...before, mode];
}

function minimum(text: string, before: readonly Minimum[] = []): Minimum[] {
  const read = readMinimum(text);
  if (read !== undefined) return [...before, read];
  throw new InvalidArgumentError(
    `Expected a mode, a metric and a number from 0 to 1, such as hybrid.mrr=0.5; metrics are ${METRICS.join(", ")}.`,
  );
}

async function run(flags: EvalFlags, invocation: Invocation): Promise<void> {
  const started = performance.now();
  const signal = interruptSignal();
  const { mode, min, ...request } = flags;
  await using project = await openedProject(invocation);
  const report = await project.evaluate({ ...request, modes: mode, minimum: min, signal });
  const ok = report.minimum.every(({ met }) => met);
  const result = { ok, ...report, durationMs: Math.round(performance.now() - started) };
  await printReport(invocation, result, async (judged, terminal) =>
    (await import("../output/render-eval.ts")).renderEval(judged, terminal),
  );
  sayFreshness(invocation, report);
  if (!ok) process.exitCode = EXIT.failed;
}
