/** The list of a user's projects, and one search through all of them. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { loadTokens } from "../../src/knowledge/index.ts";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { hasGraphOpen } from "../helpers/open-graph.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

interface Listed {
  readonly projects: readonly { readonly name: string; readonly root: string; readonly graph: boolean }[];
  readonly registry: string;
}
interface Searched {
  readonly results: readonly { readonly project: string; readonly id: string; readonly confidence: number }[];
  readonly projects: readonly { readonly name: string; readonly freshness: { readonly state: string } }[];
  readonly failed: readonly { readonly name: string; readonly error: { readonly code: string } }[];
  readonly freshness: { readonly state: string };
}

let home: TempFolder;
let env: Record<string, string>;

beforeEach(() => {
  home = new TempFolder();
  env = { HOME: home.path, XDG_STATE_HOME: home.join("state") };
});

afterEach(() => home[Symbol.dispose]());

const LIST = "state/amalfa/registry/projects.json";

const run = <Document = Record<string, unknown>>(cwd: string, ...args: string[]) =>
  amalfaJson<Document>(args, { cwd, env });
const names = async (): Promise<string[]> =>
  (await run<Listed>("/", "projects", "list")).document.projects.map(({ name }) => name);

/** A project with one note, in a folder of that name. */
async function project(name: string, text: string, settings: object = {}): Promise<string> {
  const root = home.join(name);
  home.write({
    [`${name}/note.md`]: `# ${text}\n`,
    [`${name}/amalfa.settings.json`]: JSON.stringify(settings),
  });
  const { status } = await run(root, "init");
  expect(status).toBe(0);
  return root;
}

test("tests keep what is known of their user apart from that of whoever runs them", () => {
  expect(process.env.XDG_STATE_HOME).toStartWith(tmpdir());
});

describe("the list", () => {
  test("is filled by init, each root once, under a name of its own", async () => {
    const one = await project("work/notes", "Work");
    const other = await project("home/notes", "Home");
    await run(one, "init");
    const { document } = await run<Listed>("/", "projects", "list");
    expect(document.projects).toMatchObject([
      { name: "notes", root: one, graph: true },
      { name: "notes-2", root: other, graph: true },
    ]);
    expect(statSync(home.join(LIST)).mode & 0o777).toBe(0o600);
    expect(statSync(home.join("state/amalfa/registry")).mode & 0o777).toBe(0o700);
  });

  test("is filled by nothing else: not by a dry run, a search, figures, or a diagnosis", async () => {
    using folder = notesFolder();
    await amalfa(["init"], { cwd: folder.path, env: { ...env, AMALFA_REGISTRY: "off" } });
    for (const args of [
      ["init", "--dry-run"],
      ["search", "compost"],
      ["stats"],
      ["doctor"],
      ["prime"],
      ["rebuild"],
    ]) {
      await amalfa(args, { cwd: folder.path, env });
    }
    expect(existsSync(home.join("state/amalfa/registry"))).toBe(false);
  });

  test("loses a project with its graph, and not by a dry run", async () => {
    const root = await project("notes", "Notes");
    await run(root, "reset", "--yes", "--dry-run");
    expect(await names()).toEqual(["notes"]);
    expect((await run(root, "reset", "--yes", "--keep-cache")).status).toBe(0);
    expect(await names()).toEqual([]);
  });

  test("keeps the name that its user gave it over a reset, unless another has taken it", async () => {
    const root = await project("notes", "Notes");
    await run(root, "projects", "add", "--name", "mine");
    const again = async (): Promise<string[]> => {
      expect((await run(root, "init")).status).toBe(0);
      return await names();
    };
    await run(root, "reset", "--yes");
    expect(await names()).toEqual([]);
    expect(await again()).toEqual(["mine"]);
    await run(root, "reset", "--yes");
    const other = await project("other", "Other");
    const renamed = await run(other, "projects", "add", "--name", "mine");
    expect(renamed.document).toMatchObject({ change: "renamed", project: { name: "mine" } });
    expect(await again()).toEqual(["mine", "notes"]);
    await run(root, "reset", "--yes");
    expect((await run(root, "projects", "add", "--name", "yours")).document).toMatchObject({
      change: "added",
    });
    expect(await names()).toEqual(["mine", "yours"]);
  });

  test("goes by add and remove, names and folders", async () => {
    const root = await project("notes", "Notes");
    expect((await run("/", "projects", "remove", "notes")).document).toMatchObject({ change: "removed" });
    expect(await names()).toEqual([]);
    expect((await run(root, "projects", "add", "--name", "mine")).document).toMatchObject({
      change: "added",
    });
    expect((await run("/", "projects", "add", root, "--name", "yours")).document).toMatchObject({
      change: "renamed",
    });
    expect((await run("/", "projects", "add", root)).document).toMatchObject({ change: "unchanged" });
    expect(await names()).toEqual(["yours"]);
    const other = await project("other", "Other");
    const taken = await run<ErrorDocument>(other, "projects", "add", "--name", "Yours");
    expect(taken.document.error.code).toBe("projects.name");
    expect((await run(other, "projects", "remove")).document).toMatchObject({ change: "removed" });
    const unknown = await run<ErrorDocument>("/", "projects", "remove", "nobody");
    expect(unknown).toMatchObject({ status: 1, document: { error: { code: "projects.unknown" } } });
    for (const name of ["*", "", "a/b", "a\nb", "x".repeat(65)]) {
      const { status } = await run(other, "projects", "add", "--name", name);
      expect(status).toBe(2);
    }
  });

  test("loses what has vanished, and keeps what may not be looked at", async () => {
    const gone = await project("gone", "Gone");
    await project("stays", "Stays");
    rmSync(gone, { recursive: true });
    expect(await names()).toEqual(["stays"]);
    await project("new", "New");
    expect(readFileSync(home.join(LIST), "utf8")).not.toContain("gone");
  });

  test("stays empty where its user or the project's settings say so", async () => {
    env = { ...env, AMALFA_REGISTRY: "off" };
    await project("off", "Off");
    expect((await run<Listed>("/", "projects", "list")).document).toMatchObject({
      projects: [],
      registry: "off",
    });
    env = { ...env, AMALFA_REGISTRY: "" };
    const root = await project("apart", "Apart", { registry: false });
    expect(await names()).toEqual([]);
    await run(root, "projects", "add");
    expect(await names()).toEqual(["apart"]);
    await run(root, "init");
    expect(await names()).toEqual([]);
  });

  test("many at once all get in", async () => {
    const roots = Array.from({ length: 12 }, (_, n) => home.join(`many/p${n}`));
    for (const root of roots) mkdirSync(root, { recursive: true });
    await Promise.all(roots.map((root) => run("/", "projects", "add", root)));
    expect((await names()).length).toBe(12);
  }, 60_000);

  test("without a folder of its own init goes on", async () => {
    home.write({ state: "no folder" });
    await project("notes", "Notes");
    const added = await run<ErrorDocument>("/", "projects", "add", home.join("notes"));
    expect(added.document.error.code).toBe("projects.unwritable");
  });
});

describe("I14 a folder puts neither itself nor others into it", () => {
  test("not by holding the list", async () => {
    using cloned = new TempFolder().write({ "a.md": "# A\n" });
    const theirs = { ...env, XDG_STATE_HOME: cloned.join("state") };
    expect((await amalfa(["init"], { cwd: cloned.path, env: theirs })).status).toBe(0);
    expect(existsSync(cloned.join("state/amalfa/registry"))).toBe(false);
    const { document } = await amalfaJson<ErrorDocument>(["projects", "add"], {
      cwd: cloned.path,
      env: theirs,
    });
    expect(document.error.code).toBe("projects.inside");
  });

  test("not by a list that somebody else can write, nor by a link to one", async () => {
    await project("notes", "Notes");
    expect(await names()).toEqual(["notes"]);
    chmodSync(home.join(LIST), 0o666);
    expect(await names()).toEqual([]);
    chmodSync(home.join(LIST), 0o600);
    using cloned = new TempFolder();
    cpSync(home.join(LIST), cloned.join("projects.json"));
    rmSync(home.join(LIST));
    symlinkSync(cloned.join("projects.json"), home.join(LIST));
    expect(await names()).toEqual([]);
  });

  test("not by what its settings or its own folder say", async () => {
    using cloned = new TempFolder().write({
      "a.md": "# A\n",
      ".amalfa/registry/projects.json": JSON.stringify({ projects: [{ name: "x", root: "/", since: "" }] }),
      ".env": `XDG_STATE_HOME=${home.join("elsewhere")}\n`,
      "amalfa.settings.json": JSON.stringify({ registry: true }),
    });
    await run(cloned.path, "stats");
    await run(cloned.path, "search", "a");
    expect(await names()).toEqual([]);
  });

  test("entries that no name could be are passed over", async () => {
    await project("notes", "Notes");
    const bad = [
      { name: "*", root: "/", since: "" },
      { name: "x" },
      7,
      null,
      { name: "a\nb", root: "/", since: "" },
    ];
    const { projects } = JSON.parse(readFileSync(home.join(LIST), "utf8")) as { projects: unknown[] };
    await Bun.write(home.join(LIST), JSON.stringify({ projects: [...bad, ...projects] }));
    expect(await names()).toEqual(["notes"]);
    await Bun.write(home.join(LIST), "{ not json");
    expect(await names()).toEqual([]);
  });
});

describe("search --all-projects", () => {
  test("finds in all of them, the surest first, and each result names its project", async () => {
    await project("garden", "Kohlrabi wants water");
    await project("kitchen", "Kohlrabi soup with dill");
    await project("garage", "The spare tyre");
    const { document, status } = await run<Searched>("/", "search", "--all-projects", "kohlrabi soup");
    expect(status).toBe(0);
    expect(document.results[0]).toMatchObject({ project: "kitchen", id: "note.md" });
    expect(document.results.map((result) => result.project)).toContain("garden");
    expect(document.projects.map(({ name }) => name)).toEqual(["garage", "garden", "kitchen"]);
    expect(document.freshness.state).toBe("current");
    const one = await run<Searched>("/", "search", "--all-projects", "--limit", "1", "kohlrabi soup");
    expect(one.document.results.length).toBe(1);
    const { stdout } = await amalfa(["search", "--all-projects", "kohlrabi soup"], { cwd: "/", env });
    expect(stdout).toContain("kitchen  note.md:1");
    // The figures are those that the results are in the order of: scores compare within one project only.
    expect(stdout).toContain("by confidence");
    const shown = [...stdout.matchAll(/ (\d\.\d{3})$/gm)].map(([, figure]) => Number(figure));
    expect(shown).toEqual(document.results.map(({ confidence }) => Number(confidence.toFixed(3))));
  }, 60_000);

  test("a project that cannot be searched is named, and the others are searched", async () => {
    await project("garden", "Kohlrabi");
    const broken = await project("broken", "Kohlrabi too");
    rmSync(`${broken}/.amalfa`, { recursive: true });
    const code = await project("code", "Kohlrabi as well");
    rmSync(`${code}/amalfa.settings.json`);
    home.write({ "code/amalfa.config.ts": "export default {};\n" });
    const { document, status } = await run<Searched>(
      "/",
      "search",
      "--all-projects",
      "--mode",
      "lexical",
      "kohlrabi",
    );
    expect(status).toBe(0);
    expect(document.results.map((result) => result.project)).toEqual(["garden"]);
    expect(document.failed.map(({ name, error }) => [name, error.code])).toEqual([
      ["broken", "database.missing"],
      ["code", "config.untrusted"],
    ]);
    const { stderr } = await amalfa(["search", "--all-projects", "--mode", "lexical", "kohlrabi"], {
      cwd: "/",
      env,
    });
    expect(stderr).toContain("broken");
  }, 60_000);

  test("a request that cannot be is refused as in one", async () => {
    await project("garden", "Kohlrabi");
    const { document, status } = await run<ErrorDocument>("/", "search", "--all-projects", " ");
    expect(status).toBe(2);
    expect(document.error.code).toBe("search.empty");
  });
});

describe("the project argument over MCP", () => {
  const resultsOf = ({ body }: { body: Record<string, unknown> }) =>
    body.results as { project?: string; id: string; lines: number[] }[];

  test("asks another project, and each answer names what the next call needs", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    await project("kitchen", "Kohlrabi soup with dill");
    await using mcp = await McpClient.connect(garden, env);
    const own = await mcp.call("search_documents", { query: "kohlrabi" });
    expect(resultsOf(own)).toMatchObject([{ id: "note.md" }]);
    expect(resultsOf(own)[0]?.project).toBeUndefined();
    const other = await mcp.call("search_documents", { query: "kohlrabi", project: "kitchen" });
    expect(resultsOf(other)).toMatchObject([{ project: "kitchen", id: "note.md" }]);
    expect(other.text).toContain("project `kitchen` `note.md:1-1`");
    const read = await mcp.call("read_node_content", { id: "note.md", project: "kitchen" });
    expect(read.body).toMatchObject({ project: "kitchen", text: "# Kohlrabi soup with dill" });
    const several = await mcp.call("read_documents", { ids: ["note.md"], project: "kitchen" });
    expect(several.body).toMatchObject({
      project: "kitchen",
      documents: [{ text: "# Kohlrabi soup with dill" }],
    });
    expect(several.text).toContain("project `kitchen` `note.md`");
    home.write({ "kitchen/new.md": "# Zyzzogeton\n" });
    const fresh = await mcp.call("search_documents", {
      query: "zyzzogeton",
      mode: "lexical",
      project: "kitchen",
    });
    expect(resultsOf(fresh)).toMatchObject([{ project: "kitchen", id: "new.md" }]);
  }, 60_000);

  test("* asks all of them, within one budget, and names those that cannot be asked", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    await project("kitchen", "Kohlrabi soup with dill");
    const broken = await project("broken", "Kohlrabi too");
    rmSync(`${broken}/.amalfa`, { recursive: true });
    await using mcp = await McpClient.connect(garden, env);
    const all = await mcp.call("search_documents", { query: "kohlrabi soup", project: "*" });
    expect(
      resultsOf(all)
        .map((result) => result.project)
        .sort(),
    ).toEqual(["garden", "kitchen"]);
    expect(resultsOf(all)[0]?.project).toBe("kitchen");
    expect(all.body.failed).toMatchObject([{ project: "broken", code: "database.missing" }]);
    const { loadTokenCount } = await loadTokens();
    const tokens = await loadTokenCount({ paths: { models: home.path } } as never);
    const within = await mcp.call("search_documents", { query: "kohlrabi soup", project: "*", budget: 600 });
    expect(resultsOf(within).length).toBe(2);
    expect(tokens(within.text)).toBeLessThanOrEqual(600);
    expect(tokens(JSON.stringify(within.body))).toBeLessThanOrEqual(600);
    const small = await mcp.call("search_documents", { query: "kohlrabi soup", project: "*", budget: 100 });
    expect(small.body).toMatchObject({ code: "arguments.invalid" });
  }, 60_000);

  test("a name that is not in the list is refused with those that are, and so is all where the list is off", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    const secret = await project("secret", "Kohlrabi in private", { registry: false });
    await using mcp = await McpClient.connect(garden, env);
    for (const wanted of ["secret", secret, "../secret", "/"]) {
      const { isError, body } = await mcp.call("search_documents", { query: "kohlrabi", project: wanted });
      expect({ wanted, isError }).toEqual({ wanted, isError: true });
      expect(["projects.unknown", "arguments.invalid"]).toContain(String(body.code));
      expect(String(body.hint)).not.toContain("secret");
    }
    await project("kitchen", "Kohlrabi soup with dill");
    await using apart = await McpClient.connect(garden, { ...env, AMALFA_REGISTRY: "off" });
    const refused = await apart.call("search_documents", { query: "kohlrabi", project: "kitchen" });
    expect(refused.body).toMatchObject({ code: "projects.unknown", hint: "The projects are garden." });
  }, 60_000);

  test("is taken through a bridge too, whatever its server knows, and over HTTP by nobody", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    const orchard = await project("orchard", "Quinces keep well");
    await project("kitchen", "Kohlrabi soup with dill");
    await using server = await HttpServer.start(orchard, { env: { ...env, AMALFA_REGISTRY: "off" } });
    await server.ready();
    await using mcp = await McpClient.connect(garden, env);
    const found = await mcp.call("search_documents", { query: "kohlrabi soup", project: "kitchen" });
    expect(resultsOf(found)).toMatchObject([{ project: "kitchen", id: "note.md" }]);
    expect(hasGraphOpen(mcp.pid)).toBe(false);
    const read = await mcp.call("read_node_content", { id: "note.md", project: "kitchen" });
    expect(read.body).toMatchObject({ project: "kitchen", text: "# Kohlrabi soup with dill" });
    const all = await mcp.call("search_documents", { query: "kohlrabi", project: "*" });
    expect(new Set(resultsOf(all).map((result) => result.project))).toEqual(
      new Set(["garden", "kitchen", "orchard"]),
    );
    const { body } = await server.call("search_documents", { query: "kohlrabi", project: "kitchen" });
    expect(JSON.stringify(body.result)).toContain("projects.unknown");
    await using apart = await McpClient.connect(garden, { ...env, AMALFA_REGISTRY: "off" });
    const refused = await apart.call("search_documents", { query: "kohlrabi", project: "kitchen" });
    expect(refused.body).toMatchObject({ code: "projects.unknown" });
  }, 60_000);

  test("I1 other projects are not written to, even where this one is", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    await project("kitchen", "Kohlrabi soup with dill");
    await using mcp = await McpClient.connect(garden, env, undefined, ["--allow-write"]);
    const { tools } = await mcp.client.listTools();
    for (const { name, inputSchema } of tools.filter(({ name }) => /note$|^inject/.test(name))) {
      expect([name, Object.keys(inputSchema.properties ?? {}).includes("project")]).toEqual([name, false]);
    }
    const read = await mcp.call("read_node_content", { id: "note.md", project: "kitchen" });
    expect(read.body.etag).toBeUndefined();
  }, 60_000);
});
