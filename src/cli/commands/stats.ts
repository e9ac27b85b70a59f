/** `amalfa stats`: figures of the graph, its drift and the vector cache. */
import { Command } from "commander";
import { loadStats } from "../../knowledge/index.ts";
import { addHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";
import { printReport } from "../output/result.ts";

export function statsCommand(): Command {
  const command = new Command("stats")
    .description("show figures of the graph and the vector cache, and what has changed in the files")
    .action(async () => run(invocationOf(command)));
  return addHelp(command, { examples: ["amalfa stats", "amalfa stats --json"], exits: ["busy"] });
}

async function run(invocation: Invocation): Promise<void> {
  const project = await projectOf(invocation);
  const { readStats } = await loadStats();
  const result = { ok: true, ...readStats(project) };
  await printReport(invocation, result, async (stats, terminal) =>
    (await import("../output/render-stats.ts")).renderStats(stats, terminal),
  );
}
