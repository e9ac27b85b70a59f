/** What shells complete: the same words as the program knows, in the shells themselves. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { Language, Parser } from "web-tree-sitter";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const LAUNCHER = join(import.meta.dir, "../../bin/amalfa.js");

let folder: TempFolder;
beforeAll(async () => {
  folder = new TempFolder().write({
    "notes/alpha.md": "# Alpha\n",
    "notes/alps and lakes.md": "# Alps\n",
    "notes/beta.md": "---\ntags: [garden, gardening, soil]\n---\n# Beta\n\n[[alpha]]\n",
    "-dash.md": "# Dash\n",
    "odd\x1b]2;title\x07.md": "# Odd\n",
    "odd\u202egnp.md": "# Turned\n",
  });
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
  symlinkSync(LAUNCHER, folder.join("amalfa"));
});
afterAll(() => folder[Symbol.dispose]());

/** What may follow, as zsh is told: all of the word at the cursor. */
function following(...words: string[]): Promise<string[]> {
  return asked("zsh", ...words);
}

async function asked(shell: string, ...words: string[]): Promise<string[]> {
  const { status, document } = await amalfaJson(["completion", "--json", shell, "--", ...words], {
    cwd: folder.path,
  });
  expect(status).toBe(0);
  return (document.candidates as { value: string }[]).map(({ value }) => value);
}

describe("What may come next", () => {
  test("is a command, or one below it, or what the help is about", async () => {
    expect(await following("se")).toEqual(["search", "serve", "setup-mcp", "server", "servers"]);
    expect(await following("")).toContain("doctor");
    expect(await following("cache", "ex")).toEqual(["export"]);
    expect(await following("--root", "somewhere", "watcher", "st")).toEqual(["start", "stop", "status"]);
    expect(await following("help", "rese")).toEqual(["reset"]);
  });

  test("is an option, which is offered once, of the command or of all", async () => {
    expect(await following("search", "--mo")).toEqual(["--mode"]);
    expect(await following("search", "--mode", "hybrid", "--m")).not.toContain("--mode");
    expect(await following("cache", "prune", "--verb")).toEqual(["--verbose"]);
    expect(await following("search", "--", "--mo")).toEqual([]);
  });

  test("is a value of the option, with and without the sign of equality", async () => {
    expect(await following("search", "--mode", "")).toEqual(["hybrid", "lexical", "semantic"]);
    expect(await following("search", "--mode=le")).toEqual(["--mode=lexical"]);
    expect(await asked("bash", "search", "--mode", "=", "le")).toEqual(["lexical"]);
    expect(await asked("bash", "search", "--mode", "=")).toEqual(["hybrid", "lexical", "semantic"]);
    expect(await asked("powershell", "search", "--mode", "=le")).toEqual(["lexical"]);
  });

  test("is a check, of which there may be several, a model, a document or a shell", async () => {
    expect(await following("doctor", "--check", "db.wal", "db.lo")).toEqual(["db.lock"]);
    expect(await following("doctor", "--check", "db.wal", "--fi")).toEqual(["--fix"]);
    expect(await following("cache", "clear", "--model", "")).toContain("all-MiniLM-L6-v2");
    expect(await following("read", "notes/al")).toEqual(["notes/alpha.md", "notes/alps and lakes.md"]);
    expect(await asked("bash", "read", "notes/alps\\ an")).toEqual(["notes/alps and lakes.md"]);
    expect(await asked("fish", "explore", "'notes/alps an")).toEqual(["notes/alps and lakes.md"]);
    expect(await following("read", "notes/alpha.md", "notes")).toEqual([]);
    expect(await following("completion", "")).toEqual(["bash", "zsh", "fish", "powershell"]);
  });

  test("is a folder or document to look below, one level at a time, a tag, or a type of link", async () => {
    expect(await following("search", "--path", "no")).toEqual(["notes"]);
    expect(await following("search", "--path=no")).toEqual(["--path=notes"]);
    expect(await following("search", "--path", "notes/al")).toEqual([
      "notes/alpha.md",
      "notes/alps and lakes.md",
    ]);
    expect(await following("search", "--tag", "gard")).toEqual(["garden", "gardening"]);
    expect(await following("inject-tags", "notes/beta.md", "so")).toEqual(["soil"]);
    expect(await following("explore", "notes/beta.md", "--relation", "")).toEqual(["wikilink"]);
  });

  test("is a path from here for a name that would pass for an option, which the command then takes", async () => {
    expect(await following("read", "-d")).toEqual(["./-dash.md"]);
    expect(await following("read", "")).toContain("./-dash.md");
    expect(await following("read", "./-")).toEqual(["./-dash.md"]);
    expect(await following("read", "--", "-d")).toEqual(["./-dash.md"]);
    expect(await following("read", "./notes/be")).toEqual(["./notes/beta.md"]);
    const read = await amalfa(["read", "./-dash.md"], { cwd: folder.path });
    expect(read).toMatchObject({ status: 0, stdout: expect.stringContaining("# Dash") });
    const { stdout } = await amalfa(["completion", "zsh", "--", "read", "../no"], {
      cwd: folder.join("notes"),
    });
    expect(stdout.trim().split("\n")[0]).toBe("../notes/alpha.md");
  });

  test("never has a character in it that changes what a terminal does or shows", async () => {
    for (const words of [
      ["read", ""],
      ["search", "--path", ""],
      ["read", "odd"],
    ]) {
      const { stdout } = await amalfa(["completion", "bash", "--", ...words], { cwd: folder.path });
      expect(stdout).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
    }
  });

  test("is nothing, without a word, where there is no graph", async () => {
    using empty = new TempFolder();
    const { status, stdout, stderr } = await amalfa(["completion", "bash", "--", "read", ""], {
      cwd: empty.path,
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });
});

/** A shell in a pseudo-terminal, with amalfa on its PATH. */
class Shell implements AsyncDisposable {
  #shown = "";
  readonly #terminal: Bun.Terminal;
  readonly #child: Bun.Subprocess;

  constructor(command: readonly string[]) {
    const decoder = new TextDecoder();
    this.#terminal = new Bun.Terminal({
      cols: 160,
      rows: 40,
      data: (_terminal, data) => {
        this.#shown += decoder.decode(data, { stream: true });
      },
    });
    const env = {
      ...process.env,
      PATH: `${folder.path}:${process.env.PATH}`,
      PS1: "ready> ",
      TERM: "dumb",
      HOME: folder.path,
    };
    this.#child = Bun.spawn([...command], { cwd: folder.path, env, terminal: this.#terminal });
  }

  type(text: string): void {
    this.#terminal.write(text);
  }

  async shows(text: string): Promise<void> {
    await until(() => this.#shown.replace(/\x1b\[[0-9;?]*[A-Za-z]|[\r\n\x07]/g, "").includes(text), {
      what: `"${text}" in ${JSON.stringify(this.#shown.slice(-500))}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#terminal.close();
  }
}

describe("In a shell", () => {
  /** Says by its name what was not run. */
  const inShell = (name: string) => test.skipIf(Bun.which(name) === null);

  async function completes(shell: Shell, load: string): Promise<void> {
    shell.type(`${load}; echo loa""ded\n`);
    await shell.shows("loaded");
    shell.type("amalfa doctor --check db.w\t");
    await shell.shows("--check db.wal");
    shell.type("\x15amalfa search --mode=sem\t");
    await shell.shows("--mode=semantic");
    shell.type("\x15amalfa read notes/alps\t");
    await shell.shows("notes/alps\\ and\\ lakes.md");
    shell.type("\x15amalfa read -da\t");
    await shell.shows("./-dash.md");
  }

  inShell("bash")("bash completes commands, checks, values and documents", async () => {
    await using shell = new Shell(["bash", "--norc", "--noprofile", "-i"]);
    await completes(shell, "source <(amalfa completion bash)");
  });

  inShell("zsh")("zsh completes commands, checks, values and documents", async () => {
    await using shell = new Shell(["zsh", "-f", "-i"]);
    await completes(shell, "autoload -Uz compinit && compinit -u -D; source <(amalfa completion zsh)");
  });

  inShell("fish")("fish completes commands, checks, values and documents", () => {
    const line = (text: string): string => {
      const script = `amalfa completion fish | source; complete -C ${JSON.stringify(text)}`;
      const env = { ...process.env, PATH: `${folder.path}:${process.env.PATH}`, HOME: folder.path };
      const done = Bun.spawnSync(["fish", "--no-config", "-c", script], { cwd: folder.path, env });
      return done.stdout.toString();
    };
    expect(line("amalfa list-s")).toStartWith("list-sources\t");
    expect(line("amalfa doctor --check db.w")).toStartWith("db.wal\t");
    expect(line("amalfa search --mode=sem")).toContain("--mode=semantic");
    expect(line("amalfa read notes/alps")).toContain("notes/alps and lakes.md");
    expect(line("amalfa read ./-da")).toContain("./-dash.md");
  });

  inShell("pwsh")("PowerShell completes commands and checks", () => {
    const script = `amalfa completion powershell | Out-String | Invoke-Expression
      (TabExpansion2 'amalfa doctor --check db.w' 26).CompletionMatches.CompletionText`;
    const env = { ...process.env, PATH: `${folder.path}:${process.env.PATH}` };
    const done = Bun.spawnSync(["pwsh", "-NoProfile", "-Command", script], { cwd: folder.path, env });
    expect(done.stdout.toString().trim()).toBe("db.wal");
  });

  // Where PowerShell is not to be had, its grammar says at least that the script is one, and what it calls.
  test("the script for PowerShell is PowerShell, and calls nothing but what PowerShell has", async () => {
    await Parser.init();
    const grammar = import.meta.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
    const parser = new Parser();
    parser.setLanguage(await Language.load(Bun.fileURLToPath(grammar)));
    const { stdout: script } = await amalfa(["completion", "powershell"], { cwd: folder.path });
    const tree = parser.parse(script)!;
    expect(tree.rootNode.hasError).toBe(false);
    expect(parser.parse(script.replace("}\n", "\n"))!.rootNode.hasError).toBe(true);
    const all = (type: string) => tree.rootNode.descendantsOfType(type).map((node) => node?.text ?? "");
    expect(new Set(all("command_name"))).toEqual(
      new Set([
        "Register-ArgumentCompleter",
        "Get-Command",
        "Select-Object",
        "Where-Object",
        "ForEach-Object",
      ]),
    );
    expect(all("command_invokation_operator")).toEqual(["&"]);
    expect(all("param_block")).toEqual(["param($wordToComplete, $commandAst, $cursorPosition)"]);
    // A program is looked for by its kind, so that neither a function nor an alias of the folder's stands in for it.
    expect(all("command").find((text) => text.startsWith("Get-Command"))).toContain("-CommandType");
  });

  test("no program of the folder runs because a key is pressed", async () => {
    using hostile = new TempFolder().write({ amalfa: "#!/bin/sh\ntouch ran\n" });
    Bun.spawnSync(["chmod", "755", hostile.join("amalfa")]);
    await using shell = new Shell(["bash", "--norc", "--noprofile", "-i"]);
    shell.type(`source <(amalfa completion bash); cd ${hostile.path}; complete -F _amalfa ./amalfa\n`);
    shell.type("./amalfa doctor --check db.w\t");
    await shell.shows("--check db.wal");
    expect(Bun.spawnSync(["ls", hostile.path]).stdout.toString()).toBe("amalfa\n");
  });
});

test("a model is completed where one is named", async () => {
  expect(await following("models", "pull", "gte")).toEqual(["gte-small"]);
  expect(await following("models", "verify", "gte-small", "multi")).toEqual(["multilingual-e5-small"]);
});
