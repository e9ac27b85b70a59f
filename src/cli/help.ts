/** The parts of a help text that every command has: an example and its exit statuses. */
import type { Command } from "commander";
import { EXIT } from "../system/index.ts";

const MEANING: Readonly<Record<number, string>> = {
  0: "done",
  [EXIT.failed]: "the operation failed, or problems remain",
  [EXIT.usage]: "wrong usage or settings",
  [EXIT.partial]: "partly done: some documents failed and are named",
  [EXIT.busy]: "another process holds the maintenance lock or the database",
  [EXIT.interrupted]: "interrupted",
};

export interface CommandHelp {
  /** Command lines, without the leading `$`. */
  readonly examples: readonly string[];
  /** The exit statuses this command can end with, besides 0, 1 and 2. */
  readonly exits?: readonly (keyof typeof EXIT)[];
}

export function addHelp(command: Command, help: CommandHelp): Command {
  const statuses = [0, EXIT.failed, EXIT.usage, ...(help.exits ?? []).map((name) => EXIT[name])];
  const lines = [
    "",
    "Examples:",
    ...help.examples.map((example) => `  $ ${example}`),
    "",
    "Exit status:",
    ...statuses.map((status) => `  ${String(status).padEnd(4)} ${MEANING[status]}`),
  ];
  return command.addHelpText("after", lines.join("\n"));
}
