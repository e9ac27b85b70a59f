/** What the program says of its commands, taken apart: the source of `docs/commands.md` and of the man pages. */
import type { Command, Help } from "commander";
import { buildProgram } from "../src/cli/program.ts";

/** A flag or an argument, and what it means. */
export type Row = readonly [term: string, meaning: string];

/** A part of a help text after its options: remarks have no title. */
export interface Block {
  readonly title: "Examples" | "Exit status" | undefined;
  readonly lines: readonly string[];
}

export interface ToldCommand {
  /** As it is called: `amalfa cache prune`. */
  readonly name: string;
  readonly description: string;
  readonly usage: string;
  readonly args: readonly Row[];
  /** Its own, without `--help`. */
  readonly options: readonly Row[];
  readonly blocks: readonly Block[];
}

export interface ToldProgram extends ToldCommand {
  /** All others, those below others included, in the order of the help. */
  readonly commands: readonly ToldCommand[];
}

export async function tellCommands(): Promise<ToldProgram> {
  let printed = "";
  const program = await buildProgram([], { json: false, print: (text) => (printed += text) });
  const told = (name: string, command: Command): ToldCommand => {
    printed = "";
    command.outputHelp();
    const help = command.createHelp();
    const described = help.visibleArguments(command).filter(({ description }) => description !== "");
    return {
      name,
      description: command.description(),
      usage: help.commandUsage(command),
      args: described.map((argument) => [`<${argument.name()}>`, help.argumentDescription(argument)]),
      options: optionRows(help, command).filter(([flags]) => !flags.includes("--help")),
      blocks: blocksOf(printed),
    };
  };
  const commands = commandsBelow(program, "amalfa").map(([name, command]) => told(name, command));
  return { ...told("amalfa", program), options: optionRows(program.createHelp(), program), commands };
}

/** Each command, those below others included, with the words by which it is called. */
function commandsBelow(command: Command, above: string): [string, Command][] {
  const shown = command.createHelp().visibleCommands(command);
  return shown
    .filter((child) => child.name() !== "help")
    .flatMap((child) => {
      const name = `${above} ${child.name()}`;
      return [[name, child] as [string, Command], ...commandsBelow(child, name)];
    });
}

function optionRows(help: Help, command: Command): Row[] {
  return help
    .visibleOptions(command)
    .map((option) => [help.optionTerm(option), help.optionDescription(option)] as const);
}

/** What a help text ends with: remarks, examples, exit statuses. */
function blocksOf(text: string): Block[] {
  const blocks = text.trimEnd().split(/\n{2,}/);
  const from = blocks.findLastIndex((block) => /^(?:Global )?Options:/.test(block)) + 1;
  return blocks.slice(from).flatMap((block) => {
    const [first = "", ...rest] = block.split("\n");
    // Each command below this one has a section of its own.
    if (/^(?:Commands|[A-Z]\w+):$/.test(first) && !/^Examples:|^Exit/.test(first)) return [];
    const lines = rest.map((line) => line.replace(/^ {2}(?:\$ )?/, ""));
    if (first === "Examples:") return { title: "Examples", lines };
    if (first === "Exit status:") return { title: "Exit status", lines };
    return { title: undefined, lines: block.split("\n") };
  });
}
