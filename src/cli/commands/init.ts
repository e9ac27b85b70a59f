/** `amalfa init`: bring the graph up to date with the files. */
import { Command } from "commander";
import type { LockedIngestOptions } from "../../maintenance/index.ts";
import { loadInit } from "../../maintenance/index.ts";
import { addHelp } from "../help.ts";
import { addIngestOptions, type IngestFlags, runIngestCommand } from "../ingest-command.ts";
import { type Invocation, invocationOf } from "../invocation.ts";

interface InitFlags extends IngestFlags {
  readonly force?: boolean;
}

export function initCommand(): Command {
  const command = new Command("init")
    .description("make the graph from the markdown, or bring it up to date")
    .option("--force", "read and chunk every file again, whatever its time and content");
  addIngestOptions(command).action(async (flags: InitFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa init", "amalfa init --dry-run --json"],
    exits: ["partial", "busy", "interrupted"],
  });
}

function run(flags: InitFlags, invocation: Invocation): Promise<void> {
  const load = async () => {
    const { init } = await loadInit();
    return {
      run: (options: LockedIngestOptions) => init({ ...options, force: flags.force === true }),
      async [Symbol.asyncDispose]() {},
    };
  };
  return runIngestCommand({ name: "init", refresh: "reuse", load }, flags, invocation);
}
