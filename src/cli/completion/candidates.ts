/**
 * What may come next on a command line. It knows nothing by itself: commands, options and choices are those of the
 * program, and what their values may be beyond that comes from `values`.
 *
 * Not `@bomb.sh/tab`: its values have to be there at once, without waiting for a graph to open, its script for bash
 * needs the package bash-completion, and it prints names of files as they are, escape sequences included.
 */

import type { Argument, Command, Option } from "commander";
import type { Shell } from "./scripts.ts";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What a value stands for, by the name that the help gives it. */
export type ValueKind = "document" | "folder" | "tag" | "link type" | "check" | "model" | "command";

export interface Wanted {
  readonly program: Command;
  readonly before: readonly string[];
  readonly current: string;
  /** Values of a kind that begin with `prefix`. */
  readonly values: (kind: ValueKind, prefix: string) => Promise<readonly Candidate[]>;
}

export async function candidates({ program, before, current, values }: Wanted): Promise<Candidate[]> {
  const place = placeOf(program, before);
  const { command, open, positionals, onlyArguments } = place;
  const fitting = (all: readonly Candidate[]) => all.filter(({ value }) => fits(value, current));
  const ofOption = async (option: Option, prefix: string) =>
    plain(option.argChoices) ?? (await known(kindOf(option.flags), prefix));
  const known: Known = async (kind, prefix) => (kind === undefined ? [] : values(kind, prefix));

  if (!onlyArguments && (open === undefined || open.variadic) && current.startsWith("-")) {
    const [, name, start = ""] = /^(--[^=]+)=(.*)$/s.exec(current) ?? [];
    // What begins with a dash may be a file of an odd name as well.
    if (name === undefined) return fitting([...options(place), ...(await ofArgument(place, known, current))]);
    const option = optionNamed(command, name);
    if (option === undefined || !takesValue(option)) return [];
    const found = await ofOption(option, start);
    return fitting(found.map((each) => ({ ...each, value: `${name}=${each.value}` })));
  }
  if (open !== undefined && !open.variadic) return fitting(await ofOption(open, current));
  const more = open === undefined ? [] : await ofOption(open, current);
  if (!onlyArguments && positionals === 0 && command.commands.length > 0)
    return fitting([...more, ...subcommands(command)]);
  return fitting([...more, ...(await ofArgument(place, known, current))]);
}

type Known = (kind: ValueKind | undefined, prefix: string) => Promise<readonly Candidate[]>;

async function ofArgument(
  { command, positionals }: Place,
  known: Known,
  current: string,
): Promise<readonly Candidate[]> {
  const argument = argumentAt(command, positionals);
  if (argument === undefined) return [];
  const kind = command.name() === "help" ? "command" : kindOf(argument.name());
  return plain(argument.argChoices) ?? known(kind, current);
}

/** A name that begins with a dash is typed as a path from here, or it would be taken for an option. */
export function fromHere(name: string): string {
  return name.startsWith("-") ? `./${name}` : name;
}

function fits(value: string, current: string): boolean {
  return value.startsWith(current) || (value.startsWith("./-") && value.slice(2).startsWith(current));
}

interface Place {
  readonly command: Command;
  /** The option whose value is to be typed, or of whose values more may follow. */
  readonly open: Option | undefined;
  /** How many arguments were typed. */
  readonly positionals: number;
  /** After `--`. */
  readonly onlyArguments: boolean;
  readonly used: ReadonlySet<Option>;
}

function placeOf(program: Command, before: readonly string[]): Place {
  let command = program;
  let open: Option | undefined;
  let positionals = 0;
  const used = new Set<Option>();
  for (const word of before) {
    if (word === "--" && (open === undefined || open.variadic))
      return {
        command,
        open: undefined,
        positionals: positionals + after(before),
        onlyArguments: true,
        used,
      };
    if (open !== undefined && !open.variadic) open = undefined;
    else if (word.startsWith("-") && word !== "-") {
      const option = optionNamed(command, word.replace(/=.*$/s, ""));
      if (option !== undefined) used.add(option);
      open = option !== undefined && takesValue(option) && !word.includes("=") ? option : undefined;
    } else if (open === undefined) {
      const next = positionals === 0 ? command.commands.find((each) => isNamed(each, word)) : undefined;
      if (next === undefined) positionals++;
      else command = next;
    }
  }
  return { command, open, positionals, onlyArguments: false, used };
}

function after(words: readonly string[]): number {
  return words.length - words.indexOf("--") - 1;
}

function isNamed(command: Command, name: string): boolean {
  return command.name() === name || command.aliases().includes(name);
}

/** Options of the command and of those above it. */
function optionsOf(command: Command): readonly Option[] {
  const help = command.createHelp();
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)].concat(
    command.parent === null ? [] : command.parent.options.filter((option) => !option.hidden),
  );
}

function optionNamed(command: Command, name: string): Option | undefined {
  return optionsOf(command).find((option) => option.long === name || option.short === name);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function options({ command, used }: Place): Candidate[] {
  const left = optionsOf(command).filter((option) => option.variadic || !used.has(option));
  const byName = new Map(
    left.map((option) => [option.long ?? option.short ?? "", { description: option.description }]),
  );
  return [...byName].map(([value, { description }]) => ({ value, description }));
}

function subcommands(command: Command): Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => ({ value: each.name(), description: each.description() }));
}

function argumentAt(command: Command, position: number): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[position] ?? (last?.variadic === true ? last : undefined);
}

function plain(choices: readonly string[] | undefined): Candidate[] | undefined {
  return choices?.map((value) => ({ value, description: "" }));
}

const KINDS: readonly (readonly [string, ValueKind])[] = [
  ["--check", "check"],
  ["--model", "model"],
  ["model", "model"],
  ["--path", "folder"],
  ["--tag", "tag"],
  ["--relation", "link type"],
  ["tag", "tag"],
];

/** The help calls a document `<id>` or, where it is written to, `<path>`. */
function kindOf(name: string): ValueKind | undefined {
  if (name === "id" || name === "path") return "document";
  return KINDS.find(([start]) => name === start || name.startsWith(`${start} `))?.[1];
}

/* What a shell hands over, as words: each has its own way to cut a line and to quote. Pure. */

interface TypedWords {
  /** The words before the cursor's. */
  readonly before: readonly string[];
  /** The word at the cursor, up to it. */
  readonly current: string;
  /** What of that word the shell keeps to itself: candidates are answered without it. */
  readonly kept: string;
}

export function typedWords(shell: Shell, handed: readonly string[]): TypedWords {
  if (shell === "bash") return fromBash(handed);
  const last = handed.at(-1) ?? "";
  const current = shell === "powershell" ? last.replace(/^=/, "") : shell === "fish" ? unquoted(last) : last;
  return { before: handed.slice(0, -1), current, kept: "" };
}

/** Bash cuts words at `=` and `:` as well, and hands them over as they are quoted. */
function fromBash(handed: readonly string[]): TypedWords {
  const words: string[] = [];
  let kept = "";
  let joins = false;
  for (const [at, part] of handed.entries()) {
    const separates = /^[=:]+$/.test(part) && words.length > 0;
    const isLast = at === handed.length - 1;
    if (isLast && (joins || separates)) kept = `${words.at(-1)}${separates ? part : ""}`;
    if (joins || separates) words.push(`${words.pop()}${part}`);
    else words.push(part);
    joins = separates;
  }
  const current = unquoted(words.at(-1) ?? "");
  return { before: words.slice(0, -1).map(unquoted), current, kept: unquoted(kept) };
}

/** A word without its quotes, which may not be closed yet. */
function unquoted(word: string): string {
  return word.replace(
    /\\(.)|'([^']*)'?|"((?:\\.|[^"\\])*)"?/g,
    (_all, escaped, single, double) => escaped ?? single ?? (double as string).replace(/\\(["\\$`])/g, "$1"),
  );
}
