/** Commands as amalfa 1.x called them: what has another name runs under it, what is gone is said to be. */
import { firstWordAt } from "./arguments.ts";

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

export interface PresentNames {
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
