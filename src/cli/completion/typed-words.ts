/** What a shell hands over, as words: each has its own way to cut a line and to quote. Pure. */
import type { Shell } from "./scripts.ts";

export interface TypedWords {
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
