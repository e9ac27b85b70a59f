/**
 * The plugin as Claude Code itself takes it: its validator, and its installation with the server that it starts. Nobody
 * is signed in, and nothing is asked of a model. With `check:full` only, since the client is installed for it.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { init } from "../helpers/amalfa.ts";
import { installClients } from "../helpers/clients-of-others.ts";
import { notesFolder } from "../helpers/notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(600_000);

const TOP = join(import.meta.dir, "../..");

let claude: string;
let home: TempFolder;
let folder: TempFolder;

beforeAll(async () => {
  claude = join(installClients(), `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`);
  home = new TempFolder();
  folder = notesFolder();
  await init(folder);
  // As an installed package has it.
  mkdirSync(home.join("bin"));
  symlinkSync(join(TOP, "bin/amalfa.js"), home.join("bin/amalfa"));
});

afterAll(() => {
  folder[Symbol.dispose]();
  home[Symbol.dispose]();
});

function ask(...args: string[]): { readonly status: number; readonly said: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([claude, ...args], {
    cwd: folder.path,
    stdin: "ignore",
    env: {
      ...(process.env as Record<string, string>),
      HOME: home.path,
      XDG_STATE_HOME: home.join("state"),
      PATH: `${home.join("bin")}:${process.env.PATH}`,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    },
  });
  return { status: exitCode, said: `${stdout}${stderr}` };
}

/** A copy of what is published of the plugin, where it can be spoilt. */
function copyOfPlugin(): TempFolder {
  const copy = new TempFolder();
  for (const name of [".claude-plugin", "plugins"])
    cpSync(join(TOP, name), copy.join(name), { recursive: true });
  return copy;
}

describe("the validator of Claude Code", () => {
  test.each(["plugins/claude-code", "."])("finds nothing in %s", (path) => {
    const { status, said } = ask("plugin", "validate", "--strict", join(TOP, path));
    expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining("Validation passed") });
  });

  test("does not pass whatever it is given", () => {
    using copy = copyOfPlugin();
    const path = copy.join("plugins/claude-code/.claude-plugin/plugin.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), keywords: "memory" }));
    expect(ask("plugin", "validate", "--strict", copy.join("plugins/claude-code")).status).toBe(1);
  });
});

test("Claude Code installs the plugin from this repository, and reaches the server that it names", () => {
  using copy = copyOfPlugin();
  expect(ask("plugin", "marketplace", "add", copy.path).status).toBe(0);
  expect(ask("plugin", "install", "amalfa@amalfa").status).toBe(0);
  expect(ask("plugin", "list").said).toContain("enabled");
  expect(ask("mcp", "list").said).toMatch(/^plugin:amalfa:amalfa: amalfa serve - .*Connected$/m);
});
