/** I13: answers over MCP are true now. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { init } from "../helpers/amalfa.ts";
import { CURRENT, type Found, ids, search } from "../helpers/freshness.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { graphQuery } from "../helpers/notes.ts";
import { SETTINGS } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const ingested = useReadyNotes();

describe("I13 over MCP", () => {
  test("every tool answers from the files as they are, and the state is said once", async () => {
    using folder = ingested.copy();
    await using client = await McpClient.connect(folder.path);
    const texts = async (name: string, args: Record<string, unknown>): Promise<string[]> => {
      const { content } = await client.client.callTool({ name, arguments: args });
      return (content as { text: string }[]).map(({ text }) => text);
    };
    const query = { query: "quagga", mode: "lexical" };
    expect((await client.call("search_documents", query)).body.freshness).toEqual(CURRENT);
    folder.write({ "new.md": "# Quagga\n\nSee [[season]].\n" });
    expect(await texts("search_documents", query)).toEqual([
      expect.stringContaining("`new.md:1-3`"),
      expect.stringContaining("brought in first: 1 added"),
    ]);
    rmSync(folder.join("soil/worms.md"));
    const listed = await client.call("list_directory_structure", { depth: 3 });
    expect(JSON.stringify(listed.body.entries)).not.toContain("worms");
    expect(listed.body.freshness).toMatchObject({ state: "refreshed", removed: 1 });
    appendFileSync(folder.join("new.md"), "\n[compost](soil/compost.md)\n");
    const links = await client.call("explore_links", { id: "new.md" });
    expect(links.body.outgoing).toMatchObject([{ id: "soil/compost.md" }, { id: "plan/season.md" }]);
    writeFileSync(folder.join("new.md"), "# Okapi\n");
    const read = await client.call("read_node_content", { id: "new.md" });
    expect(read.body).toMatchObject({ title: "Okapi", text: "# Okapi", freshness: { state: "refreshed" } });
    rmSync(folder.join("new.md"));
    const gaps = await client.call("find_gaps", { threshold: 0 });
    expect(JSON.stringify(gaps.body.gaps)).not.toMatch(/new\.md|worms/);
  });

  test("a state that stays is not said again", async () => {
    using folder = ingested.copy();
    folder.write({ [SETTINGS]: JSON.stringify({ search: { refresh: false } }), "new.md": "# New\n" });
    await using client = await McpClient.connect(folder.path);
    const said: number[] = [];
    for (let i = 0; i < 3; i++) {
      const { content, structuredContent } = await client.client.callTool({
        name: "search_documents",
        arguments: { query: "harvest", mode: "lexical" },
      });
      said.push((content as unknown[]).length);
      expect(structuredContent).toMatchObject({ freshness: { state: "behind", added: 1 } });
    }
    expect(said).toEqual([2, 1, 1]);
  });

  test("vectors of what was brought in are computed with the answer, or beside the next ones", async () => {
    using folder = ingested.copy();
    folder.write({ "new.md": "# Quagga\n" });
    await using client = await McpClient.connect(folder.path);
    const first = await client.call("search_documents", { query: "quagga", mode: "lexical" });
    expect(first.body.results).toMatchObject([{ id: "new.md" }]);
    // A server that has its model by then computes them in the same call.
    expect([undefined, 1]).toContain((first.body.pending as { chunks: number } | undefined)?.chunks);
    await until(() => graphQuery(folder, "SELECT chunk FROM pending").length === 0, { what: "the vector" });
  });

  test("calls that come together are all answered from the files as they are", async () => {
    using folder = ingested.copy();
    await using client = await McpClient.connect(folder.path);
    for (let round = 0; round < 5; round++) {
      folder.write({ "new.md": `# Quagga\n\nround${round}word\n` });
      const answers = await Promise.all(
        Array.from({ length: 8 }, () =>
          client.call("search_documents", { query: `round${round}word`, mode: "lexical" }),
        ),
      );
      for (const { body } of answers) expect(body.results).toMatchObject([{ id: "new.md" }]);
    }
  });
});

describe("I13 a server that began with other settings", () => {
  test("neither brings in what they leave out now nor takes out what they added, and says so", async () => {
    using folder = ingested.copy();
    folder.write({ "private/k.md": "# K\n\nThe secretword.\n" });
    await init(folder);
    await using mcp = await McpClient.connect(folder.path);
    const asked = async () =>
      (await mcp.call("search_documents", { query: "secretword", mode: "lexical" })).body as unknown as Found;
    expect(ids(await asked())).toEqual(["private/k.md"]);
    folder.write({ [SETTINGS]: JSON.stringify({ excludePatterns: ["private/**"] }) });
    await init(folder);
    const answer = await asked();
    expect(ids(answer)).toEqual([]);
    expect(answer.freshness.state).toBe("unknown");
    expect(answer.freshness.reason).toContain("the settings have changed");
    expect(ids(await search(folder, "secretword", "--no-refresh"))).toEqual([]);
  });
});
