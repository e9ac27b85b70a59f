import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { amalfa } from "../helpers/amalfa.ts";
import { McpClient } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

const LONG_LINES = 4_000;
const HUB_LINKS = 500;

let folder: TempFolder;
let mcp: McpClient;

beforeAll(async () => {
  folder = notesFolder();
  const hub = Array.from({ length: HUB_LINKS }, (_, n) => `[[nowhere ${n} ${"x".repeat(60)}]]`).join("\n\n");
  folder.write({
    "long.md": "# A long list\n",
    "odd name%.md": "# Odd\n\nA name that needs escaping.\n",
    "hub.md": `# Hub\n\n${hub}\n`,
    "amalfa.settings.json": JSON.stringify({ excludePatterns: ["later.md"] }),
  });
  const { status, stderr } = await amalfa(["init"], { cwd: folder.path });
  if (status !== 0) throw new Error(stderr);
  // Documents are read as they stand, so the length need not be embedded first.
  const long = Array.from({ length: LONG_LINES }, (_, line) => `- item number ${line} of a long list`);
  folder.write({ "long.md": `# A long list\n\n${long.join("\n")}\n` });
  mcp = await McpClient.connect(folder.path);
}, 300_000);

afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("tools", () => {
  test("are those that clients know, described, with schemas and annotations", async () => {
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "search_documents",
      "read_node_content",
      "read_documents",
      "explore_links",
      "find_gaps",
      "list_directory_structure",
      "recent_changes",
      "list_tags",
      "inject_tags",
      "refresh",
      "health",
    ]);
    for (const tool of tools) {
      expect(tool.description?.length ?? 0).toBeGreaterThan(60);
      expect(tool.description).toMatch(/[Uu]se it/);
      expect(tool.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(tool.outputSchema).toMatchObject({ type: "object" });
      const writes = tool.name === "inject_tags";
      expect(tool.annotations).toMatchObject({
        readOnlyHint: !writes,
        destructiveHint: false,
        openWorldHint: false,
      });
    }
  });

  test("search_documents finds by meaning, with the passage's place", async () => {
    const { body } = await mcp.call("search_documents", { query: "killing seeds with warmth", limit: 3 });
    const results = body.results as { id: string; lines: number[]; heading: string; snippet: string }[];
    expect(results[0]).toMatchObject({ id: "soil/compost.md", heading: "Compost > Heat" });
    expect(results[0]?.snippet).toContain("hot enough to kill seeds");
    expect(results.length).toBeLessThanOrEqual(3);
  });

  test("search_documents offers each mode", async () => {
    for (const mode of ["lexical", "semantic", "hybrid"]) {
      const { body } = await mcp.call("search_documents", { query: "tomatoes", mode, limit: 1 });
      expect(body.results).toMatchObject([{ id: "crops/tomatoes.md" }]);
    }
  });

  test("read_node_content reads a document, some lines, and the end of a path", async () => {
    const whole = await mcp.call("read_node_content", { id: "soil/worms.md" });
    expect(whole.body).toMatchObject({
      totalLines: 3,
      lines: [1, 3],
      text: readFileSync(folder.join("soil/worms.md"), "utf8").trim(),
    });
    const part = await mcp.call("read_node_content", { id: "season.md", lines: "2-3" });
    expect(part.body).toMatchObject({
      id: "plan/season.md",
      tags: ["plan", "2026"],
      lines: [2, 3],
      text: "title: The season\ntags: [plan, 2026]",
    });
  });

  test("read_node_content cuts a long document, and cursors lead through all of it", async () => {
    const parts: string[] = [];
    let expectedLine = 1;
    let cursor: string | undefined;
    do {
      const { body } = await mcp.call("read_node_content", {
        id: "long.md",
        ...(cursor === undefined ? {} : { cursor }),
      });
      const { text, lines } = body as unknown as { text: string; lines: [number, number] };
      expect(text.length).toBeLessThanOrEqual(50_000);
      expect(lines[0]).toBe(expectedLine);
      expect(text.split("\n").length).toBe(lines[1] - lines[0] + 1);
      expectedLine = lines[1] + 1;
      parts.push(text);
      cursor = body.nextCursor as string | undefined;
    } while (cursor !== undefined);
    expect(parts.length).toBeGreaterThan(2);
    expect(`${parts.join("\n")}\n`).toBe(readFileSync(folder.join("long.md"), "utf8"));
  });

  test("explore_links shows both directions and what leads nowhere", async () => {
    const { body } = await mcp.call("explore_links", { id: "crops/tomatoes.md" });
    expect(body.outgoing).toContainEqual({ id: "soil/compost.md", title: "Compost", type: "depends_on" });
    expect((body.incoming as { id: string }[]).map(({ id }) => id)).toContain("plan/season.md");
    expect(body.unresolved).toEqual([{ target: "missing note", type: "wikilink", line: 5 }]);
    const only = await mcp.call("explore_links", { id: "crops/tomatoes.md", relation: "DEPENDS_ON" });
    expect(only.body).toMatchObject({ totals: { outgoing: 1, incoming: 0, unresolved: 0 } });
    expect(only.body.types).toBeUndefined();
  });

  test("explore_links says which relations there are where one is unknown, in the words of the command line", async () => {
    const { body, text } = await mcp.call("explore_links", {
      id: "crops/tomatoes.md",
      relation: "depend_on",
    });
    expect(body.types).toContain("depends_on");
    const said = /^No links of type depend_on; there are those of type .*depends_on.*wikilink.*\.$/m;
    expect(text).toMatch(said);
    const { stdout } = await amalfa(["explore", "crops/tomatoes.md", "--relation", "depend_on"], {
      cwd: folder.path,
    });
    expect(stdout).toContain(said.exec(text)?.[0] ?? "nothing");
  });

  test("explore_links goes on behind a cursor, nothing twice and nothing left out", async () => {
    const targets: string[] = [];
    let cursor: string | undefined;
    let parts = 0;
    do {
      const { body } = await mcp.call("explore_links", {
        id: "hub.md",
        ...(cursor === undefined ? {} : { cursor }),
      });
      targets.push(...(body.unresolved as { target: string }[]).map(({ target }) => target));
      cursor = body.nextCursor as string | undefined;
      parts++;
    } while (cursor !== undefined);
    expect(parts).toBeGreaterThan(1);
    expect(new Set(targets).size).toBe(HUB_LINKS);
    expect(targets.length).toBe(HUB_LINKS);
  });

  test("find_gaps names pairs that are not linked", async () => {
    const { body } = await mcp.call("find_gaps", { threshold: 0.1 });
    const pairs = (body.gaps as { a: { id: string }; b: { id: string } }[]).map(
      ({ a, b }) => `${a.id} ${b.id}`,
    );
    expect(pairs).toContain("soil/compost.md soil/worms.md");
    expect(pairs).not.toContain("crops/tomatoes.md soil/compost.md");
  });

  test("list_directory_structure lists folders with their counts, as deep as asked", async () => {
    const top = await mcp.call("list_directory_structure", { depth: 1 });
    expect(top.body).toMatchObject({ path: "", documents: 8 });
    expect(top.body.entries).toContainEqual({ path: "soil/", kind: "folder", documents: 2 });
    const soil = await mcp.call("list_directory_structure", { path: "soil" });
    expect((soil.body.entries as { path: string }[]).map(({ path }) => path)).toEqual([
      "soil/compost.md",
      "soil/worms.md",
    ]);
  });

  test("inject_tags changes the file's tags and nothing else", async () => {
    folder.write({ "later.md": "Not tagged yet.\r\n" });
    const { body } = await mcp.call("inject_tags", { file_path: "later.md", tags: ["#soil", "2024"] });
    expect(body).toEqual({ path: "later.md", added: ["soil", "2024"], present: [], tags: ["soil", "2024"] });
    expect(readFileSync(folder.join("later.md"), "utf8")).toBe(
      '---\r\ntags: [soil, "2024"]\r\n---\r\n\r\nNot tagged yet.\r\n',
    );
  });

  test("health finds a healthy project healthy", async () => {
    const { body } = await mcp.call("health");
    expect(body).toMatchObject({ root: folder.path });
    const checks = body.checks as { id: string; status: string }[];
    expect(checks.find(({ id }) => id === "db.open")).toMatchObject({ status: "ok" });
    expect(checks.filter(({ status }) => status === "error")).toEqual([]);
  });
});

describe("errors an agent can act on", () => {
  test("an unknown id comes with the nearest ids", async () => {
    const { isError, body } = await mcp.call("read_node_content", { id: "tomatos.md" });
    expect(isError).toBe(true);
    expect(body).toMatchObject({ code: "document.unknown" });
    expect(body.hint).toContain("crops/tomatoes.md");
  });

  test.each([
    ["search_documents", {}, "arguments.invalid", "query"],
    ["search_documents", { query: "  " }, "search.empty", ""],
    ["search_documents", { query: "x", limit: 0 }, "arguments.invalid", "limit"],
    ["search_documents", { query: "x", limit: 1e9 }, "arguments.invalid", "limit"],
    ["search_documents", { query: "x", mode: "magic" }, "arguments.invalid", "mode"],
    ["search_documents", { query: true }, "arguments.invalid", "query"],
    ["search_documents", { query: "x", qury: "y" }, "arguments.invalid", "qury"],
    ["search_documents", { query: "x", cursor: "nonsense" }, "cursor.invalid", ""],
    ["read_node_content", { id: "README.md", lines: "9-3" }, "document.lines", ""],
    ["read_node_content", { id: "" }, "arguments.invalid", "id"],
    ["explore_links", { id: null }, "arguments.invalid", "id"],
    ["find_gaps", { threshold: 2 }, "arguments.invalid", "threshold"],
    ["list_directory_structure", { path: "no/such/folder" }, "folder.unknown", ""],
    ["list_directory_structure", { depth: 1.5 }, "arguments.invalid", "depth"],
    ["inject_tags", { file_path: "README.md", tags: [] }, "arguments.invalid", "tags"],
    ["inject_tags", { file_path: "README.md", tags: ["two words"] }, "tags.invalid", ""],
    ["inject_tags", { file_path: "gone.md", tags: ["x"] }, "path.missing", ""],
    ["inject_tags", { file_path: "README.md/gone.md", tags: ["x"] }, "path.missing", ""],
    ["health", { deep: true }, "arguments.invalid", "deep"],
  ] as const)("%s %j is refused as %s", async (name, args, code, mentions) => {
    const { isError, body } = await mcp.call(name, args);
    expect(isError).toBe(true);
    expect(body).toMatchObject({ code });
    expect(String(body.message)).toContain(mentions);
  });

  test("a cursor is refused with other arguments", async () => {
    const { body } = await mcp.call("read_node_content", { id: "long.md" });
    const other = await mcp.call("read_node_content", { id: "README.md", cursor: body.nextCursor });
    expect(other).toMatchObject({ isError: true, body: { code: "cursor.stale" } });
  });

  test("a tool that does not exist is a protocol error that names those that do", async () => {
    await expect(mcp.client.callTool({ name: "delete_everything", arguments: {} })).rejects.toThrow(
      "search_documents",
    );
  });
});

describe("resources", () => {
  test("list the summary and every document; each can be read", async () => {
    const { resources } = await mcp.client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      "amalfa://stats/summary",
      "amalfa://document/README.md",
      "amalfa://document/crops/tomatoes.md",
      "amalfa://document/hub.md",
      "amalfa://document/long.md",
      "amalfa://document/odd%20name%2525.md",
      "amalfa://document/plan/season.md",
      "amalfa://document/soil/compost.md",
      "amalfa://document/soil/worms.md",
    ]);
    for (const { uri, mimeType } of resources) {
      const { contents } = await mcp.client.readResource({ uri });
      expect(contents[0]).toMatchObject({ uri, mimeType });
    }
    const { contents } = await mcp.client.readResource({ uri: "amalfa://stats/summary" });
    expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ nodes: 8, root: folder.path });
  });

  test("a template says how to name a document", async () => {
    const { resourceTemplates } = await mcp.client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(["amalfa://document/{+id}"]);
  });

  test("a long document is read to its end by following the URIs", async () => {
    let uri: string | undefined = "amalfa://document/long.md";
    let text = "";
    for (let parts = 0; uri !== undefined && parts < 20; parts++) {
      const { contents } = await mcp.client.readResource({ uri });
      text += (contents[0] as { text: string }).text;
      uri = contents[1]?.uri;
    }
    expect(`${text}\n`).toBe(readFileSync(folder.join("long.md"), "utf8"));
  });

  test("an unknown one is refused with what there is", async () => {
    await expect(mcp.client.readResource({ uri: "amalfa://document/tomatos.md" })).rejects.toThrow(
      "crops/tomatoes.md",
    );
    await expect(mcp.client.readResource({ uri: "file:///etc/passwd" })).rejects.toThrow(
      "amalfa://stats/summary",
    );
  });
});

test("50 calls at once are all answered, each with its own answer", async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      switch (index % 5) {
        case 0:
          return (await mcp.call("search_documents", { query: `question number ${index}`, limit: 2 })).body
            .mode;
        case 1:
          return (await mcp.call("read_node_content", { id: "long.md", lines: `${index + 2}` })).body.text;
        case 2:
          return (await mcp.call("explore_links", { id: "hub.md" })).body.id;
        case 3:
          return (await mcp.call("find_gaps", { threshold: index / 100 })).body.threshold;
        default:
          return (await mcp.call("list_directory_structure", { depth: index })).body.depth;
      }
    }),
  );
  outcomes.forEach((outcome, index) => {
    const text = `- item number ${index - 1} of a long list`;
    const expected = ["hybrid", text, "hub.md", index / 100, index][index % 5];
    expect(outcome).toEqual(expected as never);
  });
});
