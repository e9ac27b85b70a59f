/** `amalfa tags`: the tags there are, and how many documents have each. */
import { Command } from "commander";
import type { TagsReport } from "../../knowledge/index.ts";
import { formatCount, formatNumberOf } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";
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
  await printReport(invocation, { ok: true, ...report }, renderTagList);
  sayFreshness(invocation, report);
}

/** The tags of a project, each with its number of documents. */
function renderTagList({ tags, documents }: TagsReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  if (tags.length === 0) return "No tags.";
  const rows = tags.map((each) => [escaped(each.tag), formatCount(each.documents)]);
  const columns = [{ style: style.reference }, { align: "right" as const }];
  const aside = style.aside(`on ${formatNumberOf(documents, "document")}`);
  const head = `${style.title(formatNumberOf(tags.length, "tag"))} ${aside}`;
  return [head, ...renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`)].join("\n");
}
