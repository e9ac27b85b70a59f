/** The command line: global options and the list of commands. */
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { cacheCommand } from "./commands/cache.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exploreCommand } from "./commands/explore.ts";
import { findGapsCommand } from "./commands/find-gaps.ts";
import { initCommand } from "./commands/init.ts";
import { injectTagsCommand } from "./commands/inject-tags.ts";
import { listSourcesCommand } from "./commands/list-sources.ts";
import { readCommand } from "./commands/read.ts";
import { rebuildCommand } from "./commands/rebuild.ts";
import { resetCommand } from "./commands/reset.ts";
import { searchCommand } from "./commands/search.ts";
import { serveCommand } from "./commands/serve.ts";
import { serversCommand } from "./commands/servers.ts";
import { setupMcpCommand } from "./commands/setup-mcp.ts";
import { statsCommand } from "./commands/stats.ts";
import { stopAllCommand } from "./commands/stop-all.ts";
import { validateCommand } from "./commands/validate.ts";
import { vectorCommand } from "./commands/vector.ts";
import { watcherCommand } from "./commands/watcher.ts";
import { addHelp } from "./help.ts";
import { writeToStderr } from "./output/standard-streams.ts";

/** All commands, in the groups and in the order in which `--help` lists them. */
const COMMANDS: Readonly<Record<string, readonly (() => Command)[]>> = {
  Everyday: [initCommand, searchCommand, readCommand, exploreCommand, listSourcesCommand, statsCommand],
  Knowledge: [findGapsCommand, injectTagsCommand, validateCommand],
  Agents: [serveCommand, setupMcpCommand],
  Services: [watcherCommand, vectorCommand, serversCommand, stopAllCommand],
  Maintenance: [doctorCommand, rebuildCommand, resetCommand, cacheCommand],
};

export interface ProgramOptions {
  /** Whether usage errors are to be reported as JSON by the caller. */
  readonly json: boolean;
  /** Takes help texts and the version, which the caller prints when parsing has ended. */
  readonly print: (text: string) => void;
}

/**
 * Builds the program. Commands import what they need when they run, so that start-up stays cheap.
 */
export function buildProgram(options: ProgramOptions): Command {
  const program = new Command("amalfa")
    .description("A local-first memory layer for agents: your markdown, searchable as a graph.")
    .version(packageJson.version, "-V, --version", "print the version")
    .option(
      "--root <dir>",
      "the project root; else the nearest folder upwards with .amalfa or a settings file",
    )
    .option("--json", "print one JSON document instead of text")
    .option("--quiet", "print results and errors only")
    .option("--verbose", "print more, and the stack of unexpected errors")
    .option("--no-color", "print without colour; NO_COLOR does the same");
  for (const [group, commands] of Object.entries(COMMANDS)) {
    for (const add of commands) program.addCommand(add().helpGroup(`${group}:`));
  }
  addHelp(program, {
    examples: ["amalfa init", 'amalfa search "how do I undo a commit"', "amalfa help doctor"],
    exits: ["partial", "busy", "interrupted"],
  });
  settle(program, options, "amalfa");
  return program;
}

/** What holds for every command, those below others included. @param name as it is typed, such as `amalfa watcher start` */
function settle(command: Command, options: ProgramOptions, name: string): void {
  command.helpOption("-h, --help", "print this help");
  if (command.commands.length > 0) command.helpCommand("help [command]", "print the help of a command");
  command.showHelpAfterError(`Run \`${name} --help\` to see what there is.`);
  command.exitOverride((error) => {
    throw isMissingCommand(error) ? missingCommand(command, error) : error;
  });
  command.configureHelp({ showGlobalOptions: true });
  // With --json the error goes to stdout as the one document, so commander keeps quiet.
  command.configureOutput({
    writeOut: options.print,
    writeErr: options.json ? () => {} : writeToStderr,
    outputError: (message, write) => write(message.replace(/^error: /, "amalfa: ")),
  });
  for (const child of command.commands) settle(child, options, `${name} ${child.name()}`);
}

/** Commander shows the help where a command is missing, and says no more than that it did. */
function isMissingCommand({ code, exitCode }: CommanderError): boolean {
  return code === "commander.help" && exitCode !== 0;
}

function missingCommand(command: Command, { exitCode, code }: CommanderError): CommanderError {
  const place = command.parent === null ? "" : ` after \`${command.name()}\``;
  return new CommanderError(exitCode, code, `No command was given${place}.`);
}
