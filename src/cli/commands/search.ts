/** `amalfa search`: find documents by words and by meaning. */

import { Command, Option } from "commander";
import type { SearchMode } from "../../graph/search/index.ts";
import { DEFAULT_SEARCH_LIMIT, MAX_SEARCH_LIMIT, SEARCH_MODES } from "../../knowledge/index.ts";
import { wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface SearchFlags extends FreshFlags {
  readonly limit: number;
  readonly mode: SearchMode;
  readonly explain?: boolean;
}

export function searchCommand(): Command {
  const command = new Command("search")
    .description("find documents by words and by meaning")
    .argument("<query...>", "what to look for, in your own words")
    .option(
      "-n, --limit <n>",
      "documents to show at most",
      wholeNumber(1, MAX_SEARCH_LIMIT),
      DEFAULT_SEARCH_LIMIT,
    )
    .addOption(new Option("--mode <mode>", "how to search").choices(SEARCH_MODES).default("hybrid"))
    .option("--explain", "say of each result why it is where it is");
  addRefreshOption(command).action(async (words: string[], flags: SearchFlags) =>
    run(words.join(" "), flags, invocationOf(command)),
  );
  return addHelp(command, {
    examples: [
      'amalfa search "how do I undo a commit"',
      "amalfa search --mode lexical --limit 3 borrow checker",
      "amalfa search --explain OTEL_PROPAGATORS",
    ],
    exits: ["busy", "interrupted"],
  });
}

async function run(query: string, flags: SearchFlags, invocation: Invocation): Promise<void> {
  const started = performance.now();
  await using project = await openedProject(invocation);
  const report = await project.search(query, flags);
  const result = { ok: true, ...report, durationMs: Math.round(performance.now() - started) };
  await printReport(invocation, result, async (found, terminal) =>
    (await import("../output/render-search.ts")).renderSearch(found, terminal, { quiet: invocation.quiet }),
  );
  sayFreshness(invocation, report);
}
