/** `amalfa rebuild`: tier 2, the graph again from the markdown, with the vectors that are there. */
import { Command } from "commander";
import type { DocumentReader } from "../../ingest/reading/index.ts";
import type { LockedIngestOptions } from "../../maintenance/index.ts";
import { findModel, type Project } from "../../project/index.ts";
import { addHelp } from "../help.ts";
import { addIngestOptions, type IngestFlags, runIngestCommand } from "../ingest-command.ts";
import { type Invocation, invocationOf, warn } from "../invocation.ts";

interface RebuildFlags extends IngestFlags {
  /** False with --no-cache. */
  readonly cache: boolean;
}

export function rebuildCommand(): Command {
  const command = new Command("rebuild")
    .description("build the graph again from the markdown; unchanged text is not embedded again")
    .option("--no-cache", "compute every vector again and replace the cached ones");
  addIngestOptions(command).action(async (flags: RebuildFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa rebuild", "amalfa rebuild --dry-run --json", "amalfa rebuild --no-cache"],
    exits: ["partial", "busy", "interrupted"],
  });
}

function run(flags: RebuildFlags, invocation: Invocation): Promise<void> {
  const load = async (project: Project) => {
    // Before anything else: what the thread has to load takes longer than all that is loaded here meanwhile.
    const reader = flags.dryRun === true ? undefined : await startReader(project);
    const { rebuild } = await (await import("../../maintenance/rebuild/index.ts")).loadRebuild();
    const onWarning = (message: string) => warn(invocation, message);
    return {
      run: (options: LockedIngestOptions) => rebuild({ ...options, reader, onWarning }),
      [Symbol.asyncDispose]: async () => reader?.[Symbol.asyncDispose](),
    };
  };
  const refresh = flags.cache ? "reuse" : "recompute";
  return runIngestCommand({ name: "rebuild", refresh, load }, flags, invocation);
}

async function startReader({ settings, paths }: Project): Promise<DocumentReader | undefined> {
  const model = findModel(settings.model);
  if (model === undefined) return undefined;
  const { startReadingThread } = await (await import("../../ingest/reading/index.ts")).loadReader();
  return startReadingThread({ model, modelsDirectory: paths.models });
}
