/** How to type what was meant, where a command has another name here or takes its arguments in another way. */
import { statSync } from "node:fs";
import type { CommanderError } from "commander";
import { isMarkdown } from "../system/files/index.ts";
import { firstWordAt } from "./arguments.ts";
import { quoted } from "./mistyped.ts";

const SEARCHES = "`amalfa search` finds documents by words and by meaning.";
const TAKES_IN =
  "`amalfa init` takes in documents that are new or changed, and drops those whose files are gone.";
const DROPS = "Delete the document's file; `amalfa init` then takes it out of the graph.";
const PRINTS = "`amalfa read` prints a document.";
const LISTS = "`amalfa list-sources` says where documents are looked for, and how many there are.";

/** What other programs call a thing that a command does here. Names that are nearly the same are found without it. */
const CALLED_ELSEWHERE: Readonly<Record<string, string>> = {
  add: TAKES_IN,
  cat: PRINTS,
  delete: DROPS,
  find: SEARCHES,
  grep: SEARCHES,
  index: TAKES_IN,
  ingest: TAKES_IN,
  list: LISTS,
  ls: LISTS,
  query: SEARCHES,
  refresh: TAKES_IN,
  remove: DROPS,
  rm: DROPS,
  show: PRINTS,
  sync: TAKES_IN,
  update: TAKES_IN,
};

/** The command for what others call so; undefined where nothing is known of the name. */
export function calledElsewhere(args: readonly string[]): string | undefined {
  const at = firstWordAt(args);
  const typed = at === undefined ? "" : args[at]!;
  return Object.hasOwn(CALLED_ELSEWHERE, typed) ? CALLED_ELSEWHERE[typed] : undefined;
}

const TOO_MANY = /Expected (\d+) arguments? but got (\d+): (.*)\.$/s;

/** What to type where there are more arguments than the command takes; undefined where that is not what went wrong. */
export function withFewerArguments(
  { code, message }: CommanderError,
  args: readonly string[],
): string | undefined {
  if (code !== "commander.excessArguments") return undefined;
  const [, expected, got, words = ""] = TOO_MANY.exec(message.trimEnd()) ?? [];
  if (expected === "0" && got === "1") return withRoot(words, args);
  const at = firstWordAt(args);
  const command = at === undefined ? "" : args[at]!;
  return TAKES_DOCUMENT.has(command) ? inQuotes(command, args.slice(at! + 1)) : undefined;
}

/** Many programs take the folder to work on as an argument. */
function withRoot(folder: string, args: readonly string[]): string | undefined {
  if (args.some((arg) => arg === "--root" || arg.startsWith("--root=")) || !isFolder(folder))
    return undefined;
  const at = args.lastIndexOf(folder);
  if (at < 0) return undefined;
  const rest = args.toSpliced(at, 1).filter((arg) => arg !== "--");
  return `The folder of the project goes before the command: ${typed(["--root", folder, ...rest])}`;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

const TAKES_DOCUMENT = new Set(["read", "explore"]);
const OPTIONS_WITH_VALUE = new Set(["--lines", "--relation", "--root"]);

/** A name with blanks, which the shell has taken apart. */
function inQuotes(command: string, words: readonly string[]): string {
  const name: string[] = [];
  const options: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === "--") {
      name.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-")) name.push(word);
    else options.push(word, ...(OPTIONS_WITH_VALUE.has(word) ? words.slice(++at, at + 1) : []));
  }
  if (name.slice(0, -1).some(isMarkdown)) return "Give one document at a time.";
  return `Put a name with blanks in quotes: ${typed([command, name.join(" "), ...options])}`;
}

function typed(words: readonly string[]): string {
  const shown = words.filter((word) => word !== "--json");
  return ["amalfa", ...shown.map((word) => (/^--?\w[\w-]*$/.test(word) ? word : quoted(word)))].join(" ");
}
