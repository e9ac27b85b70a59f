/** What was probably meant, where a command line cannot be understood or has a command by its earlier name. */

import type { CommanderError } from "commander";
import { editDistance } from "../system/index.ts";
import { firstWordAt } from "./arguments.ts";
import { escaped } from "./output/safe-text.ts";

/** The share of letters that may differ. */
const FARTHEST = 0.4;

const SUGGESTION = /^(.*unknown (?:option|command) '(.*)')\n\(Did you mean (?:one of )?(.*)\?\)$/s;

/**
 * A message of commander's without suggestions that have little in common with what was typed: for `--fooo` it names
 * `--root`, of whose four letters two are others, and whoever reads that looks for a connection.
 */
export function withNearNamesOnly(message: string): string {
  const text = message.trimEnd();
  const [, said, typed = "", named = ""] = SUGGESTION.exec(text) ?? [];
  if (said === undefined) return message;
  const near = named.split(", ").filter((name) => isNear(typed, name));
  const end = message.slice(text.length);
  if (near.length === 0) return `${said}${end}`;
  return `${said}\n(Did you mean ${near.length > 1 ? "one of " : ""}${near.join(", ")}?)${end}`;
}

function isNear(typed: string, name: string): boolean {
  const [one, other] = [typed, name].map((word) => word.replace(/^--/, "")) as [string, string];
  return editDistance(one, other) <= FARTHEST * Math.max(one.length, other.length);
}

/*
 * What to type where an argument that is no option begins with a dash: a flag that is searched for, a file of an odd
 * name.
 */

/** Commands that take text which may begin with anything. */
const TAKES_TEXT = new Set(["search", "read", "explore", "inject-tags"]);
const CODES = new Set([
  "commander.unknownOption",
  "commander.missingArgument",
  "commander.optionMissingArgument",
]);

/** A sentence with the command as it should be typed, or undefined where that is not what went wrong. */
export function afterDashes({ code, message }: CommanderError, args: readonly string[]): string | undefined {
  if (!CODES.has(code) || args.includes("--")) return undefined;
  const at = args.findIndex((arg) => TAKES_TEXT.has(arg));
  const command = args[at];
  const rest = args.slice(at + 1);
  const unknown = /unknown option '(.*)'/s.exec(message)?.[1];
  const from = rest.findIndex((arg) =>
    unknown === undefined
      ? arg.startsWith("-") && !KNOWN.test(arg)
      : [arg, arg.split("=")[0]].includes(unknown),
  );
  // An option alone may be what is sought: without it nothing is left to look for.
  const first =
    from >= 0 ? from : code === "commander.unknownOption" ? -1 : rest.findIndex((arg) => arg.startsWith("-"));
  if (command === undefined || first < 0) return undefined;
  const typed = ["amalfa", command, ...rest.slice(0, first), "--", ...rest.slice(first).map(quoted)].join(
    " ",
  );
  return `If you mean it as text and not as an option, put -- before it: ${typed}`;
}

const KNOWN =
  /^(?:--(?:root|json|quiet|verbose|no-color|help|limit|mode|lines|relation|no-refresh)(?:=.*)?|-[nhV])$/;

/** A word as a shell takes it for one. */
export function quoted(word: string): string {
  const shown = escaped(word);
  return /^[\w./:@%+=,-]+$/.test(shown) && !shown.startsWith("-")
    ? shown
    : `"${shown.replace(/(["\\$`])/g, "\\$1")}"`;
}

/* Commands as amalfa 1.x called them: what has another name runs under it, what is gone is said to be. */

const RENAMED: Readonly<Record<string, string>> = {
  daemon: "watcher",
  "vector-daemon": "vector",
  mcp: "serve",
};

const GONE: Readonly<Record<string, string>> = {
  dashboard: "`amalfa servers` and `amalfa stats` print what it showed.",
  ember: "`amalfa inject-tags` adds tags, and `amalfa find-gaps` names documents that are not linked.",
  reranker: "`amalfa search` orders its results by itself.",
  "reranker-daemon": "`amalfa search` orders its results by itself.",
  sonar: "`amalfa search`, `amalfa explore` and `amalfa find-gaps` answer without it.",
  "ssr-docs": "`amalfa read` prints a document.",
};

interface PresentNames {
  /** The arguments with today's name. */
  readonly args: readonly string[];
  /** What to say of the name that was typed; undefined where it is today's. */
  readonly hint: string | undefined;
}

/** @param args as they were typed */
export function withPresentNames(args: readonly string[]): PresentNames {
  const first = firstWordAt(args);
  const at = first !== undefined && args[first] === "help" ? first + 1 : first;
  const typed = at === undefined ? "" : (args[at] ?? "");
  const present = Object.hasOwn(RENAMED, typed) ? RENAMED[typed] : undefined;
  if (at === undefined || present === undefined) return { args, hint: undefined };
  return {
    args: args.with(at, present),
    hint: `\`amalfa ${typed}\` is called \`amalfa ${present}\` since amalfa 2; that is what runs now.`,
  };
}

/** What to use instead of a command that there is no more; undefined for any other. */
export function insteadOfGone(args: readonly string[]): string | undefined {
  const at = firstWordAt(args);
  const typed = at === undefined ? "" : args[at]!;
  if (!Object.hasOwn(GONE, typed)) return undefined;
  return `\`${typed}\` was a command of amalfa 1.x, and there is none in its place. ${GONE[typed]}`;
}
