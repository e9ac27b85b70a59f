import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { buildProgram } from "../../src/cli/program.ts";
import { amalfa, amalfaJson, CLI } from "../helpers/amalfa.ts";
import { agreeTo } from "../helpers/consent.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { programCopy } from "../helpers/program-copy.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const cwd = tmpdir();

/** All commands as they are typed, the program itself and those below others included. */
function commandLines(command: Command, above: readonly string[] = []): string[][] {
  const children = command.commands.flatMap((child) => commandLines(child, [...above, child.name()]));
  return [[...above], ...children];
}

async function helpOf(command: readonly string[]): Promise<string> {
  let text = "";
  const args = [...command, "--help"];
  const program = await buildProgram(args, { json: false, print: (part) => (text += part) });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
  }
  return text;
}

const program = await buildProgram(["--help"], { json: false, print: () => {} });

describe("help", () => {
  const commands = commandLines(program);

  test.each(commands.filter((command) => command.at(-1) !== "run").map((command) => [command.join(" ")]))(
    "of `amalfa %s` fits a terminal, and ends with an example and the exit statuses",
    async (line) => {
      const text = await helpOf(line.split(" ").filter((word) => word !== ""));
      expect(text.split("\n").filter((each) => Bun.stringWidth(each) > 80)).toEqual([]);
      expect(text).toMatch(
        /^Examples:\n( {2}\$ (?:source <\()?amalfa .*\n)+\nExit status:\n( {2}\d+ +\S.*\n)+$/m,
      );
      expect(text).not.toContain("display help");
    },
  );

  test("of one command is the same whether others are loaded or not", async () => {
    const among = async (args: readonly string[]): Promise<string> => {
      let text = "";
      const all = await buildProgram([], { json: false, print: (part) => (text += part) });
      await all.parseAsync(args, { from: "user" }).catch(() => {});
      return text;
    };
    for (const args of [
      ["search", "--help"],
      ["cache", "prune", "--help"],
      ["--root", "search", "stats", "--help"],
    ]) {
      expect(await helpOf(args.slice(0, -1))).toBe(await among(args));
    }
  });

  test.each([
    [["-h", "search"], "Usage: amalfa search "],
    [["--help", "--root", "search", "cache", "prune"], "Usage: amalfa cache prune "],
    [["--quiet", "-h", "search", "--", "x"], "Usage: amalfa search "],
    [["-h", "nope"], "Usage: amalfa [options] [command]"],
    [["-h"], "Usage: amalfa [options] [command]"],
  ])("%j is the help of the command behind it", async (args, begin) => {
    const { status, stdout } = await amalfa(args, { cwd });
    expect(status).toBe(0);
    expect(stdout).toStartWith(begin);
  });

  test("and version are one JSON document with --json", async () => {
    const version = await amalfaJson(["--version"], { cwd });
    expect(version).toMatchObject({ status: 0, document: { ok: true, version: packageJson.version } });
    for (const args of [["--help"], ["help", "cache"], ["search", "--help"]]) {
      const { status, document } = await amalfaJson(args, { cwd });
      expect({ status, document }).toMatchObject({
        status: 0,
        document: { ok: true, help: expect.stringContaining("Usage: amalfa") },
      });
    }
  });
});

describe("wrong usage", () => {
  test.each([
    [["serch", "x"], "amalfa: unknown command 'serch'\n(Did you mean search?)", "amalfa --help"],
    [["watcher", "strat"], "amalfa: unknown command 'strat'\n(Did you mean start?)", "amalfa watcher --help"],
    [["init", "--forse"], "amalfa: unknown option '--forse'\n(Did you mean --force?)", "amalfa init --help"],
    [["stats", "--jsn"], "amalfa: unknown option '--jsn'\n(Did you mean --json?)", "amalfa stats --help"],
    [["stats", "--fooo"], "amalfa: unknown option '--fooo'", "amalfa stats --help"],
    [["help", "nope"], "amalfa: unknown command 'nope'", "amalfa --help"],
    [["help", "cache", "nope"], "amalfa: unknown command 'nope'", "amalfa cache --help"],
    [["cache", "help", "nope"], "amalfa: unknown command 'nope'", "amalfa cache --help"],
    [["search"], "amalfa: missing required argument 'query'", "amalfa search --help"],
  ])("%j says what is wrong, what may be meant, and where to look", async (args, message, next) => {
    const { status, stdout, stderr } = await amalfa(args, { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr.trimEnd()).toBe(`${message}\nRun \`${next}\` to see what there is.`);
  });

  test.each([
    [["search", "x", "--mode"]],
    [["init", "--wait"]],
    [["help"]],
    [["cache"]],
    [[]],
    [["doctor", "--check"]],
    [["stats", "--root"]],
  ])("%j with an argument of escape sequences shows them and sends none to the terminal", async (args) => {
    const evil = "x\u001b]0;PWN\u0007\u001b[2J\u009b31m\u202e\namalfa: all is well";
    for (const last of [evil, `--${evil}`, `--mode=${evil}`]) {
      const { stdout, stderr } = await amalfa([...args, last], { cwd });
      expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
      expect(`${stdout}${stderr}`).not.toMatch(/^amalfa: all is well/m);
      const document = (await amalfa([...args, last, "--json"], { cwd })).stdout;
      expect(document).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  });

  test("an empty --root is not the working directory", async () => {
    const { status, stderr } = await amalfa(["stats", "--root", ""], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain("Expected a folder; the name given is empty.");
  });

  test("a working directory that was deleted is named, and not needed with an absolute --root", async () => {
    using project = new TempFolder().write({ "a.md": "# A\n" });
    const inDeleted = async (...args: string[]) => {
      const gone = mkdtempSync(join(tmpdir(), "amalfa-test-"));
      const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
      const command = ["sh", "-c", script, "sh", gone, process.execPath, CLI, ...args];
      const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "pipe"] });
      const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      return { status: await child.exited, text: out + err };
    };
    for (const root of [[], ["--root", "relative"]]) {
      const { status, text } = await inDeleted("stats", ...root);
      expect(status).toBe(1);
      expect(text).toContain("The folder in which the command was called does not exist any more.");
    }
    for (const args of [["init"], ["read", "a.md"], ["doctor"]]) {
      expect(await inDeleted(...args, "--root", project.path)).toMatchObject({ status: 0 });
    }
  });

  test("I10 a settings module that prints does so on stderr", async () => {
    using project = new TempFolder().write({
      "a.md": "# A\n",
      "amalfa.config.ts":
        'console.log("noise"); console.table([1]); process.stdout.write("noise"); setTimeout(() => console.log("late"), 1);\nexport default {};\n',
    });
    await agreeTo(project.join("amalfa.config.ts"));
    const { document } = await amalfaJson<{ ok: boolean }>(["list-sources"], { cwd: project.path });
    expect(document.ok).toBe(true);
    const { stdout } = await amalfa(["list-sources", "--quiet"], { cwd: project.path });
    expect(stdout).not.toMatch(/noise|late/);
  });

  test("no command at all shows the commands", async () => {
    const { status, stdout, stderr } = await amalfa([], { cwd });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toStartWith("Usage: amalfa ");
  });
});

test.each([
  ["--limit", "0"],
  ["--since", "tomorrow"],
  ["--where", "status"],
])("a value of %s that is none is not taken for what is sought", async (option, value) => {
  const { status, stderr } = await amalfa(["search", option, value, "compost"], { cwd });
  expect(status).toBe(2);
  expect(stderr).toContain("is invalid");
  expect(stderr).not.toContain("put -- before it");
});

test.each([
  [["--explain", "frost", "-fleece"], 'amalfa search --explain frost -- "-fleece"'],
  [["--path", "garden", "--feature=gates"], 'amalfa search --path garden -- "--feature=gates"'],
])("what is meant as text and looks like an option: %j", async (words, typed) => {
  const { status, stderr } = await amalfa(["search", ...words], { cwd });
  expect(status).toBe(2);
  expect(stderr).toContain(`put -- before it: ${typed}\n`);
});

test.each([
  [["init", "notes/"], "The folder of the project goes before the command: amalfa --root notes/ init"],
  [["watcher", "start", "my notes"], 'amalfa --root "my notes" watcher start'],
  [["read", "tech/database", "choice.md"], 'in quotes: amalfa read "tech/database choice.md"'],
  [
    ["explore", "--relation", "link", "database", "choice"],
    'amalfa explore "database choice" --relation link',
  ],
  [["read", "a.md", "b.md"], "Give one document at a time."],
  [["list"], "`amalfa list-sources` says where documents are looked for, and how many there are."],
  [["find", "frost"], "`amalfa search` finds documents by words and by meaning."],
  [["sync"], "`amalfa init` takes in documents that are new or changed"],
  [["remove", "a.md"], "Delete the document's file; `amalfa init` then takes it out of the graph."],
])("how to type what other programs take: %j", async (args, told) => {
  using folder = new TempFolder().write({ "notes/a.md": "# A\n", "my notes/b.md": "# B\n" });
  const { status, stderr } = await amalfa(args, { cwd: folder.path });
  expect(status).toBe(2);
  expect(stderr).toContain(told);
  const { document } = await amalfaJson([...args, "--json"], { cwd: folder.path });
  expect(document).toMatchObject({ ok: false, error: { hint: expect.stringContaining(told) } });
});

test.each([
  [["init", "nowhere"]],
  [["--root", "notes", "init", "notes"]],
  [["models", "pull", "one", "two", "three"]],
])("nothing is advised for arguments that nothing is known of: %j", async (args) => {
  using folder = new TempFolder().write({ "notes/a.md": "# A\n" });
  const { status, stderr } = await amalfa(args, { cwd: folder.path });
  expect(status).toBe(2);
  expect(stderr.trimEnd()).toEndWith("to see what there is.");
});

test("where a package is missing, as in a clone before `bun install`, it says so", async () => {
  using copy = programCopy(["commander"]);
  const child = Bun.spawn([process.execPath, copy.join("bin/amalfa.js"), "doctor"], { cwd, stderr: "pipe" });
  const stderr = await new Response(child.stderr).text();
  expect(await child.exited).toBe(1);
  expect(stderr).toContain(
    "The package commander, which amalfa needs, is not installed.\n  In a clone run `bun install`.",
  );
});
