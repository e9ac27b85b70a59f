/** `amalfa explore`: the links of one document, both ways. */
import { Command } from "commander";
import { referenceArgument } from "../document-argument.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface ExploreFlags extends FreshFlags {
  readonly relation?: string;
}

export function exploreCommand(): Command {
  const command = new Command("explore")
    .description("show what a document links to, and what links to it")
    .argument(
      "<id>",
      "its path, its id, an unambiguous ending of either, or its title or alias; with #heading only that part",
    )
    .option("--relation <type>", "only links of this type, such as link, wikilink or depends_on");
  addRefreshOption(command).action(async (id: string, flags: ExploreFlags) =>
    run(id, flags, invocationOf(command)),
  );
  return addHelp(command, {
    examples: [
      "amalfa explore docs/architecture.md",
      "amalfa explore plan.md --relation depends_on",
      'amalfa explore "plan.md#The roof"',
    ],
    exits: ["busy"],
  });
}

async function run(id: string, flags: ExploreFlags, invocation: Invocation): Promise<void> {
  await using project = await openedProject(invocation);
  const result = { ok: true, ...(await project.explore(referenceArgument(project.project, id), flags)) };
  await printReport(invocation, result, async (links, terminal) =>
    (await import("../output/render-explore.ts")).renderExplore(links, terminal),
  );
  sayFreshness(invocation, result);
}
