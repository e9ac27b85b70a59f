/** `amalfa list-sources`: where documents come from. */
import { Command } from "commander";
import { loadSources } from "../../knowledge/index.ts";
import { EXIT } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";

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
  await printReport(invocation, { ok: complete, ...report }, async (sources, terminal) =>
    (await import("../output/render-sources.ts")).renderSources(sources, terminal),
  );
  if (!complete) process.exitCode = EXIT.partial;
}
