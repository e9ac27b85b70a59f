/** `amalfa read`: print one document. */
import { Command } from "commander";
import { loadReading } from "../../knowledge/index.ts";
import { referenceArgument } from "../document-argument.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { addRefreshOption, type FreshFlags, sayFreshness } from "../refresh-option.ts";

interface ReadFlags extends FreshFlags {
  readonly lines?: string;
}

export function readCommand(): Command {
  const command = new Command("read")
    .description("print one document")
    .argument(
      "<id>",
      "its path, its id, an unambiguous ending of either, or its title or alias; " +
        "name.md:12 begins at line 12, name.md:12-14 are three lines, name.md#Heading is its section",
    )
    .option("--lines <range>", "only these lines, such as 12, 3-9 or 40-");
  addRefreshOption(command).action(async (id: string, flags: ReadFlags) =>
    run(id, flags, invocationOf(command)),
  );
  return addHelp(command, {
    examples: [
      "amalfa read docs/architecture.md",
      "amalfa read architecture.md --lines 1-20",
      "amalfa read docs/architecture.md:1-3",
    ],
    exits: ["busy"],
  });
}

async function run(id: string, { lines, refresh }: ReadFlags, invocation: Invocation): Promise<void> {
  const [opened, { parseLineRange }] = await Promise.all([openedProject(invocation), loadReading()]);
  await using project = opened;
  const range = lines === undefined ? {} : { lines: parseLineRange(lines) };
  const wanted = referenceArgument(project.project, id);
  const result = { ok: true, ...(await project.read(wanted, { ...range, refresh })) };
  await printReport(invocation, result, async (document, terminal) =>
    (await import("../output/render-read.ts")).renderRead(document, terminal),
  );
  sayFreshness(invocation, result);
}
