/** `amalfa config`: what is in force and where it comes from, and moving settings of earlier versions over. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

interface Show {
  readonly settings: readonly {
    key: string;
    value: unknown;
    from: string;
    file: string | null;
    line: number | null;
    variable: string | null;
    written?: unknown;
  }[];
  readonly ignored: readonly { key: string; line: number | null }[];
  readonly environment: readonly { name: string; value: string | null }[];
}

interface Migration {
  readonly action: string;
  readonly to: string | null;
  readonly holdsAtOnce: boolean;
  readonly changes: readonly { key: string; what: string }[];
}

const EARLIER = `{
  "source": "./notes",
  "sonar": { "enabled": true },
  "embeddings": {
    "model": "BAAI/bge-small-en-v1.5", "dimensions": 384
  },
  "watch": { "debounce": 500,
    "notifications": true },
  "langExtract": { "provider": "gemini" }
}
`;

async function show(
  folder: TempFolder,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Show> {
  const run = await amalfaJson<Show>([...args, "config", "show"], { cwd: folder.path, env });
  expect(run.status).toBe(0);
  return run.document;
}

const settingOf = ({ settings }: Show, key: string) => settings.find((setting) => setting.key === key);

describe("amalfa config show", () => {
  test("names for every setting what holds and the line, default, variable or flag that it comes from", async () => {
    using folder = new TempFolder().write({ "amalfa.settings.json": EARLIER, "notes/a.md": "# A\n" });
    const file = folder.join("amalfa.settings.json");
    const found = await show(folder, [], { VECTOR_PORT: "3999", HF_TOKEN: "geheim" });
    expect(settingOf(found, "sources")).toMatchObject({ value: ["notes"], from: "file", file, line: 2 });
    expect(settingOf(found, "sources")).not.toHaveProperty("written");
    expect(settingOf(found, "watch.debounce")).toMatchObject({ value: 500, from: "file", line: 7 });
    expect(settingOf(found, "watch.enabled")).toMatchObject({ value: true, from: "default", file: null });
    expect(settingOf(found, "cache.maxBytes")).toMatchObject({
      value: "512MiB",
      from: "default",
      line: null,
    });
    expect(settingOf(found, "database")).toMatchObject({ value: folder.join(".amalfa/resonance.db") });
    expect(settingOf(found, "root")).toMatchObject({ value: folder.path, from: "default" });
    expect(found.ignored).toEqual([
      { key: "watch.notifications", line: 8 },
      { key: "sonar", line: 3 },
      { key: "langExtract", line: 9 },
    ]);
    const variables = new Map(found.environment.map(({ name, value }) => [name, value]));
    expect(variables.get("VECTOR_PORT")).toBe("3999");
    // A secret is never shown.
    expect(variables.get("HF_TOKEN")).toBeNull();
    expect(settingOf(await show(folder, ["--root", folder.path]), "root")).toMatchObject({ from: "flag" });
    const { stdout } = await amalfa(["config", "show"], { cwd: folder.path, env: { HF_TOKEN: "geheim" } });
    expect(stdout).toMatch(/^watch\.debounce +500 +amalfa\.settings\.json:7$/m);
    expect(stdout).not.toContain("geheim");
    expect(existsSync(folder.join(".amalfa"))).toBe(false);
  });

  test("needs no settings, and fails as every command does where they are wrong", async () => {
    using folder = new TempFolder();
    const found = await show(folder);
    expect(found.settings.every(({ from }) => from === "default")).toBe(true);
    folder.write({ "amalfa.settings.json": '{ "databse": "x.db" }' });
    const wrong = await amalfaJson<ErrorDocument>(["config", "show"], { cwd: folder.path });
    expect(wrong).toMatchObject({ status: 2, document: { error: { code: "config.invalid" } } });
    expect(wrong.document.error.message).toContain('did you mean "database"?');
  });
});

describe("a remote vector cache", () => {
  const NAMED =
    '{\n  "cache": {\n    "remote": "rediss://team.example:6379",\n    "remoteMode": "readwrite"\n  }\n}\n';

  test("holds from the environment, without its password", async () => {
    using folder = new TempFolder();
    const env = { AMALFA_CACHE_REMOTE_URL: "rediss://me:geheim@team.example:6379" };
    const found = await show(folder, [], env);
    expect(settingOf(found, "cache.remote")).toMatchObject({
      value: "rediss://team.example:6379",
      from: "environment",
      variable: "AMALFA_CACHE_REMOTE_URL",
    });
    expect(settingOf(found, "cache.remoteMode")).toMatchObject({ value: "readwrite", from: "default" });
    expect(JSON.stringify(found)).not.toContain("geheim");
  });

  test("holds from the settings of the user, and not from those of a project that nobody agreed to (I14)", async () => {
    using home = new TempFolder().write({ "amalfa/settings.json": NAMED });
    using folder = new TempFolder();
    const users = settingOf(await show(folder, [], { XDG_CONFIG_HOME: home.path }), "cache.remote");
    expect(users).toMatchObject({ value: "rediss://team.example:6379", from: "file", line: 3 });
    expect(users?.file).toBe(home.join("amalfa/settings.json"));
    folder.write({ "amalfa.settings.json": NAMED });
    using nobody = new TempFolder();
    const ignored = settingOf(await show(folder, [], { XDG_CONFIG_HOME: nobody.path }), "cache.remote");
    expect(ignored).toMatchObject({ value: null, from: "file", written: "rediss://team.example:6379" });
  });
});

describe("amalfa config migrate", () => {
  test("writes a current file beside that of 1.4, which holds the same, and never writes over one", async () => {
    using folder = new TempFolder().write({ "amalfa.config.json": EARLIER, "notes/a.md": "# A\n" });
    const cwd = folder.path;
    const valuesOf = ({ settings }: Show) => settings.map(({ key, value }) => [key, value]);
    const before = valuesOf(await show(folder)).filter(([key]) => key !== "embeddings.dimensions");
    const dry = await amalfaJson<Migration>(["config", "migrate", "--dry-run"], { cwd });
    expect(dry.document).toMatchObject({ action: "write", holdsAtOnce: true });
    expect(readdirSync(cwd).sort()).toEqual(["amalfa.config.json", "notes"]);
    const done = await amalfaJson<Migration>(["config", "migrate"], { cwd });
    expect(done.document).toMatchObject({ ...dry.document, dryRun: false });
    expect(done.document.changes.map(({ key }) => key)).toEqual(
      expect.arrayContaining(["source", "sonar", "langExtract", "watch.notifications"]),
    );
    expect(readFileSync(folder.join("amalfa.config.json"), "utf8")).toBe(EARLIER);
    const written = JSON.parse(readFileSync(folder.join("amalfa.settings.json"), "utf8")) as object;
    expect(written).toMatchObject({ sources: ["./notes"], watch: { debounce: 500 } });
    expect(Object.keys(written)).not.toContain("sonar");
    const after = await show(folder);
    expect(valuesOf(after).filter(([key]) => key !== "embeddings.dimensions")).toEqual(before);
    expect(after.ignored).toEqual([]);
    // It is current now.
    expect((await amalfaJson<Migration>(["config", "migrate"], { cwd })).document.action).toBe("none");
  });

  test("writes beside settings that have the current name already, and says what to do with them", async () => {
    using folder = new TempFolder().write({ "amalfa.settings.json": EARLIER });
    const cwd = folder.path;
    const first = await amalfa(["config", "migrate"], { cwd });
    expect(first.stdout).toContain("mv amalfa.settings.migrated.json amalfa.settings.json");
    expect(readFileSync(folder.join("amalfa.settings.json"), "utf8")).toBe(EARLIER);
    folder.write({ "amalfa.settings.migrated.json": "mine" });
    const again = await amalfaJson<ErrorDocument>(["config", "migrate"], { cwd });
    expect(again).toMatchObject({ status: 1, document: { error: { code: "config.exists" } } });
    expect(readFileSync(folder.join("amalfa.settings.migrated.json"), "utf8")).toBe("mine");
  });

  test("I14 runs settings that are a program only after consent", async () => {
    using state = new TempFolder();
    using folder = new TempFolder().write({
      "amalfa.config.ts": 'export default {\n  sources: ["./*.md"],\n  ember: { enabled: true },\n};\n',
    });
    const options = { cwd: folder.path, env: { XDG_STATE_HOME: state.path } };
    const refused = await amalfaJson<ErrorDocument>(["config", "migrate"], options);
    expect(refused).toMatchObject({ status: 2, document: { error: { code: "config.untrusted" } } });
    expect(readdirSync(folder.path)).toEqual(["amalfa.config.ts"]);
    await amalfaJson(["trust"], options);
    const shown = await amalfaJson<Show>(["config", "show"], options);
    expect(settingOf(shown.document, "sources")).toMatchObject({ value: ["*.md"], from: "file", line: 2 });
    const done = await amalfaJson<Migration>(["config", "migrate"], options);
    expect(done.document).toMatchObject({ action: "write", to: folder.join("amalfa.settings.json") });
    // What was a program needs no consent any more.
    renameSync(folder.join("amalfa.config.ts"), folder.join("old.txt"));
    expect(settingOf(await show(folder), "sources")).toMatchObject({ value: ["*.md"], line: 2 });
  });
});
