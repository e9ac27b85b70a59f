/**
 * The shell commands of a page: every fenced block of the language `sh`. A comment on the line before it says when it
 * is not to be run (`<!-- not run: why -->`), or how it ends (`<!-- ends with 1: why -->`).
 */
import { chmodSync, mkdirSync } from "node:fs";
import { CLI } from "./amalfa.ts";
import type { TempFolder } from "./temp-folder.ts";

export interface ShellBlock {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly commands: string;
  /** Why it cannot run; undefined for one that is run. */
  readonly notRun: string | undefined;
  readonly status: number;
}

interface Fence {
  readonly language: string;
  readonly line: number;
  readonly before: string;
  readonly content: string;
}

export function shellBlocks(page: string): ShellBlock[] {
  return fences(page)
    .filter(({ language }) => language === "sh")
    .map(({ line, before, content }) => ({
      line,
      commands: content,
      notRun: /^<!-- not run: (.+) -->$/.exec(before)?.[1],
      status: Number(/^<!-- ends with (\d+): .+ -->$/.exec(before)?.[1] ?? 0),
    }));
}

/** Lines that begin like a command and stand in a block that says no language, which nothing runs. */
export function commandsElsewhere(page: string): string[] {
  return fences(page)
    .filter(({ language }) => language === "")
    .flatMap(({ content }) => content.split("\n"))
    .filter((text) => /^(?:\$ )?(?:amalfa|npx|npm) /.test(text));
}

function fences(page: string): Fence[] {
  const lines = page.split("\n");
  const found: Fence[] = [];
  let open: number | undefined;
  for (const [at, text] of lines.entries()) {
    if (!text.startsWith("```")) continue;
    if (open === undefined) {
      open = at;
      continue;
    }
    const content = lines.slice(open + 1, at).join("\n");
    found.push({
      language: lines[open]!.slice(3).trim(),
      line: open + 1,
      before: lines[open - 1] ?? "",
      content,
    });
    open = undefined;
  }
  return found;
}

/** A folder for programs: `amalfa` in it is the one of this checkout. */
export function programFolder(folder: TempFolder): string {
  const place = folder.join("programs");
  mkdirSync(place);
  folder.write({ "programs/amalfa": `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n` });
  chmodSync(folder.join("programs/amalfa"), 0o755);
  return place;
}
