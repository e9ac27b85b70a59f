/** `amalfa serve`: the MCP server on stdin and stdout. */

import { Command } from "commander";
import { addHelp } from "../help.ts";
import { type Invocation, interruptSignal, invocationOf, projectOf, warn } from "../invocation.ts";
import { reportError } from "../output/result.ts";
import { addRefreshOption, type FreshFlags } from "../refresh-option.ts";

interface ServeFlags extends FreshFlags {
  readonly allowWrite?: boolean;
}

export function serveCommand(): Command {
  const command = new Command("serve").description(
    "serve the project to agents: an MCP server on stdin and stdout",
  );
  command.option("--allow-write", "offer tools that write notes: write_note and append_note");
  addRefreshOption(command).action(async (flags: ServeFlags) => run(flags, invocationOf(command)));
  return addHelp(command, { examples: ["amalfa serve --root ~/notes", "amalfa setup-mcp"] });
}

/** Even an error must not put anything but frames on stdout, whatever --json says elsewhere (I10). */
async function run(flags: ServeFlags, invocation: Invocation): Promise<void> {
  try {
    await start(flags, invocation);
  } catch (error) {
    process.exitCode = await reportError(error, { json: false, verbose: invocation.verbose });
  }
}

async function start(flags: ServeFlags, invocation: Invocation): Promise<void> {
  const signal = interruptSignal();
  const [project, { serveProject }] = await Promise.all([
    projectOf(invocation),
    import("../../composition.ts"),
  ]);
  if (process.stdin.isTTY) {
    warn(
      invocation,
      "this is a server for agents and waits for one on stdin; " +
        "`amalfa setup-mcp` shows how a client starts it, Ctrl-C ends it",
    );
  }
  const { refresh, allowWrite = false } = flags;
  await serveProject(project, {
    signal,
    refresh,
    allowWrite,
    onWarning: (message) => warn(invocation, message),
  });
  // A client that sent a signal may still hold stdin open, and a worker may still be loading: neither may keep the
  // process.
  process.exit();
}
