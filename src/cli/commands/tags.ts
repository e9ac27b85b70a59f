/** `amalfa tags`: the tags there are, and how many documents have each. */
import { Command } from "commander";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

export function tagsCommand(): Command {
  const command = new Command("tags")
    .description("list the tags, and how many documents have each")
    .argument("[prefix]", "only tags that begin like this, in any case, with or without #");
  addRefreshOption(command).action(async (prefix: string | undefined, flags: FreshFlags) =>
    run(prefix, flags, invocationOf(command)),
  );
  return addHelp(command, { examples: ["amalfa tags", "amalfa tags project/"], exits: ["busy"] });
}

async function run(prefix: string | undefined, flags: FreshFlags, invocation: Invocation): Promise<void> {
  await using project = await openedProject(invocation);
  const report = await project.tags({ ...flags, prefix });
  await printReport(invocation, { ok: true, ...report }, async (tags, terminal) =>
    (await import("../output/render-tags.ts")).renderTagList(tags, terminal),
  );
  sayFreshness(invocation, report);
}
