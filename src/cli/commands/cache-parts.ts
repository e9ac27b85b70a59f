/** What the subcommands of `amalfa cache` have in common. */
import { Command } from "commander";
import type { Project } from "../../project/index.ts";
import { AmalfaError, type ErrorCode, EXIT } from "../../system/index.ts";
import { addHelp, type CommandHelp } from "../help.ts";
import { type Invocation, invocationOf, projectOf } from "../invocation.ts";

/** A subcommand: its name and description, its options, its help and what it does. */
export function subcommand<Flags>(
  [name, description]: readonly [string, string],
  help: CommandHelp,
  options: (command: Command) => void,
  run: (project: Project, invocation: Invocation, flags: Flags, argument: string) => Promise<void>,
): Command {
  const command = new Command(name).description(description);
  options(command);
  command.action(async (...given: unknown[]) => {
    const argument = typeof given[0] === "string" ? given[0] : "";
    const invocation = invocationOf(command);
    await run(await projectOf(invocation), invocation, command.opts() as Flags, argument);
  });
  return addHelp(command, { exits: ["busy"], ...help });
}

export function usage(message: string, code: ErrorCode = "usage", hint?: string): AmalfaError {
  return new AmalfaError(code, message, { exit: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
}
