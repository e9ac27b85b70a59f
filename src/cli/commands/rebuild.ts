/** `amalfa rebuild`: tier 2, the graph again from the markdown, with the vectors that are there. */
import { Command } from "commander";
import type { LockedIngestOptions } from "../../maintenance/locked-ingest.ts";
import { addHelp } from "../help.ts";
import { addIngestOptions, type IngestFlags, runIngestCommand } from "../ingest-command.ts";
import { type Invocation, invocationOf, warn } from "../invocation.ts";

interface RebuildFlags extends IngestFlags {
  /** False with --no-cache. */
  readonly cache: boolean;
}

export function rebuildCommand(): Command {
  const command = new Command("rebuild")
    .description("build the graph again from the markdown; unchanged text costs no inference")
    .option("--no-cache", "compute every vector again and replace the cached ones");
  addIngestOptions(command).action(async (flags: RebuildFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa rebuild", "amalfa rebuild --dry-run --json", "amalfa rebuild --no-cache"],
    exits: ["partial", "busy", "interrupted"],
  });
}

function run(flags: RebuildFlags, invocation: Invocation): Promise<void> {
  const load = async () => {
    const { rebuild } = await import("../../maintenance/rebuild.ts");
    const onWarning = (message: string) => warn(invocation, message);
    return (options: LockedIngestOptions) => rebuild({ ...options, onWarning });
  };
  const refresh = flags.cache ? "reuse" : "recompute";
  return runIngestCommand({ name: "rebuild", refresh, load }, flags, invocation);
}
