/**
 * Writes the man pages, from what the program says of its commands: `bun scripts/man-pages.ts`. One is of the program,
 * and each command has one, in which are those below it. A test keeps them current and renders them.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { type Block, type Row, type ToldCommand, type ToldProgram, tellCommands } from "./commands-told.ts";

export const MAN_FOLDER = join(import.meta.dir, "../man");

/** By the names of their files. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const program = await tellCommands();
  const top = program.commands.filter(({ name }) => name.split(" ").length === 2);
  const names = top.map(({ name }) => dashed(name));
  const pages = top.map((command) => {
    const below = program.commands.filter(({ name }) => name.startsWith(`${command.name} `));
    return [`${dashed(command.name)}.1`, commandPage(command, below)] as const;
  });
  return new Map([["amalfa.1", programPage(program, top, names)], ...pages]);
}

function programPage(program: ToldProgram, top: readonly ToldCommand[], names: readonly string[]): string {
  return page("amalfa", program.description, [
    synopsis(program.usage),
    heading("DESCRIPTION"),
    text(program.description),
    heading("COMMANDS"),
    ...top.map(({ name, description }) => row([name.replace("amalfa ", ""), description])),
    heading("OPTIONS"),
    ...program.options.map(row),
    ...program.blocks.map((one) => block(one)),
    heading("FILES"),
    row([".amalfa/", "what is derived from the markdown: graph, vector cache, logs; it can be made again"]),
    row(["amalfa.settings.json", "the settings, where there are any"]),
    seeAlso(names),
  ]);
}

function commandPage(command: ToldCommand, below: readonly ToldCommand[]): string {
  return page(dashed(command.name), command.description, [
    synopsis(command.usage),
    heading("DESCRIPTION"),
    text(sentence(command.description)),
    ...parts(command),
    ...below.flatMap((each) => [
      heading(each.name.toUpperCase()),
      text(`\\fB${escaped(each.usage)}\\fR`, "as it is"),
      ".PP",
      text(sentence(each.description)),
      ...[...each.args, ...each.options].map(row),
      ...each.blocks.map((one) => block(one, "below")),
    ]),
    ".PP",
    text("\\fBamalfa\\fR(1) has the options that hold for every command.", "as it is"),
    seeAlso(["amalfa"]),
  ]);
}

function parts({ args, options, blocks }: ToldCommand): string[] {
  const rows = [...args, ...options];
  return [
    ...(rows.length === 0 ? [] : [heading("OPTIONS"), ...rows.map(row)]),
    ...blocks.map((one) => block(one)),
  ];
}

function page(name: string, description: string, lines: readonly string[]): string {
  const head = [`.TH "${name.toUpperCase()}" "1" "" "amalfa" "amalfa"`, ".nh", ".ad l", ".SH NAME"];
  const named = `${escaped(name)} \\- ${escaped(description.replace(/\.$/, ""))}`;
  return [...head, named, ...lines, ""].join("\n");
}

function synopsis(usage: string): string {
  return `.SH SYNOPSIS\n${text(`\\fB${escaped(usage)}\\fR`, "as it is")}`;
}

function heading(title: string): string {
  return `.SH "${escaped(title)}"`;
}

function row([term, meaning]: Row): string {
  return `.TP\n\\fB${escaped(term)}\\fR\n${text(meaning)}`;
}

function block({ title, lines }: Block, place: "own" | "below" = "own"): string {
  if (title === undefined) return `.PP\n${lines.map((line) => text(line.trim())).join("\n")}`;
  const head = place === "below" ? `.PP\n${title}:` : heading(title.toUpperCase());
  if (title === "Examples")
    return [head, ".nf", ".RS 4", ...lines.map((line) => text(line)), ".RE", ".fi"].join("\n");
  return [head, ...lines.map((line) => row(status(line)))].join("\n");
}

/** `2    wrong usage or settings` */
function status(line: string): Row {
  const [number = "", ...meaning] = line.trim().split(/\s+/);
  return [number, meaning.join(" ")];
}

function seeAlso(names: readonly string[]): string {
  return `${heading("SEE ALSO")}\n${names.map((name) => `\\fB${escaped(name)}\\fR(1)`).join(",\n")}`;
}

/** A line that begins with a dot or a quote would be a command of roff. */
function text(line: string, how: "plain" | "as it is" = "plain"): string {
  const safe = how === "plain" ? escaped(line) : line;
  return /^[.']/.test(safe) ? `\\&${safe}` : safe;
}

/** Dashes are those that can be typed. */
function escaped(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...");
}

const dashed = (name: string): string => name.replaceAll(" ", "-");
const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

if (import.meta.main) {
  rmSync(MAN_FOLDER, { recursive: true, force: true });
  mkdirSync(MAN_FOLDER);
  const pages = await manPages();
  for (const [name, written] of pages) writeFileSync(join(MAN_FOLDER, name), written);
  // What is not listed there is not installed.
  const manifest = join(MAN_FOLDER, "../package.json");
  const { man: _, ...described } = packageJson;
  const man = [...pages.keys()].map((name) => `man/${name}`);
  const entries = Object.entries(described).flatMap((entry) =>
    entry[0] === "files" ? [["man", man], entry] : [entry],
  );
  writeFileSync(manifest, `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`);
}
