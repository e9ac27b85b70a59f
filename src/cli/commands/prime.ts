/** `amalfa prime`: what an agent is told of the memory when its session begins. */
import { Command } from "commander";
import { loadPrime, toldLine } from "../../knowledge/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { wholeNumber } from "../arguments.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf, warn } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { addRefreshOption, type FreshFlags } from "../refresh-option.ts";

interface PrimeFlags extends FreshFlags {
  readonly budget: number;
}

const DEFAULT_BUDGET = 800;
const MOST_TOKENS = 100_000;

export function primeCommand(): Command {
  const command = new Command("prime")
    .description(
      "print what an agent should know first: what the memory holds, what changed last, how to ask",
    )
    .option(
      "--budget <tokens>",
      "most tokens that the text may have",
      wholeNumber(1, MOST_TOKENS),
      DEFAULT_BUDGET,
    );
  addRefreshOption(command).action(async (flags: PrimeFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa prime --budget 800", "amalfa prime --json"],
    exits: ["busy"],
  });
}

async function run({ budget, refresh }: PrimeFlags, invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const [{ openFreshGraphReader, openGraphReader }, { prime }] = await Promise.all([
    import("../../composition.ts"),
    loadPrime(),
  ]);
  try {
    using reader = await openGraphReader(project);
    const onWarning = (message: string) => warn(invocation, message);
    const graph = await openFreshGraphReader(project, reader, { refresh, onWarning });
    const report = await prime(project, graph, budget);
    await printReport(invocation, { ok: true, root: project.root, ...report }, ({ text }) =>
      Promise.resolve(text),
    );
    const line = invocation.json ? undefined : toldLine(report);
    if (line !== undefined && invocation.verbose) warn(invocation, line);
  } catch (error) {
    if (!(error instanceof AmalfaError) || error.code !== "database.missing") throw error;
    // A session that begins where nobody keeps a memory has nothing to be told, and nothing has failed.
    const nothing = { ok: true, root: project.root, text: "", tokens: 0, budget, documents: 0 };
    await printReport(invocation, nothing, () => Promise.resolve(""));
    warn(invocation, "there is no graph here, so there is nothing to say; `amalfa init` makes one");
  }
}
