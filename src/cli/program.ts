/** The command line: global options and the list of commands. */
import { Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { firstWordAt, parseFolder } from "./arguments.ts";
import { addHelp } from "./help.ts";
import { invocationOf, refuseUncertainFolders } from "./invocation.ts";
import { withNearNamesOnly } from "./mistyped.ts";
import { escaped, escapedLines } from "./output/safe-text.ts";
import { writeToStderr } from "./output/standard-streams.ts";

/** All commands by name, in the groups and in the order in which `--help` lists them. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  Everyday: {
    init: async () => (await import("./commands/init.ts")).initCommand(),
    search: async () => (await import("./commands/search.ts")).searchCommand(),
    read: async () => (await import("./commands/read.ts")).readCommand(),
    explore: async () => (await import("./commands/explore.ts")).exploreCommand(),
    tags: async () => (await import("./commands/tags.ts")).tagsCommand(),
    "list-sources": async () => (await import("./commands/list-sources.ts")).listSourcesCommand(),
    config: async () => (await import("./commands/config.ts")).configCommand(),
    models: async () => (await import("./commands/models.ts")).modelsCommand(),
    projects: async () => (await import("./commands/projects.ts")).projectsCommand(),
    trust: async () => (await import("./commands/trust.ts")).trustCommand(),
    stats: async () => (await import("./commands/stats.ts")).statsCommand(),
    completion: async () => {
      const { completionCommand } = await import("./commands/completion.ts");
      return completionCommand((words) => buildProgram(words, { json: false, print: () => {} }));
    },
  },
  Knowledge: {
    "find-gaps": async () => (await import("./commands/find-gaps.ts")).findGapsCommand(),
    "inject-tags": async () => (await import("./commands/inject-tags.ts")).injectTagsCommand(),
    validate: async () => (await import("./commands/validate.ts")).validateCommand(),
    eval: async () => (await import("./commands/eval.ts")).evalCommand(),
  },
  Agents: {
    serve: async () => (await import("./commands/serve.ts")).serveCommand(),
    prime: async () => (await import("./commands/prime.ts")).primeCommand(),
    agents: async () => (await import("./commands/agents.ts")).agentsCommand(),
    "setup-mcp": async () => (await import("./commands/setup-mcp.ts")).setupMcpCommand(),
  },
  Services: {
    watcher: async () => (await import("./commands/watcher.ts")).watcherCommand(),
    vector: async () => (await import("./commands/vector.ts")).vectorCommand(),
    server: async () => (await import("./commands/server.ts")).serverCommand(),
    servers: async () => (await import("./commands/servers.ts")).serversCommand(),
    "stop-all": async () => (await import("./commands/stop-all.ts")).stopAllCommand(),
  },
  Maintenance: {
    doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
    rebuild: async () => (await import("./commands/rebuild.ts")).rebuildCommand(),
    reset: async () => (await import("./commands/reset.ts")).resetCommand(),
    cache: async () => (await import("./commands/cache.ts")).cacheCommand(),
  },
};

export interface ProgramOptions {
  /** Whether usage errors are to be reported as JSON by the caller. */
  readonly json: boolean;
  /** Takes help texts and the version, which the caller prints when parsing has ended. */
  readonly print: (text: string) => void;
}

/**
 * Builds the program for these arguments: with the command that they name, or with all where that is not plain.
 * Commands import what they need when they run, so that start-up stays cheap.
 */
export async function buildProgram(args: readonly string[], options: ProgramOptions): Promise<Command> {
  const program = new Command("amalfa")
    .description("A local memory for you and your agents: your markdown, searchable by words and by meaning.")
    .version(packageJson.version, "-V, --version", "print the version")
    .option(
      "--root <dir>",
      "the project root; else the nearest folder upwards with .amalfa or a settings file",
      parseFolder,
    )
    .option("--json", "print one JSON document instead of text")
    .option("--quiet", "print results and errors only")
    .option("--verbose", "print more, and the stack of unexpected errors")
    .option("--no-color", "print without colour; NO_COLOR does the same")
    .option("--no-remote-cache", "do not use the remote vector cache");
  for (const [group, commands] of Object.entries(commandsFor(args))) {
    for (const load of Object.values(commands)) program.addCommand((await load()).helpGroup(`${group}:`));
  }
  program.hook("preAction", (_, command) => {
    if (!TOUCH_NOTHING.has(command.name())) refuseUncertainFolders(invocationOf(command).root);
  });
  addHelp(program, {
    examples: ["amalfa init", 'amalfa search "how do I undo a commit"', "amalfa help doctor"],
    exits: ["partial", "busy", "interrupted"],
  });
  settle(program, options, "amalfa");
  return program;
}

/** Completion asks for its values as other commands do, and says nothing of what is wrong to whoever types. */
const TOUCH_NOTHING: ReadonlySet<string> = new Set(["help", "completion"]);

/** Help lists all commands, and a misspelt name is compared with all. */
function commandsFor(args: readonly string[]): typeof COMMANDS {
  const at = firstWordAt(args);
  const name = at === undefined ? "" : args[at]!;
  if (name === "") return COMMANDS;
  for (const [group, commands] of Object.entries(COMMANDS)) {
    if (Object.hasOwn(commands, name)) return { [group]: { [name]: commands[name]! } };
  }
  return COMMANDS;
}

/**
 * What holds for every command, those below others included. @param name as it is typed, such as `amalfa watcher
 * start`
 */
function settle(command: Command, options: ProgramOptions, name: string): void {
  command.helpOption("-h, --help", "print this help");
  if (command.commands.length > 0) command.helpCommand(false).addCommand(helpOf(command, name));
  command.showHelpAfterError(`Run \`${name} --help\` to see what there is.`);
  command.exitOverride((error) => {
    throw isMissingCommand(error) ? missingCommand(command, error) : error;
  });
  command.configureHelp({ showGlobalOptions: true });
  // With --json the error goes to stdout as the one document, so commander keeps quiet.
  command.configureOutput({
    writeOut: options.print,
    writeErr: options.json ? () => {} : (text) => writeToStderr(escapedLines(text)),
    outputError: (message, write) =>
      write(withHarmlessArguments(withNearNamesOnly(message)).replace(/^error: /, "amalfa: ")),
  });
  for (const child of command.commands) settle(child, options, `${name} ${child.name()}`);
}

/**
 * What was typed stays on the line that names it: an argument with line breaks could pass for a message of the
 * program.
 */
function withHarmlessArguments(message: string): string {
  return process.argv
    .slice(2)
    .flatMap((arg) => [arg, ...arg.split("=")])
    .filter((text) => /[\r\n]/.test(text))
    .reduce((shown, text) => shown.replaceAll(text, () => escaped(text)), message);
}

/**
 * `help [command...]`. Commander's own shows the general help for a name that does not exist, and says nothing of it.
 */
function helpOf(parent: Command, name: string): Command {
  const command = new Command("help")
    .argument("[command...]")
    .usage("[command]")
    .description("print the help of a command")
    .action((names: readonly string[]) => {
      let found = parent;
      for (const name of names) {
        const next = found.commands.find((child) => child.name() === name || child.aliases().includes(name));
        if (next === undefined) return found.error(`error: unknown command '${name}'`);
        found = next;
      }
      found.help();
    });
  const example = name === "amalfa" ? "doctor" : parent.commands[0]!.name();
  return addHelp(command, { examples: [`${name} help ${example}`] });
}

/** Commander shows the help where a command is missing, and says no more than that it did. */
function isMissingCommand({ code, exitCode }: CommanderError): boolean {
  return code === "commander.help" && exitCode !== 0;
}

function missingCommand(command: Command, { exitCode, code }: CommanderError): CommanderError {
  const place = command.parent === null ? "" : ` after \`${command.name()}\``;
  return new CommanderError(exitCode, code, `No command was given${place}.`);
}
