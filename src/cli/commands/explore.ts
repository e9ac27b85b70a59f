/** `amalfa explore`: the links of one document, both ways. */

import { Command } from "commander";
import type { LinkedDocument } from "../../graph/index.ts";
import { type ExploreReport, noLinksLine } from "../../knowledge/index.ts";
import { referenceArgument } from "../document-argument.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, openedProject } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { oneLine, shownId } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { type Style, styleFor, type Terminal } from "../output/terminal.ts";
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
  await printReport(invocation, result, renderExplore);
  sayFreshness(invocation, result);
}

/* The links of one document, both ways, for people. */

export function renderExplore(report: ExploreReport, terminal: Terminal): string {
  const style = styleFor(terminal);
  const title = `  ${style.title(oneLine(report.title))}`;
  const sections = [
    section("links to", report.outgoing.map(cells), { style, terminal }),
    section("linked from", report.incoming.map(cells), { style, terminal }),
    unresolved(report, style, terminal),
  ].filter((text) => text !== "");
  const body = sections.length === 0 ? [style.aside(noLinksLine(report, oneLine))] : sections;
  const place = report.lines === undefined ? "" : `:${report.lines.join("-")}`;
  return [`${style.reference(shownId(report.id) + place)}${title}`, ...body].join("\n\n");
}

function cells({ id, title, type }: LinkedDocument): string[] {
  return [oneLine(type), shownId(id), oneLine(title)];
}

function section(
  name: string,
  rows: readonly (readonly string[])[],
  { style, terminal }: { style: Style; terminal: Terminal },
): string {
  if (rows.length === 0) return "";
  const columns = [{ style: style.aside }, { style: style.reference }, { cut: "end" as const }];
  const lines = renderTable(columns, rows, terminal.width - 2);
  return [
    `${style.title(name)} ${style.aside(`(${rows.length})`)}`,
    ...lines.map((line) => `  ${line}`),
  ].join("\n");
}

function unresolved(report: ExploreReport, style: Style, terminal: Terminal): string {
  if (report.unresolved.length === 0) return "";
  const rows = report.unresolved.map(({ target, type, line }) => [
    oneLine(type),
    `${shownId(report.id)}:${line}`,
    oneLine(target),
  ]);
  const columns = [{ style: style.aside }, { style: style.reference }, { cut: "end" as const }];
  const lines = renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`);
  const count = style.aside(`(${rows.length})`);
  return [`${style.warning("unresolved")} ${count}`, ...lines].join("\n");
}
