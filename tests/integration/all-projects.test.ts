/** One search through all projects of a user, and other projects than the server's own over MCP. */
import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { loadTokens } from "../../src/knowledge/index.ts";
import { amalfa, type ErrorDocument } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { hasGraphOpen } from "../helpers/open-graph.ts";
import { useProjects } from "../helpers/user-of-projects.ts";

useMadeUpModel();

interface Searched {
  readonly results: readonly { readonly project: string; readonly id: string; readonly confidence: number }[];
  readonly projects: readonly { readonly name: string; readonly freshness: { readonly state: string } }[];
  readonly failed: readonly { readonly name: string; readonly error: { readonly code: string } }[];
  readonly freshness: { readonly state: string };
}

const { env, home, project, run } = useProjects();

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
    const { stdout } = await amalfa(["search", "--all-projects", "kohlrabi soup"], { cwd: "/", env: env() });
    expect(stdout).toContain("kitchen  note.md:1");
    // The figures are those that the results are in the order of: scores compare within one project only.
    expect(stdout).toContain("by confidence");
    const shown = [...stdout.matchAll(/ (\d\.\d{3})$/gm)].map(([, figure]) => Number(figure));
    expect(shown).toEqual(document.results.map(({ confidence }) => Number(confidence.toFixed(3))));
  }, 300_000);

  test("a project that cannot be searched is named, and the others are searched", async () => {
    await project("garden", "Kohlrabi");
    const broken = await project("broken", "Kohlrabi too");
    rmSync(`${broken}/.amalfa`, { recursive: true });
    const code = await project("code", "Kohlrabi as well");
    rmSync(`${code}/amalfa.settings.json`);
    home().write({ "code/amalfa.config.ts": "export default {};\n" });
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
      env: env(),
    });
    expect(stderr).toContain("broken");
  }, 300_000);

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
    await using mcp = await McpClient.connect(garden, env());
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
    home().write({ "kitchen/new.md": "# Zyzzogeton\n" });
    const fresh = await mcp.call("search_documents", {
      query: "zyzzogeton",
      mode: "lexical",
      project: "kitchen",
    });
    expect(resultsOf(fresh)).toMatchObject([{ project: "kitchen", id: "new.md" }]);
  }, 300_000);

  test("* asks all of them, within one budget, and names those that cannot be asked", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    await project("kitchen", "Kohlrabi soup with dill");
    const broken = await project("broken", "Kohlrabi too");
    rmSync(`${broken}/.amalfa`, { recursive: true });
    await using mcp = await McpClient.connect(garden, env());
    const all = await mcp.call("search_documents", { query: "kohlrabi soup", project: "*" });
    expect(
      resultsOf(all)
        .map((result) => result.project)
        .sort(),
    ).toEqual(["garden", "kitchen"]);
    expect(resultsOf(all)[0]?.project).toBe("kitchen");
    expect(all.body.failed).toMatchObject([{ project: "broken", code: "database.missing" }]);
    const { loadTokenCount } = await loadTokens();
    const tokens = await loadTokenCount({ paths: { models: home().path } } as never);
    const within = await mcp.call("search_documents", { query: "kohlrabi soup", project: "*", budget: 600 });
    expect(resultsOf(within).length).toBe(2);
    expect(tokens(within.text)).toBeLessThanOrEqual(600);
    expect(tokens(JSON.stringify(within.body))).toBeLessThanOrEqual(600);
    const small = await mcp.call("search_documents", { query: "kohlrabi soup", project: "*", budget: 100 });
    expect(small.body).toMatchObject({ code: "arguments.invalid" });
  }, 300_000);

  test("a budget goes to what is worth it, however many projects there are", async () => {
    const long = `Kohlrabi soup with dill\n\n${"Kohlrabi soup wants dill and patience. ".repeat(12)}`;
    const kitchen = await project("kitchen", long);
    for (const name of ["garden", "shed", "orchard", "cellar"]) await project(name, "Kohlrabi wants water");
    await using mcp = await McpClient.connect(kitchen, env());
    const { body } = await mcp.call("search_documents", {
      query: "kohlrabi soup with dill",
      project: "*",
      budget: 600,
    });
    const [best, ...others] = resultsOf({ body });
    expect(best).toMatchObject({ project: "kitchen", snippet: expect.stringContaining("patience") });
    expect(others.length).toBeGreaterThan(0);
    const { leftOut, unnamed } = body as { leftOut: { project: string }[]; unnamed: number };
    expect(1 + others.length + leftOut.length + unnamed).toBe(5);
    expect(leftOut.every((each) => each.project !== "kitchen")).toBe(true);
  });

  test("a name that is not in the list is refused with those that are, and so is all where the list is off", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    const secret = await project("secret", "Kohlrabi in private", { registry: false });
    await using mcp = await McpClient.connect(garden, env());
    for (const wanted of ["secret", secret, "../secret", "/"]) {
      const { isError, body } = await mcp.call("search_documents", { query: "kohlrabi", project: wanted });
      expect({ wanted, isError }).toEqual({ wanted, isError: true });
      expect(["projects.unknown", "arguments.invalid"]).toContain(String(body.code));
      expect(String(body.hint)).not.toContain("secret");
    }
    await project("kitchen", "Kohlrabi soup with dill");
    await using apart = await McpClient.connect(garden, { ...env(), AMALFA_REGISTRY: "off" });
    const refused = await apart.call("search_documents", { query: "kohlrabi", project: "kitchen" });
    expect(refused.body).toMatchObject({ code: "projects.unknown", hint: "The projects are garden." });
  }, 300_000);

  test("is taken through a bridge too, whatever its server knows, and over HTTP by nobody", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    const orchard = await project("orchard", "Quinces keep well");
    await project("kitchen", "Kohlrabi soup with dill");
    await using server = await HttpServer.start(orchard, { env: { ...env(), AMALFA_REGISTRY: "off" } });
    await server.ready();
    await using mcp = await McpClient.connect(garden, env());
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
    await using apart = await McpClient.connect(garden, { ...env(), AMALFA_REGISTRY: "off" });
    const refused = await apart.call("search_documents", { query: "kohlrabi", project: "kitchen" });
    expect(refused.body).toMatchObject({ code: "projects.unknown" });
  }, 300_000);

  test("I1 other projects are not written to, even where this one is", async () => {
    const garden = await project("garden", "Kohlrabi wants water");
    await project("kitchen", "Kohlrabi soup with dill");
    await using mcp = await McpClient.connect(garden, env(), undefined, ["--allow-write"]);
    const { tools } = await mcp.client.listTools();
    for (const { name, inputSchema } of tools.filter(({ name }) => /note$|^inject/.test(name))) {
      expect([name, Object.keys(inputSchema.properties ?? {}).includes("project")]).toEqual([name, false]);
    }
    const read = await mcp.call("read_node_content", { id: "note.md", project: "kitchen" });
    expect(read.body.etag).toBeUndefined();
  }, 300_000);
});
