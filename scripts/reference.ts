/**
 * Writes what is made from the program itself: `docs/commands.md`, from its commands, and the table of settings in
 * `docs/configuration.md`, from their schema: `bun scripts/reference.ts`. A test keeps both current.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Help } from "commander";
import { buildProgram } from "../src/cli/program.ts";
import { jsonSchemas } from "./json-schemas.ts";

const DOCS = join(import.meta.dir, "../docs");
export const COMMANDS_PAGE = join(DOCS, "commands.md");
export const CONFIGURATION_PAGE = join(DOCS, "configuration.md");

/** Commands whose examples no test can run as they stand, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "amalfa completion": "it changes the shell that it is run in, and is for four of them",
  "amalfa eval": "it reads files of questions and settings that one has to have",
  "amalfa inject-tags": "the notes would be ahead of the graph in all that follows",
  "amalfa serve": "it waits for a client on stdin",
  "amalfa servers": "one of them goes on until it is interrupted",
  "amalfa reset": "it asks in a terminal, and there is none",
  "amalfa cache clear": "it asks in a terminal, and there is none",
};

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

export async function commandsPage(): Promise<string> {
  let printed = "";
  const program = await buildProgram([], { json: false, print: (text) => (printed += text) });
  const helpText = (command: Command): string => {
    printed = "";
    command.outputHelp();
    return printed;
  };
  const help = program.createHelp();
  const commands = commandsBelow(program, "amalfa");
  const sections = commands.map(([name, command]) => section(name, command, helpText(command)));
  return `# Commands

Made from the program by \`bun scripts/reference.ts\`. \`amalfa help COMMAND\` says the same in a terminal.

| command | does |
|---|---|
${commands.map(([name, command]) => `| [\`${name}\`](#${anchor(name)}) | ${cell(command.description())} |`).join("\n")}

## For every command

${table(optionRows(help, program))}

An argument that begins with a dash stands behind \`--\`: \`amalfa search -- "--feature-gates"\`.

${sections.join("\n\n")}
`;
}

function section(name: string, command: Command, text: string): string {
  const help = command.createHelp();
  const options = optionRows(help, command).filter(([flags]) => !flags.includes("--help"));
  const rows = [
    ...help
      .visibleArguments(command)
      .filter(({ description }) => description !== "")
      .map((argument) => [`<${argument.name()}>`, help.argumentDescription(argument)] as const),
    ...options,
  ];
  return [
    `## ${name}`,
    `${sentence(command.description())}`,
    `\`\`\`text\n${help.commandUsage(command)}\n\`\`\``,
    ...(rows.length === 0 ? [] : [table(rows)]),
    ...tail(name, text),
  ].join("\n\n");
}

function optionRows(help: Help, command: Command): (readonly [string, string])[] {
  return help
    .visibleOptions(command)
    .map((option) => [help.optionTerm(option), help.optionDescription(option)] as const);
}

/** What a help text ends with: remarks, examples, exit statuses. */
function tail(name: string, text: string): string[] {
  const reason = NOT_RUN[name];
  const marker = reason === undefined ? "" : `<!-- not run: ${reason} -->\n`;
  const blocks = text.trimEnd().split(/\n{2,}/);
  const from = blocks.findLastIndex((block) => /^(?:Global )?Options:/.test(block)) + 1;
  return blocks.slice(from).flatMap((block) => {
    const [first = "", ...rest] = block.split("\n");
    // Each command below this one has a section of its own.
    if (first === "Commands:") return [];
    const lines = rest.map((line) => line.replace(/^ {2}(?:\$ )?/, "")).join("\n");
    if (first === "Examples:") return `${first}\n\n${marker}\`\`\`sh\n${lines}\n\`\`\``;
    return first === "Exit status:" ? `${first}\n\n\`\`\`text\n${lines}\n\`\`\`` : block;
  });
}

function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([term, what]) => `| \`${escapedPipes(term)}\` | ${cell(what)} |`);
  return ["| option | meaning |", "|---|---|", ...lines].join("\n");
}

const escapedPipes = (text: string): string => text.replaceAll("|", "\\|");
const cell = (text: string): string => escapedPipes(text).replaceAll("<", "&lt;");
const anchor = (name: string): string => name.replaceAll(" ", "-");
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

type Schema = ReturnType<typeof jsonSchemas> extends ReadonlyMap<string, infer One> ? One : never;

/** The settings by their keys, those that do nothing any more left out. */
export function settingsTable(): string {
  const rows = settingsOf(jsonSchemas().get("settings.json")!, "").map(
    ([key, { description, default: preset }]) => {
      const usual =
        preset === undefined ? "" : `\`${typeof preset === "string" ? preset : JSON.stringify(preset)}\``;
      return `| \`${key}\` | ${usual} | ${cell(description ?? "")} |`;
    },
  );
  return ["| key | default | meaning |", "|---|---|---|", ...rows].join("\n");
}

export function settingsOf(schema: Schema, prefix: string): [string, Schema][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, given]) => {
    const setting = given as Schema;
    if (setting.deprecated === true) return [];
    const key = `${prefix}${name}`;
    const isGroup = setting.properties !== undefined && setting.description === undefined;
    return isGroup ? settingsOf(setting, `${key}.`) : [[key, setting] as [string, Schema]];
  });
}

const BLOCK = /(<!-- settings[^>]*-->\n\n)[\s\S]*?(\n\n<!-- end of settings -->)/;

/** The page with its table made anew; everything else on it is written by hand. */
export function configurationPage(page: string): string {
  if (!BLOCK.test(page)) throw new Error("docs/configuration.md has no place for the table of settings.");
  return page.replace(BLOCK, (_, begin: string, end: string) => `${begin}${settingsTable()}${end}`);
}

if (import.meta.main) {
  writeFileSync(COMMANDS_PAGE, await commandsPage());
  writeFileSync(CONFIGURATION_PAGE, configurationPage(readFileSync(CONFIGURATION_PAGE, "utf8")));
}
