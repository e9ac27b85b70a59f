/** Wherever output goes, it has the same words: a terminal of 80 columns, one without colour, a pipe. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/program.ts";
import { amalfa, CLI } from "../helpers/amalfa.ts";
import { DOCTOR_ENV } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

/** Where a table does not fit, its cells are told as a sentence, with marks between them. */
const words = (text: string): string[] => text.split(/[\s;,]+/).filter((word) => word !== "");

describe("The help of every command", () => {
  const helps = async (columns: number): Promise<Map<string, string>> => {
    let printed = "";
    const program = await buildProgram([], { json: false, print: (text) => (printed += text) });
    const found = new Map<string, string>();
    const visit = (command: Command, name: string): void => {
      command.configureOutput({ getOutHelpWidth: () => columns });
      printed = "";
      command.outputHelp();
      found.set(name, printed);
      for (const child of command.commands) visit(child, `${name} ${child.name()}`);
    };
    visit(program, "amalfa");
    return found;
  };

  test("has the same words at 60, 80 and 200 columns, and fits 80 but for lines to copy", async () => {
    const [narrow, usual, wide] = [await helps(60), await helps(80), await helps(200)];
    expect(usual.size).toBeGreaterThan(40);
    for (const [name, text] of usual) {
      expect({ name, words: words(narrow.get(name) ?? "") }).toEqual({ name, words: words(text) });
      expect({ name, words: words(wide.get(name) ?? "") }).toEqual({ name, words: words(text) });
      const long = text.split("\n").filter((line) => line.length > 80 && !/^ {2}\$ |amalfa /.test(line));
      expect({ name, long }).toEqual({ name, long: [] });
      expect(text).not.toContain("\x1b");
    }
  });
});

let folder: TempFolder;
beforeAll(async () => {
  folder = new TempFolder().write({
    "soil.md": "---\ntags: [garden]\n---\n# Soil\n\nWorms live in damp soil. See [[worms]].\n",
    "worms.md": "# Worms\n\nThey turn leaves into soil.\n",
  });
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
});
afterAll(() => folder[Symbol.dispose]());

const END = "end-of-output";

/** What a command prints on its stdout in a terminal; what it says on stderr is not looked at. */
async function onTerminal(args: readonly string[], env: Record<string, string>): Promise<string> {
  let shown = "";
  const decoder = new TextDecoder();
  const terminal = new Bun.Terminal({
    cols: 80,
    rows: 200,
    data: (_terminal, data) => {
      shown += decoder.decode(data, { stream: true });
    },
  });
  const command = ["sh", "-c", `"$@" 2>/dev/null; echo ${END}`, "sh", process.execPath, CLI, ...args];
  const { NO_COLOR: _, ...inherited } = process.env;
  const child = Bun.spawn(command, {
    cwd: folder.path,
    env: { ...inherited, ...DOCTOR_ENV, TERM: "xterm-256color", ...env },
    terminal,
  });
  await child.exited;
  await until(() => shown.includes(END), { what: "the end of what is shown" });
  terminal.close();
  return shown.slice(0, shown.indexOf(END)).replaceAll("\r\n", "\n");
}

/** How long something took, and how long ago it was, differ from run to run; what asks for no colour is named. */
const settled = (text: string): string =>
  Bun.stripANSI(text)
    .replace(/\d+(?:\.\d+)? (?:ms|s|min)\b|\d+ (?:minute|hour)s? ago|just now/g, "TIME")
    .replace(/^NO_COLOR .*\n/m, "");

/** What does not fit a terminal is cut, and says so. */
function isCutOf(shown: readonly string[], all: readonly string[]): boolean {
  const same = (word: string, at: number) =>
    word.endsWith("…") ? all[at]?.startsWith(word.slice(0, -1)) === true : word === all[at];
  return shown.length === all.length && shown.every(same);
}

describe("What a command prints", () => {
  test.each([
    [["search", "soil"]],
    [["search", "soil", "--mode", "lexical", "--limit", "1"]],
    [["read", "worms.md"]],
    [["explore", "soil.md"]],
    [["list-sources"]],
    [["find-gaps"]],
    [["stats"]],
    [["validate"]],
    [["servers"]],
    [["doctor"]],
    [["rebuild", "--dry-run"]],
    [["reset", "--dry-run"]],
    [["cache", "stats"]],
  ])("%j is the same with and without colour at 80 columns, and in a pipe", async (args) => {
    const coloured = await onTerminal(args, {});
    const plain = await onTerminal(args, { NO_COLOR: "1" });
    const piped = (await amalfa(args, { cwd: folder.path, env: DOCTOR_ENV })).stdout;
    expect(plain).not.toContain("\x1b");
    expect(piped).not.toContain("\x1b");
    expect(settled(coloured)).toBe(settled(plain));
    // A document in a pipe is the document and nothing else, as whoever writes it to a file wants it.
    const whole = args[0] === "read" ? `worms.md (3 lines) Worms ${piped}` : piped;
    const [shown, all] = [words(settled(plain)), words(settled(whole))];
    if (!isCutOf(shown, all)) expect(shown).toEqual(all);
    // A command to copy is not broken, nor is a path, as long as that of the folder is.
    const mayBeLong = (line: string): boolean => line.includes("amalfa ") || line.includes(folder.path);
    expect(plain.split("\n").filter((line) => line.length > 80 && !mayBeLong(line))).toEqual([]);
  });
});
