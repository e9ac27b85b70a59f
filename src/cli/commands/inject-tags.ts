/** `amalfa inject-tags`: add tags to the front matter of a file. */
import { Command } from "commander";
import { loadTagging } from "../../knowledge/index.ts";
import { documentArgument } from "../document-argument.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped, oneLine } from "../output/safe-text.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";

export function injectTagsCommand(): Command {
  const command = new Command("inject-tags")
    .description("add tags to a file's front matter; nothing else in the file changes")
    .argument("<path>", "the file's path, from here or from the project root")
    .argument("<tag...>", "letters, digits and _, with - / . : + between them")
    .action(async (path: string, tags: string[]) => run(path, tags, invocationOf(command)));
  return addHelp(command, {
    examples: [
      "amalfa inject-tags notes/plan.md project/amalfa draft",
      "amalfa inject-tags README.md docs --json",
    ],
  });
}

async function run(path: string, tags: readonly string[], invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const { injectTags } = await loadTagging();
  const result = { ok: true, ...(await injectTags(project, documentArgument(project, path), tags)) };
  await printReport(invocation, result, renderTags);
}

/** The result of `inject-tags`. */
interface InjectReport {
  readonly path: string;
  readonly added: readonly string[];
  readonly present: readonly string[];
  readonly tags: readonly string[];
}

function renderTags(report: InjectReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const did = report.added.length === 0 ? "has these tags already" : `tagged with ${report.added.join(", ")}`;
  const all = style.aside(`tags: ${oneLine(report.tags.join(", "))}`);
  return `${style.reference(escaped(report.path))} ${oneLine(did)}\n${all}`;
}
