/** `amalfa list-sources`: where documents come from. */

import { Command } from "commander";
import { loadSources, type SourcesReport } from "../../knowledge/index.ts";
import { EXIT, formatCount, formatNumberOf } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";

export function listSourcesCommand(): Command {
  const command = new Command("list-sources")
    .description("show the sources and how many documents each contains")
    .action(async () => run(invocationOf(command)));
  return addHelp(command, { examples: ["amalfa list-sources"], exits: ["partial"] });
}

async function run(invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const { listSources } = await loadSources();
  const report = listSources(project);
  const complete = report.failed.length === 0 && report.sources.every(({ exists }) => exists);
  await printReport(invocation, { ok: complete, ...report }, renderSources);
  if (!complete) process.exitCode = EXIT.partial;
}

/* The sources of a project, for people. */

/** The part of the report that is shown. */
type SourcesShown = Pick<SourcesReport, "root" | "sources" | "failed">;

export function renderSources(report: SourcesShown, terminal: Terminal): string {
  const style = styleFor(terminal);
  const rows = report.sources.map(({ source, kind, exists, documents, failed }) => [
    escaped(source),
    kind,
    exists ? formatNumberOf(documents, "document") : "missing",
    failed === 0 ? "" : `${formatCount(failed)} cannot be ingested`,
  ]);
  const state = (text: string) =>
    text === "missing" ? style.bad(text) : text.startsWith("0 ") ? style.warning(text) : text;
  const failures = report.failed.map(({ path, error }) => [escaped(path), escaped(error)]);
  const columns = [
    { style: style.reference, cut: "start" as const },
    { style: style.aside },
    { align: "right" as const, style: state },
    { style: style.bad },
  ];
  const count = formatNumberOf(report.sources.length, "source");
  const head = `${style.title(count)} ${style.aside(`below ${escaped(report.root)}`)}`;
  return [
    head,
    ...renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`),
    ...(failures.length === 0 ? [] : ["", style.bad("Cannot be ingested:")]),
    ...renderTable([{ style: style.reference }, {}], failures, Number.POSITIVE_INFINITY).map(
      (line) => `  ${line}`,
    ),
  ].join("\n");
}
