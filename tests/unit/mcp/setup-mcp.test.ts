import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { parse as parseToml } from "smol-toml";
import { bunFlags } from "../../../bin/bun-flags.js";
import { clientNamed } from "../../../src/mcp/clients/clients.ts";
import { amalfa, amalfaJson, CLI, type ErrorDocument } from "../../helpers/amalfa.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

useMadeUpModel();

const BUN_FLAGS = bunFlags(join(import.meta.dir, "../../../bin"));

setDefaultTimeout(300_000);

interface SetupDocument {
  readonly ok: boolean;
  readonly server: { readonly command: string; readonly args: readonly string[] };
  readonly clients: readonly {
    readonly client: string;
    readonly file: string;
    readonly configuration: string;
    readonly change: string;
    readonly backup: string | null;
  }[];
}

/** A home of its own, beside a project. */
class Place implements Disposable {
  readonly folder = new TempFolder().write({ "project/README.md": "# R\n", "home/.keep": "" });
  readonly root = this.folder.join("project");
  readonly home = this.folder.join("home");
  readonly env = {
    HOME: this.home,
    XDG_CONFIG_HOME: this.folder.join("home/.config"),
    CODEX_HOME: this.folder.join("home/.codex"),
  };

  setup<Document = SetupDocument>(...flags: string[]) {
    return amalfaJson<Document>(["setup-mcp", ...flags], { cwd: this.root, env: this.env });
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

const entryOf = (root: string) => ({
  command: process.execPath,
  args: [...BUN_FLAGS, CLI, "--root", root, "serve"],
});

describe("printing", () => {
  test("a Bun in npm's cache is warned of on stderr, since it may be gone tomorrow", async () => {
    using place = new Place();
    // The tests themselves may run with a Bun from there, so both are copies.
    const setupWith = async (path: string): Promise<{ bun: string; command: string; stderr: string }> => {
      const bun = place.folder.join(path);
      mkdirSync(dirname(bun), { recursive: true });
      copyFileSync(process.execPath, bun, constants.COPYFILE_FICLONE);
      const env = { ...process.env, ...place.env };
      const child = Bun.spawn([bun, CLI, "--json", "setup-mcp"], {
        cwd: place.root,
        env,
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      return { bun, command: JSON.parse(stdout).server.command, stderr };
    };
    const cached = await setupWith("home/.npm/_npx/0123456789abcdef/node_modules/bun/bin/bun.exe");
    expect(cached.command).toBe(cached.bun);
    expect(cached.stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(cached.stderr).toContain(cached.bun);
    expect(cached.stderr).toContain("install Bun");
    expect((await setupWith("home/.bun/bin/bun")).stderr).toBe("");
  });

  test("every client, in its own format, with absolute paths; nothing is written", async () => {
    using place = new Place();
    const { document } = await place.setup();
    expect(document.server).toMatchObject(entryOf(place.root));
    expect(document.clients.map(({ client, change }) => `${client} ${change}`)).toEqual([
      "claude-code printed",
      "claude-desktop printed",
      "cursor printed",
      "vscode printed",
      "codex printed",
    ]);
    const [code, desktop, cursor, vscode, codex] = document.clients.map(
      ({ configuration }) => configuration,
    ) as [string, string, string, string, string];
    expect(JSON.parse(code)).toEqual({ mcpServers: { amalfa: { type: "stdio", ...entryOf(place.root) } } });
    expect(JSON.parse(desktop)).toEqual({ mcpServers: { amalfa: entryOf(place.root) } });
    expect(JSON.parse(cursor)).toEqual({ mcpServers: { amalfa: entryOf(place.root) } });
    expect(JSON.parse(vscode)).toEqual({ servers: { amalfa: { type: "stdio", ...entryOf(place.root) } } });
    expect(parseToml(codex)).toEqual({ mcp_servers: { amalfa: entryOf(place.root) } });
    // Bun keeps a folder of its own there.
    expect(readdirSync(place.home).filter((entry) => entry !== ".bun")).toEqual([".keep"]);
    expect(readdirSync(place.root)).toEqual(["README.md"]);
    const { stdout } = await amalfa(["setup-mcp"], { cwd: place.root, env: place.env });
    for (const title of ["Claude Code", "Claude Desktop", "Cursor", "VS Code", "Codex"])
      expect(stdout).toContain(title);
  });

  test.each([
    [["--client", "emacs"]],
    [["--write"]],
    [["--name", "two words"]],
    [["--name", ""]],
    [["--client"]],
  ])("%j is wrong usage", async (flags) => {
    using place = new Place();
    const { status, document } = await place.setup<ErrorDocument>(...flags);
    expect(status).toBe(2);
    expect(document.ok).toBe(false);
  });
});

describe("writing", () => {
  test.each(["claude-code", "claude-desktop", "cursor", "vscode", "codex"])(
    "%s: a new file, then nothing to do",
    async (client) => {
      using place = new Place();
      const first = await place.setup("--client", client, "--write");
      expect(first.status).toBe(0);
      const [made] = first.document.clients;
      expect(made).toMatchObject({ change: "added", backup: null });
      const file = made?.file as string;
      expect(file).toStartWith(place.folder.path);
      expect(readFileSync(file, "utf8")).toBe(made?.configuration as string);
      const second = await place.setup("--client", client, "--write");
      expect(second.document.clients).toMatchObject([{ change: "unchanged", backup: null }]);
      expect(readdirSync(dirname(file)).filter((name) => name.startsWith(basename(file)))).toEqual([
        basename(file),
      ]);
    },
  );

  test("other servers, comments and formatting stay, and a copy is kept", async () => {
    using place = new Place();
    const before =
      '{\n\t// mine\n\t"servers": {\n\t\t"other": { "command": "x", "args": [ ] }, // keep\n\t},\n\t"inputs": [],\n}\n';
    place.folder.write({ "project/.vscode/mcp.json": before });
    chmodSync(place.folder.join("project/.vscode/mcp.json"), 0o600);
    const { document } = await place.setup("--client", "vscode", "--write");
    const [{ change, backup, file }] = document.clients as [SetupDocument["clients"][0]];
    expect(change).toBe("added");
    expect(readFileSync(backup as string, "utf8")).toBe(before);
    const after = readFileSync(file, "utf8");
    for (const kept of [
      "\t// mine\n",
      '"other": { "command": "x", "args": [ ] }',
      "// keep",
      '"inputs": [],\n}\n',
    ])
      expect(after).toContain(kept);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(backup as string).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["{}", '{\n  "mcpServers": {\n    "amalfa": '],
    ['{"mcpServers":{}}', '{"mcpServers":{\n    "amalfa": '],
    ['{\r\n    "a": 1\r\n}\r\n', '{\r\n    "a": 1,\r\n    "mcpServers": {\r\n        "amalfa": '],
    ['\uFEFF{"a": [1, 2]}', '\uFEFF{"a": [1, 2],\n  "mcpServers": {\n    "amalfa": '],
    ["  \n", '{\n  "mcpServers": {\n    "amalfa": '],
  ])("what stands before the entry stays: %j", async (before, start) => {
    using place = new Place();
    place.folder.write({ "project/.mcp.json": before });
    expect((await place.setup("--client", "claude-code", "--write")).status).toBe(0);
    const text = readFileSync(place.folder.join("project/.mcp.json"), "utf8");
    expect(text).toStartWith(start);
    expect(JSON.parse(text.replace("\uFEFF", ""))).toMatchObject({
      mcpServers: { amalfa: entryOf(place.root) },
    });
  });

  test("an entry of this project is brought up to date, and what the user added to it stays", async () => {
    using place = new Place();
    const stale = {
      command: "/old/bun",
      args: ["/old/cli.ts", "--root", place.root, "serve"],
      env: { A: "1" },
    };
    place.folder.write({ "project/.mcp.json": JSON.stringify({ mcpServers: { amalfa: stale } }) });
    const { document } = await place.setup("--client", "claude-code", "--write");
    expect(document.clients).toMatchObject([{ change: "replaced" }]);
    expect(JSON.parse(readFileSync(place.folder.join("project/.mcp.json"), "utf8"))).toEqual({
      mcpServers: { amalfa: { ...entryOf(place.root), env: { A: "1" }, type: "stdio" } },
    });
  });

  test.each([
    ["another project's entry", { command: "bun", args: ["cli.ts", "--root", "/elsewhere", "serve"] }],
    ["somebody else's entry", { command: "python", args: ["amalfa.py"] }],
  ])("%s is not overwritten; another name is", async (_, entry) => {
    using place = new Place();
    const { file } = clientNamed("claude-desktop", { ...place, platform: process.platform });
    place.folder.write({
      [relative(place.folder.path, file)]: JSON.stringify({ mcpServers: { amalfa: entry } }),
    });
    const { status, document } = await place.setup<ErrorDocument>("--client", "claude-desktop", "--write");
    expect(status).toBe(1);
    expect(document.error).toMatchObject({ code: "setup.taken" });
    expect(document.error.hint).toContain("--name");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ mcpServers: { amalfa: entry } });
    expect((await place.setup("--client", "claude-desktop", "--write", "--name", "notes")).status).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      mcpServers: { amalfa: entry, notes: entryOf(place.root) },
    });
  });

  test.each([
    ["claude-code", "project/.mcp.json", '{"mcpServers": {'],
    ["claude-code", "project/.mcp.json", "// a comment\n{}"],
    ["claude-code", "project/.mcp.json", "[]"],
    ["claude-code", "project/.mcp.json", '{"mcpServers": []}'],
    ["claude-code", "project/.mcp.json", '{"mcpServers": {"amalfa": 1}}'],
    ["claude-code", "project/.mcp.json", "null"],
    ["cursor", "project/.cursor/mcp.json", "not json"],
    ["cursor", "project/.cursor/mcp.json", '{"mcpServers":{"amalfa":{"command":"a"}},"mcpServers":{}}'],
    ["codex", "home/.codex/config.toml", "model = \n"],
    ["codex", "home/.codex/config.toml", "mcp_servers = 7\n"],
    ["codex", "home/.codex/config.toml", "mcp_servers = { other = { command = 'x' } }\n"],
  ])("%s: a file that cannot be merged into is refused: %s %j", async (client, path, content) => {
    using place = new Place();
    place.folder.write({ [path]: content });
    const { status, document } = await place.setup<ErrorDocument>("--client", client, "--write");
    expect(status).toBe(1);
    expect(document.error.code).toMatch(/^setup\.(broken|unsupported)$/);
    expect(document.error.message).toContain("Nothing was changed");
    expect(readFileSync(place.folder.join(path), "utf8")).toBe(content);
    expect(readdirSync(dirname(place.folder.join(path))).filter((name) => /bak|tmp/.test(name))).toEqual([]);
  });

  test("a file of more levels than can be read, and a link to nothing", async () => {
    using place = new Place();
    const content = `{"a": ${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    place.folder.write({ "project/.cursor/mcp.json": content });
    symlinkSync("nowhere", join(place.root, ".mcp.json"));
    for (const [client, reason] of [
      ["cursor", /nested too deeply/],
      ["claude-code", /a link to nothing/],
    ] as const) {
      const { status, document } = await place.setup<ErrorDocument>("--client", client, "--write");
      expect([status, document.error.code]).toEqual([1, "setup.broken"]);
      expect(document.error.message).toMatch(reason);
    }
    expect(readFileSync(join(place.root, ".cursor/mcp.json"), "utf8")).toBe(content);
  });

  test("several clients at once: all of them, or none when one cannot be merged into", async () => {
    using place = new Place();
    const both = ["--client", "cursor", "--client", "codex", "cursor", "--write"];
    place.folder.write({ "home/.codex/config.toml": "model = \n" });
    const refused = await place.setup<ErrorDocument>(...both);
    expect([refused.status, refused.document.error.code]).toEqual([1, "setup.broken"]);
    expect(existsSync(join(place.root, ".cursor/mcp.json"))).toBe(false);
    place.folder.write({ "home/.codex/config.toml": "" });
    const { document } = await place.setup(...both);
    expect(document.clients).toMatchObject([
      { client: "cursor", change: "added" },
      { client: "codex", change: "added" },
    ]);
  });

  test("a file behind a link is changed where it lies, and the link stays", async () => {
    using place = new Place();
    place.folder.write({ "dotfiles/config.toml": 'model = "x"\n' });
    mkdirSync(place.folder.join("home/.codex"));
    symlinkSync(place.folder.join("dotfiles/config.toml"), place.folder.join("home/.codex/config.toml"));
    expect((await place.setup("--client", "codex", "--write")).status).toBe(0);
    expect(lstatSync(place.folder.join("home/.codex/config.toml")).isSymbolicLink()).toBe(true);
    expect(parseToml(readFileSync(place.folder.join("dotfiles/config.toml"), "utf8"))).toEqual({
      model: "x",
      mcp_servers: { amalfa: entryOf(place.root) },
    });
    expect(existsSync(place.folder.join("dotfiles/config.toml"))).toBe(true);
  });
});

describe("where clients keep their files", () => {
  test.each([
    ["darwin", {}, "/home/x/Library/Application Support/Claude/claude_desktop_config.json"],
    ["linux", {}, "/home/x/.config/Claude/claude_desktop_config.json"],
    ["linux", { XDG_CONFIG_HOME: "/c" }, "/c/Claude/claude_desktop_config.json"],
    ["win32", { APPDATA: "/roaming" }, "/roaming/Claude/claude_desktop_config.json"],
  ])("Claude Desktop on %s with %j", (platform, env, expected) => {
    expect(
      clientNamed("claude-desktop", { root: "/p", env: { HOME: "/home/x", ...env }, platform }).file,
    ).toBe(expected);
  });
});
