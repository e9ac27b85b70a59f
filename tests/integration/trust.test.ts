/** I14: settings that are a program run after consent to that very content, and consent covers all that runs. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { amalfa, amalfaJson, CLI, type ErrorDocument } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const state = new TempFolder();
const env = { XDG_STATE_HOME: state.path };
afterAll(() => state[Symbol.dispose]());

const NOTES = { "docs/a.md": "# Alpha\n", "other/b.md": "# Beta\n" };
/** Leaves a trace when it runs. */
const TRACED = `import { writeFileSync } from "node:fs";\nwriteFileSync(new URL("./ran", import.meta.url), "");\n`;
const SETTINGS = `${TRACED}export default { sources: ["docs"] };\n`;

function project(files: Readonly<Record<string, string>> = { "amalfa.config.ts": SETTINGS }): TempFolder {
  return new TempFolder().write({ ...NOTES, ...files });
}

const json = <Document = Record<string, unknown>>(folder: TempFolder, ...args: string[]) =>
  amalfaJson<Document>(args, { cwd: folder.path, env });

/** The ids of the sources' documents, or the code of the error. */
async function outcome(folder: TempFolder): Promise<string> {
  const { document } = await json<{
    sources?: { source: string }[];
    error?: { code: string; message: string };
  }>(folder, "list-sources");
  return document.error?.code ?? (document.sources ?? []).map(({ source }) => source).join(" ");
}

async function trusted(files?: Readonly<Record<string, string>>): Promise<TempFolder> {
  const folder = project(files);
  expect(await json(folder, "trust")).toMatchObject({ status: 0, document: { ok: true, change: "agreed" } });
  return folder;
}

describe("Without consent", () => {
  const COMMANDS = [
    ["init"],
    ["init", "--force", "--allow-empty"],
    ["search", "x"],
    ["read", "docs/a.md"],
    ["explore", "docs/a.md"],
    ["list-sources"],
    ["stats"],
    ["find-gaps"],
    ["eval"],
    ["inject-tags", "docs/a.md", "x"],
    ["validate"],
    ["setup-mcp"],
    ["watcher", "start"],
    ["vector", "start"],
    ["rebuild"],
    ["cache", "stats"],
    ["cache", "clear", "--yes"],
  ];

  test("every command that needs the settings names the file and what to do, and runs nothing", async () => {
    using folder = project();
    for (const command of COMMANDS) {
      const { status, document } = await json<ErrorDocument>(folder, ...command);
      expect({ command, status, code: document.error.code }).toEqual({
        command,
        status: 2,
        code: "config.untrusted",
      });
      expect(document.error.message).toContain(folder.join("amalfa.config.ts"));
      expect(document.error.hint).toMatch(/`amalfa trust`.*amalfa\.settings\.json/);
    }
    // What a server says on stdout is frames and nothing else.
    const served = await amalfa(["serve"], { cwd: folder.path, env });
    expect(served).toMatchObject({ status: 2, stdout: "" });
    expect(served.stderr).toContain("`amalfa trust`");
    expect(existsSync(folder.join("ran"))).toBe(false);
  });

  test("doctor reports it without running it, and neither its --fix nor a --yes of something else is consent", async () => {
    using folder = project();
    const { status, document } = await json<{ checks: { id: string; findings: { commands: string[] }[] }[] }>(
      folder,
      "doctor",
      "--fix",
      "--check",
      "config.valid",
    );
    expect(status).toBe(1);
    expect(document.checks[0]).toMatchObject({
      id: "config.valid",
      status: "error",
      findings: [{ commands: ["amalfa trust"] }],
    });
    for (const command of [["reset", "--yes"], ["servers"], ["stop-all"]]) {
      expect({ command, status: (await json(folder, ...command)).status }).toEqual({ command, status: 0 });
    }
    expect(existsSync(folder.join("ran"))).toBe(false);
    expect(await outcome(folder)).toBe("config.untrusted");
  });

  test("settings in JSON come first and need none", async () => {
    using folder = project({
      "amalfa.config.ts": SETTINGS,
      "amalfa.settings.json": '{"sources": ["other"]}',
    });
    expect(await outcome(folder)).toBe("other");
    expect((await json(folder, "trust")).document).toMatchObject({ ok: true, action: "none" });
    expect(existsSync(folder.join("ran"))).toBe(false);
  });
});

describe("Consent", () => {
  test("is for this content in this place, and can be taken back", async () => {
    using folder = await trusted();
    expect(await outcome(folder)).toBe("docs");
    expect(existsSync(folder.join("ran"))).toBe(true);
    using copy = new TempFolder();
    cpSync(folder.path, copy.path, { recursive: true });
    expect(await outcome(copy)).toBe("config.untrusted");
    folder.write({ "amalfa.config.ts": SETTINGS.replace("docs", "other") });
    expect(await outcome(folder)).toBe("config.untrusted");
    folder.write({ "amalfa.config.ts": SETTINGS });
    expect(await outcome(folder)).toBe("docs");
    expect((await json(folder, "trust", "--revoke")).document).toMatchObject({ ok: true, revoked: 1 });
    expect(await outcome(folder)).toBe("config.untrusted");
    expect((await json(folder, "trust", "--revoke")).document).toMatchObject({ ok: true, revoked: 0 });
  });

  test("is listed with what has become of it", async () => {
    using one = await trusted();
    using two = await trusted();
    two.write({ "amalfa.config.ts": "export default {};" });
    const three = await trusted();
    three[Symbol.dispose] = () => {};
    rmSync(three.path, { recursive: true });
    const { document } = await json<{ consents: { place: string; state: string }[] }>(one, "trust", "--list");
    const states = Object.fromEntries(document.consents.map(({ place, state }) => [place, state]));
    const places = [one, two, three].map((folder) => folder.join("amalfa.config.ts"));
    expect(places.map((place) => states[place])).toEqual(["current", "changed", "gone"]);
    const { stdout } = await amalfa(["trust", "--list"], { cwd: one.path, env });
    expect(stdout).toMatch(/in force/);
  });

  test("is kept where only its owner can write, and counts only there", async () => {
    using folder = await trusted();
    const kept = state.join("amalfa/trusted");
    const files = readdirSync(kept).map((name) => join(kept, name));
    expect([kept, ...files].map((path) => statSync(path).mode & 0o077)).toEqual([0, ...files.map(() => 0)]);
    for (const file of files) chmodSync(file, 0o664);
    expect(await outcome(folder)).toBe("config.untrusted");
    for (const file of files) chmodSync(file, 0o600);
    expect(await outcome(folder)).toBe("docs");
    chmodSync(kept, 0o777);
    expect(await outcome(folder)).toBe("config.untrusted");
    chmodSync(kept, 0o700);
  });

  test("does not count where the project brings it along, and is not given there", async () => {
    using folder = await trusted();
    cpSync(state.path, folder.join("state"), { recursive: true });
    const inside = { cwd: folder.path, env: { XDG_STATE_HOME: folder.join("state") } };
    expect(await amalfaJson(["list-sources"], inside)).toMatchObject({
      status: 2,
      document: { error: { code: "config.untrusted" } },
    });
    expect(await amalfaJson(["trust"], inside)).toMatchObject({
      status: 2,
      document: { error: { code: "trust.inside" } },
    });
  });
});

describe("Consent covers what the file imports", () => {
  const WITH_IMPORTS = {
    "amalfa.config.ts": `import type { Nothing } from "no-such-package";
import { sources } from "./lib/sources.ts";
import data from "./data.json";
const more: readonly string[] = data.more;
export default { sources: [...sources, ...more] };
`,
    "lib/sources.ts": `import { one } from "./one.js";\nexport const sources = [one];\n`,
    "lib/one.js": `export const one = "docs";\n`,
    "data.json": `{ "more": ["other"] }`,
  };

  test("whatever of it changes", async () => {
    using folder = await trusted(WITH_IMPORTS);
    expect(await outcome(folder)).toBe("docs other");
    for (const name of ["lib/sources.ts", "lib/one.js", "data.json"] as const) {
      folder.write({ [name]: `${WITH_IMPORTS[name]} ` });
      expect({ name, outcome: await outcome(folder) }).toEqual({ name, outcome: "config.untrusted" });
      folder.write({ [name]: WITH_IMPORTS[name] });
    }
    expect(await outcome(folder)).toBe("docs other");
  });

  test("and what appears where an import led nowhere", async () => {
    const files = {
      "amalfa.config.ts": `const x = await import("./later.ts").catch(() => ({ default: ["docs"] }));\nexport default { sources: x.default };`,
    };
    using folder = await trusted(files);
    expect(await outcome(folder)).toBe("docs");
    folder.write({ "later.ts": `${TRACED}export default ["other"];` });
    expect(await outcome(folder)).toBe("config.untrusted");
    expect(existsSync(folder.join("ran"))).toBe(false);
  });

  test("through links, whose target may change", async () => {
    using folder = project({
      "x/a.ts": SETTINGS.replace("./ran", "../ran"),
      "x/b.ts": "export default { sources: ['other'] };",
    });
    symlinkSync("x/a.ts", folder.join("amalfa.config.ts"));
    expect((await json(folder, "trust")).status).toBe(0);
    expect(await outcome(folder)).toBe("docs");
    rmSync(folder.join("amalfa.config.ts"));
    symlinkSync("x/b.ts", folder.join("amalfa.config.ts"));
    expect(await outcome(folder)).toBe("config.untrusted");
  });

  const REFUSED = {
    "a package": `import x from "left";\nexport default x;`,
    "a package that is required": `module.exports = require("left");`,
    "a macro": `import { x } from "./lib.ts" with { type: "macro" };\nexport default { sources: [x()] };`,
    "a macro in other letters": `import { x } from "./lib.ts" with { type: "m\\u0061cro" };\nexport default { sources: [x()] };`,
    "a macro by its prefix": `import { x } from "macro:./lib.ts";\nexport default { sources: [x()] };`,
    "what is no script": `import x from "./lib.wasm";\nexport default {};`,
  };
  for (const [what, content] of Object.entries(REFUSED)) {
    test(`and cannot be given to one that imports ${what}`, async () => {
      using folder = project({
        "amalfa.config.js": content,
        "lib.ts": `${TRACED}export const x = () => "docs";`,
        "lib.wasm": "x",
        "node_modules/left/index.js": `require("fs").writeFileSync(${JSON.stringify("ran")}, "");`,
      });
      const refused = await json<ErrorDocument>(folder, "trust");
      expect(refused).toMatchObject({ status: 2, document: { error: { code: "config.untrusted" } } });
      expect(refused.document.error.hint).toContain("amalfa.settings.json");
      expect(existsSync(folder.join("ran"))).toBe(false);
    });
  }

  const LOADS = [
    'await import("./li" + "b.ts")',
    'require("./li" + "b.ts")',
    'await import(["left"].join())',
    'require(["left"].join())',
  ];
  for (const load of LOADS) {
    test(`and what it loads by ${load} does not run`, async () => {
      using folder = await trusted({
        "amalfa.config.ts": `const x = ${load};\nexport default { sources: ["docs"] };`,
        "lib.ts": `${TRACED}export default 1;`,
        "node_modules/left/index.js": `require("fs").writeFileSync("ran", "");`,
      });
      const { document } = await json<ErrorDocument>(folder, "list-sources");
      expect(document.error.message).toContain("nobody has agreed to it");
      expect(existsSync(folder.join("ran"))).toBe(false);
    });
  }
});

test("an MCP server starts with settings that were agreed to, and offers no way to agree", async () => {
  using folder = await trusted();
  expect((await json(folder, "init")).status).toBe(0);
  const frames = [
    {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    },
    { jsonrpc: "2.0", method: "notifications/initialized" },
    { jsonrpc: "2.0", id: 2, method: "tools/list" },
  ];
  const child = Bun.spawn([process.execPath, CLI, "serve"], {
    cwd: folder.path,
    env: { ...process.env, ...env },
    stdin: Buffer.from(frames.map((frame) => `${JSON.stringify(frame)}\n`).join("")),
    stderr: "ignore",
  });
  const answers = (await new Response(child.stdout).text()).trim().split("\n");
  const list = answers
    .map((line) => JSON.parse(line) as { id: number; result: { tools: { name: string }[] } })
    .find(({ id }) => id === 2);
  const names = list?.result.tools.map(({ name }) => name) ?? [];
  expect(names).toContain("search_documents");
  expect(names.filter((name) => /trust|consent/.test(name))).toEqual([]);
});
