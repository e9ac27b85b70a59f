/**
 * Writes what is made from the program itself: `docs/commands.md`, from its commands, and the tables of settings and of
 * variables in `docs/configuration.md`: `bun scripts/reference.ts`. A test keeps both current.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ENVIRONMENT } from "../src/project/environment.ts";
import { type Block, type Row, type ToldCommand, tellCommands } from "./commands-told.ts";
import { jsonSchemas } from "./json-schemas.ts";

const DOCS = join(import.meta.dir, "../docs");
export const COMMANDS_PAGE = join(DOCS, "commands.md");
export const CONFIGURATION_PAGE = join(DOCS, "configuration.md");

/** Commands whose examples no test can run as they stand, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "amalfa completion": "it changes the shell that it is run in, and is for four of them",
  "amalfa eval": "it reads files of questions and settings that one has to have",
  "amalfa inject-tags": "the notes would be ahead of the graph in all that follows",
  "amalfa models": "one of them fetches a model from elsewhere",
  "amalfa models pull": "it fetches a model from elsewhere",
  "amalfa models add": "it takes a model that one has to have",
  "amalfa models verify": "it looks at a model that one has to have",
  "amalfa models use": "it chooses a model that one has to have",
  "amalfa models remove": "it removes a model that one has to have",
  "amalfa serve": "it waits for a client on stdin",
  "amalfa servers": "one of them goes on until it is interrupted",
  "amalfa reset": "it asks in a terminal, and there is none",
  "amalfa cache clear": "it asks in a terminal, and there is none",
  "amalfa cache push": "it needs a bucket or a web server that is one's own",
  "amalfa cache pull": "it needs a bucket or a web server that is one's own",
  "amalfa cache remote": "it needs a remote vector cache that is one's own",
  "amalfa cache remote prune": "it needs a remote vector cache that is one's own",
};

export async function commandsPage(): Promise<string> {
  const { commands, options } = await tellCommands();
  return `# Commands

<!-- Made from the program by \`bun scripts/reference.ts\`. -->

\`amalfa help COMMAND\` says the same in a terminal, and \`man amalfa-COMMAND\` where man pages are installed. What the exit statuses mean is the same for every command: see [Exit statuses](errors.md#exit-statuses).

| command | does |
|---|---|
${commands.map(({ name, description }) => `| [\`${name}\`](#${anchor(name)}) | ${cell(description)} |`).join("\n")}

## For every command

${table(options)}

An argument that begins with a dash stands behind \`--\`: \`amalfa search -- "--feature-gates"\`.

${commands.map(section).join("\n\n")}
`;
}

function section({ name, description, usage, args, options, blocks }: ToldCommand): string {
  const rows = [...args, ...options];
  return [
    `## ${name}`,
    `${sentence(description)}`,
    `\`\`\`text\n${usage}\n\`\`\``,
    ...(rows.length === 0 ? [] : [table(rows)]),
    ...blocks.map((block) => shown(name, block)),
  ].join("\n\n");
}

function shown(name: string, { title, lines }: Block): string {
  const text = lines.join("\n");
  if (title === undefined) return text;
  if (title === "Exit status") return `${title}: ${lines.map((line) => line.split(" ")[0]).join(", ")}.`;
  const reason = NOT_RUN[name];
  const marker = reason === undefined ? "" : `<!-- not run: ${reason} -->\n`;
  return `${title}:\n\n${marker}\`\`\`sh\n${text}\n\`\`\``;
}

function table(rows: readonly Row[]): string {
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

/** The variables of the environment. */
export function variablesTable(): string {
  const rows = ENVIRONMENT.map(
    ({ name, what, key }) => `| \`${name}\` | ${cell(what)} | ${key === undefined ? "" : `\`${key}\``} |`,
  );
  return ["| variable | meaning | in place of |", "|---|---|---|", ...rows].join("\n");
}

/** The page with its tables made anew; everything else on it is written by hand. */
export function configurationPage(page: string): string {
  return filledIn(filledIn(page, "settings", settingsTable()), "variables", variablesTable());
}

function filledIn(page: string, name: string, table: string): string {
  const block = new RegExp(`(<!-- ${name}[^>]*-->\\n\\n)[\\s\\S]*?(\\n\\n<!-- end of ${name} -->)`);
  if (!block.test(page)) throw new Error(`docs/configuration.md has no place for the table of ${name}.`);
  return page.replace(block, (_, begin: string, end: string) => `${begin}${table}${end}`);
}

if (import.meta.main) {
  writeFileSync(COMMANDS_PAGE, await commandsPage());
  writeFileSync(CONFIGURATION_PAGE, configurationPage(readFileSync(CONFIGURATION_PAGE, "utf8")));
}
