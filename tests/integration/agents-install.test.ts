/** Agents find the memory by themselves: entries in their settings, and a section of the file they read first. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

interface Agents {
  readonly clients: readonly { readonly file: string; readonly change: string }[];
  readonly instructions: readonly { readonly file: string; readonly change: string }[];
}

let folder: TempFolder;
let env: Record<string, string>;

beforeEach(() => {
  folder = new TempFolder();
  mkdirSync(folder.join("project"));
  mkdirSync(folder.join("home"));
  env = {
    HOME: folder.join("home"),
    XDG_CONFIG_HOME: folder.join("home/.config"),
    CODEX_HOME: folder.join("home/.codex"),
  };
});

afterEach(() => folder[Symbol.dispose]());

const agents = (...args: string[]) =>
  amalfaJson<Agents>(["--root", folder.join("project"), "agents", ...args], { cwd: folder.path, env });
const at = (path: string): string => readFileSync(folder.join("project", path), "utf8");
const everythingIn = (path: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .sort()
      .filter((name) => lstatSync(join(path, name)).isFile())
      .map((name) => [name, readFileSync(join(path, name), "utf8")]),
  );
const changes = ({ clients, instructions }: Agents) =>
  [...clients, ...instructions].map(({ change }) => change);

describe("agents install", () => {
  test("writes the entry, and no section that was not asked for", async () => {
    const { document, status } = await agents("install", "--client", "claude-code");
    expect(status).toBe(0);
    expect(changes(document)).toEqual(["added"]);
    expect(JSON.parse(at(".mcp.json"))).toMatchObject({ mcpServers: { amalfa: { type: "stdio" } } });
    expect(readdirSync(folder.join("project")).filter((name) => name.endsWith(".md"))).toEqual([]);
  });

  test("writes a section that is its own, again changes nothing, and remove brings back what was there", async () => {
    const claude = "# How we work\n\nRun the tests.\n";
    const codex = '[model]\nname = "x"\n';
    folder.write({ "project/CLAUDE.md": claude, "home/.codex/config.toml": codex });
    const all = ["--client", "claude-code", "codex", "--instructions"];
    expect(changes((await agents("install", ...all)).document)).toEqual(["added", "added", "added", "added"]);
    expect(at("CLAUDE.md")).toStartWith(`${claude}\n<!-- amalfa:begin -->\n`);
    expect(at("CLAUDE.md")).toContain("search_documents");
    expect(at("AGENTS.md")).toStartWith("<!-- amalfa:begin -->\n");
    const once = [at("CLAUDE.md"), at("AGENTS.md"), at(".mcp.json")];
    expect(new Set(changes((await agents("install", ...all)).document))).toEqual(new Set(["unchanged"]));
    expect([at("CLAUDE.md"), at("AGENTS.md"), at(".mcp.json")]).toEqual(once);
    const removed = await agents("remove", "--client", "claude-code", "codex");
    expect(changes(removed.document)).toEqual(["removed", "removed", "removed", "removed"]);
    expect(at("CLAUDE.md")).toBe(claude);
    expect(existsSync(folder.join("project/AGENTS.md"))).toBe(false);
    expect(readdirSync(folder.join("project"))).not.toContain(".mcp.json");
    expect(Bun.TOML.parse(readFileSync(folder.join("home/.codex/config.toml"), "utf8"))).toEqual({
      model: { name: "x" },
    });
    expect(new Set(changes((await agents("remove", "--client", "claude-code", "codex")).document))).toEqual(
      new Set(["unchanged"]),
    );
  });

  test.each([
    "",
    "no line end",
    "# Ours\n",
    "# Ours\r\nno line end",
    "# Ours\r\n\r\n",
    "\n\n",
    "  ",
    "```\nopen",
    "<pre>\nopen\n",
  ])("a file that holds %j is the same after remove, byte for byte", async (text) => {
    folder.write({ "project/CLAUDE.md": text });
    const client = ["--client", "claude-code"];
    await agents("install", ...client, "--instructions");
    const written = at("CLAUDE.md");
    expect(written).toStartWith(text);
    expect(changes((await agents("install", ...client, "--instructions")).document)).toEqual([
      "unchanged",
      "unchanged",
    ]);
    expect(at("CLAUDE.md")).toBe(written);
    await agents("remove", ...client);
    expect(at("CLAUDE.md")).toBe(text);
  });

  const MARKS = "<!-- amalfa:begin -->\nmine\n<!-- amalfa:end -->\n";
  test.each([
    `\`\`\`md\n${MARKS}\`\`\`\n`,
    `Ours:\n\n~~~\n${MARKS}~~~\n\nlast`,
    `    ${MARKS.replaceAll("\n", "\n    ")}\n`,
    "amalfa's part stands between `<!-- amalfa:begin -->` and `<!-- amalfa:end -->`.\n",
    `<pre>\n${MARKS}</pre>\n\nlast\n`,
  ])("marks that are only talked of in %j are left alone", async (text) => {
    folder.write({ "project/CLAUDE.md": text });
    const client = ["--client", "claude-code"];
    expect(changes((await agents("remove", ...client)).document)).toEqual(["unchanged", "unchanged"]);
    expect(at("CLAUDE.md")).toBe(text);
    await agents("install", ...client, "--instructions");
    expect(at("CLAUDE.md")).toStartWith(text);
    expect(at("CLAUDE.md")).toContain("## Memory");
    await agents("remove", ...client);
    expect(at("CLAUDE.md")).toBe(text);
  });

  test("a dry run says the same and writes nothing", async () => {
    folder.write({ "project/AGENTS.md": "# Ours\n" });
    const all = ["--client", "cursor", "vscode", "codex", "claude-desktop", "--instructions"];
    const planned = await agents("install", ...all, "--dry-run");
    expect(readdirSync(folder.join("project"))).toEqual(["AGENTS.md"]);
    expect(readdirSync(folder.join("home"))).toEqual([]);
    const done = await agents("install", ...all);
    expect(changes(planned.document)).toEqual(changes(done.document));
    const gone = await agents("remove", ...all.slice(0, -1), "--dry-run");
    expect(changes(gone.document)).toEqual(["removed", "removed", "removed", "removed", "removed"]);
    expect(at("AGENTS.md")).toContain("amalfa:begin");
  });

  test("an old section is brought up to date where it stands, with the file's line ends", async () => {
    folder.write({
      "project/AGENTS.md": "# Ours\r\n<!-- amalfa:begin -->\r\nold\r\n<!-- amalfa:end -->\r\nlast\r\n",
    });
    const { document } = await agents("install", "--client", "codex", "--instructions", "--name", "notes");
    expect(changes(document)).toEqual(["added", "replaced"]);
    const text = at("AGENTS.md");
    expect(text).toStartWith("# Ours\r\n<!-- amalfa:begin -->\r\n## Memory");
    expect(text).toEndWith("<!-- amalfa:end -->\r\nlast\r\n");
    expect(text).toContain("`notes`");
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
  });

  test.each([
    "<!-- amalfa:begin -->\nno end\n",
    "<!-- amalfa:end -->\n<!-- amalfa:begin -->\n",
    "<!-- amalfa:begin -->\n<!-- amalfa:end -->\n<!-- amalfa:begin -->\n<!-- amalfa:end -->\n",
  ])("marks that are not one section are refused before anything is written: %j", async (text) => {
    folder.write({ "project/CLAUDE.md": text });
    for (const action of ["install", "remove"]) {
      const flags = action === "install" ? ["--instructions"] : [];
      const { document, status } = await agents(action, "--client", "claude-code", ...flags);
      expect(status).toBe(1);
      expect(document).toMatchObject({ error: { code: "agents.section" } });
    }
    expect(at("CLAUDE.md")).toBe(text);
    expect(existsSync(folder.join("project/.mcp.json"))).toBe(false);
  });

  test("a file that is a link to the other is written once; one that leads out is refused", async () => {
    folder.write({ "project/AGENTS.md": "# Ours\n", "elsewhere.md": "not ours\n" });
    symlinkSync("AGENTS.md", folder.join("project/CLAUDE.md"));
    const { document } = await agents("install", "--client", "claude-code", "codex", "--instructions");
    expect(document.instructions.length).toBe(1);
    expect(lstatSync(folder.join("project/CLAUDE.md")).isSymbolicLink()).toBe(true);
    expect(at("AGENTS.md").split("amalfa:begin").length).toBe(2);
    using other = new TempFolder().write({ "outside.md": "not ours\n" });
    mkdirSync(other.join("project"));
    symlinkSync(other.join("outside.md"), other.join("project/CLAUDE.md"));
    const args = [
      "--root",
      other.join("project"),
      "agents",
      "install",
      "--client",
      "claude-code",
      "--instructions",
    ];
    const refused = await amalfaJson(args, { cwd: other.path, env });
    expect(refused.document).toMatchObject({ error: { code: "agents.section" } });
    expect(readFileSync(other.join("outside.md"), "utf8")).toBe("not ours\n");
  });

  test.each([
    ["claude-code", ".mcp.json", "../outside/mcp.json"],
    ["claude-code", ".mcp.json", ".git/config.json"],
    ["claude-code", ".mcp.json", "program"],
    ["cursor", ".cursor", "../outside"],
    ["cursor", ".cursor", "../nowhere"],
    ["vscode", ".vscode", ".amalfa"],
  ])("settings of %s are not written through %s -> %s", async (client, name, target) => {
    using other = new TempFolder().write({
      "outside/mcp.json": "{}\n",
      "project/.git/config.json": "{}\n",
      "project/.amalfa/mcp.json": "{}\n",
      "project/program": "{}\n",
    });
    symlinkSync(target, other.join("project", name));
    const before = everythingIn(other.path);
    for (const args of [
      ["agents", "install", "--client", client],
      ["agents", "remove", "--client", client],
      ["setup-mcp", "--client", client, "--write"],
    ]) {
      const { document } = await amalfaJson(["--root", other.join("project"), ...args], {
        cwd: other.path,
        env,
      });
      expect(document).toMatchObject({ error: { code: "setup.outside" } });
    }
    expect(everythingIn(other.path)).toEqual(before);
  });

  test("settings that are a link to others of the project are written there", async () => {
    using other = new TempFolder().write({ "project/.vscode/mcp.json": "{}\n" });
    symlinkSync(".vscode", other.join("project/.cursor"));
    const args = ["--root", other.join("project"), "agents", "install", "--client", "cursor"];
    expect((await amalfaJson(args, { cwd: other.path, env })).status).toBe(0);
    expect(readFileSync(other.join("project/.vscode/mcp.json"), "utf8")).toContain("amalfa");
  });

  test.each([".git/hooks/pre-commit", ".git/notes.md", ".amalfa/notes.md", "program.sh", "../outside.md"])(
    "a section is not written through a link to %s",
    async (target) => {
      using other = new TempFolder();
      other.write({ "project/.git/hooks/README": "", "project/.amalfa/README": "" });
      for (const isThere of [false, true]) {
        if (isThere) other.write({ [join("project", target)]: "#!/bin/sh\n" });
        else symlinkSync(target, other.join("project/CLAUDE.md"));
        const before = everythingIn(other.path);
        const args = ["--root", other.join("project"), "agents", "install", "--client", "claude-code"];
        const run = { cwd: other.path, env };
        const { document } = await amalfaJson([...args, "--instructions"], run);
        expect(document).toMatchObject({ error: { code: "agents.section" } });
        expect(everythingIn(other.path)).toEqual(before);
      }
    },
  );

  test("an entry that is somebody else's is neither overwritten nor removed", async () => {
    const theirs = JSON.stringify({ mcpServers: { amalfa: { command: "theirs" } } });
    folder.write({ "project/.mcp.json": theirs });
    for (const action of ["install", "remove"]) {
      const { document } = await agents(action, "--client", "claude-code");
      expect(document).toMatchObject({ error: { code: "setup.taken" } });
    }
    expect(at(".mcp.json")).toBe(theirs);
  });

  test("other servers, comments and form stay when an entry is removed", async () => {
    const before = '{\n  // ours\n  "mcpServers": {\n    "other": { "command": "x" }\n  }\n}\n';
    folder.write({ "project/.cursor/mcp.json": before });
    await agents("install", "--client", "cursor");
    await agents("remove", "--client", "cursor");
    expect(at(".cursor/mcp.json").replace(/\s+/g, " ")).toBe(before.replace(/\s+/g, " "));
  });

  test.each(["{}", '{"mcpServers":{}}', ""])(
    "a file that said %p is as it was after an entry is removed",
    async (before) => {
      folder.write({ "project/.cursor/mcp.json": before });
      await agents("install", "--client", "cursor");
      expect(at(".cursor/mcp.json")).toContain("amalfa");
      await agents("remove", "--client", "cursor");
      expect(at(".cursor/mcp.json")).toBe(before);
    },
  );

  test("a file and a folder that were made for an entry go with it, and a folder with something else stays", async () => {
    await agents("install", "--client", "cursor");
    await agents("remove", "--client", "cursor");
    expect(existsSync(folder.join("project/.cursor"))).toBe(false);
    folder.write({ "project/.cursor/rules.md": "Ours.\n" });
    await agents("install", "--client", "cursor");
    await agents("remove", "--client", "cursor");
    expect(readdirSync(folder.join("project/.cursor"))).toEqual(["rules.md"]);
  });

  test("a client has to be named", async () => {
    const { status } = await amalfa(["agents", "install"], { cwd: folder.join("project"), env });
    expect(status).toBe(2);
  });
});
