/** The tools that say what there is and what is new, text beside structured content, and prompts. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { amalfa, init } from "../helpers/amalfa.ts";
import { commitAll } from "../helpers/git.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";
import { idsOf, writing } from "../helpers/writing-agent.ts";

useMadeUpModel();
const notes = useReadyNotes();
const garden = () => notes.copy();

describe("what there is, and what is new", () => {
  test("one document is said to be one, and so is one file that cannot be read", async () => {
    using folder = new TempFolder().write({ "one.md": "# One\n\nAlone.\n" });
    await using mcp = await McpClient.connect(folder.path);
    expect((await mcp.call("refresh")).text).toStartWith("1 document; 1 added, 0 changed, 0 removed.");
    folder.write({ "odd.md": Buffer.from([0xff, 0x80]) });
    const { text } = await mcp.call("refresh");
    expect(text).toStartWith("2 documents; 0 added");
    expect(text).toContain("1 file could not be read:\n- `odd.md` ");
    const whole = await mcp.call("list_directory_structure");
    expect(whole.text).toStartWith("1 document in the project.");
    const outside = await mcp.call("list_directory_structure", { path: "../x" });
    expect(outside.body.hint).toContain("for the root itself");
  });

  test("refresh makes a graph where there is none, and brings in what an answer would not", async () => {
    using folder = notesFolder();
    await using mcp = await McpClient.connect(folder.path);
    const missing = await mcp.call("search_documents", { query: "compost" });
    expect(missing.body.hint).toStartWith("Call refresh");
    const made = await mcp.call("refresh");
    expect(made.body).toMatchObject({ found: 5, added: 5, changed: 0, removed: 0, failures: 0 });
    expect(idsOf(await mcp.call("search_documents", { query: "compost" }))[0]).toBe("soil/compost.md");
    folder.write(
      Object.fromEntries(
        Array.from({ length: 30 }, (_, n) => [`many/${n}.md`, `# Note ${n}\n\nzyzzogeton\n`]),
      ),
    );
    const behind = await mcp.call("search_documents", { query: "zyzzogeton" });
    expect(behind.body.freshness).toMatchObject({ state: "behind", added: 30 });
    expect((behind.body.freshness as { reason: string }).reason).toContain("call refresh");
    expect((await mcp.call("refresh")).body).toMatchObject({ added: 30 });
    const all = await mcp.call("search_documents", { query: "zyzzogeton", mode: "lexical", limit: 50 });
    expect(idsOf(all).length).toBe(30);
  });

  test("a graph that refresh has made is in order while its vectors are computed", async () => {
    using folder = new TempFolder().write(
      Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n}.md`, `# Note ${n}\n\nAlone.\n`])),
    );
    await using mcp = await McpClient.connect(folder.path);
    expect((await mcp.call("refresh")).body).toMatchObject({ added: 100, pending: { chunks: 100 } });
    const { body, text } = await mcp.call("health");
    expect(body).toMatchObject({ ok: true, next: null });
    expect(text).toStartWith("The memory is in order.");
    expect(text).not.toContain("refresh");
    await until(async () => (await mcp.call("health")).body.pending === undefined, { what: "the vectors" });
    expect((await mcp.call("health")).text).toBe("The memory is in order.");
  });

  test("recent_changes goes by the last commit where a file is as that has it, else by the file", async () => {
    using folder = garden();
    folder.write({ ".gitignore": ".amalfa/\n" });
    commitAll(folder.path, "2020-01-01T00:00:00Z");
    folder.write({ "soil/compost.md": "# Compost\n\nChanged later, and committed.\n" });
    commitAll(folder.path, "2021-06-01T00:00:00Z");
    folder.write({ "crops/tomatoes.md": "# Tomatoes\n\nNot committed yet.\n" });
    await using mcp = await McpClient.connect(folder.path);
    const { body, text } = await mcp.call("recent_changes");
    const changes = body.changes as { id: string; changed: string }[];
    expect(changes.map(({ id }) => id).slice(0, 2)).toEqual(["crops/tomatoes.md", "soil/compost.md"]);
    expect(changes[1]?.changed).toBe("2021-06-01T00:00:00.000Z");
    expect(changes[2]?.changed).toBe("2020-01-01T00:00:00.000Z");
    expect(text.indexOf("crops/tomatoes.md")).toBeLessThan(text.indexOf("soil/compost.md"));
    const since = await mcp.call("recent_changes", { since: "2021" });
    expect(since.body).toMatchObject({ total: 2 });
    for (const days of ["7d", "1w", "yesterday"])
      expect((await mcp.call("recent_changes", { since: days })).body).toMatchObject({
        total: 1,
        changes: [{ id: "crops/tomatoes.md" }],
      });
    expect((await mcp.call("recent_changes", { since: "soon" })).body).toMatchObject({
      code: "arguments.invalid",
    });
    const soil = await mcp.call("recent_changes", { path: "soil", limit: 1 });
    expect(soil.body).toMatchObject({ total: 2, changes: [{ id: "soil/compost.md" }] });
    expect((await mcp.call("recent_changes", { path: "nowhere" })).body).toMatchObject({
      code: "folder.unknown",
    });
  });

  test("list_tags counts them whatever their case, the most used first", async () => {
    using folder = garden();
    folder.write({
      "a.md": "---\ntags: [Roses, plan]\n---\n# A\n",
      "b.md": "---\ntags: [roses]\n---\n# B\n",
      "c.md": "---\ntags: [roses, roses/red]\n---\n# C\n",
    });
    await using mcp = await McpClient.connect(folder.path);
    const { body, text } = await mcp.call("list_tags");
    const tags = body.tags as { tag: string; documents: number }[];
    expect(tags[0]).toEqual({ tag: "roses", documents: 3 });
    expect(tags).toContainEqual({ tag: "plan", documents: 2 });
    expect(text).toContain("- roses (3)");
    const { body: some, text: said } = await mcp.call("list_tags", { prefix: "#ROSES/" });
    expect(some).toMatchObject({ tags: [{ tag: "roses/red", documents: 1 }], total: 1, documents: 1 });
    expect(said).toContain("1 tag on 1 document.");
    const { text: both } = await mcp.call("list_tags", { prefix: "roses" });
    expect(both).toContain("2 tags on 3 documents, the most used first.");
  });

  test("list_directory_structure shows folders and counts first, and goes on a page at a time", async () => {
    using folder = new TempFolder();
    const names = Array.from({ length: 611 }, (_, n) => `notes/${n % 7}/${n % 3}/note-${n}.md`);
    folder.write(
      Object.fromEntries(names.map((name) => [name, "# A title of some length, as titles are\n"])),
    );
    folder.write({ "zebra.md": "# Zebra\n", "notes/own.md": "# Own\n" });
    await init(folder);
    await using mcp = await McpClient.connect(folder.path);
    const { body, text } = await mcp.call("list_directory_structure");
    const entries = body.entries as { path: string; kind: string; documents: number }[];
    expect(entries[0]).toEqual({ path: "notes/", kind: "folder", documents: 612 });
    expect(entries.filter(({ kind }) => kind === "folder").length).toBe(8);
    expect(entries.filter(({ kind }) => kind === "document").map(({ path }) => path)).toEqual(["zebra.md"]);
    expect(JSON.stringify(body).length).toBeLessThan(2_000);
    expect(text).toContain("`notes/` (612)");
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const args = { depth: 9, ...(cursor === undefined ? {} : { cursor }) };
      const page = await mcp.call("list_directory_structure", args);
      expect(JSON.stringify(page.body).length).toBeLessThan(10_000);
      seen.push(...(page.body.entries as { path: string; kind: string }[]).map(({ path }) => path));
      cursor = page.body.nextCursor as string | undefined;
      if (cursor !== undefined) expect(page.text).toContain(cursor);
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((path) => path.endsWith(".md")).length).toBe(613);
  });
});

/** A server that is only asked. */
let mcp: McpClient;
beforeAll(async () => {
  mcp = await McpClient.connect(notes.folder.path);
});
afterAll(() => mcp[Symbol.asyncDispose]());

describe("text and structured content", () => {
  test("each name what the next call needs", async () => {
    const search = await mcp.call("search_documents", { query: "heat" });
    for (const { id, lines } of search.body.results as { id: string; lines: number[] }[]) {
      expect(search.text).toContain(`\`${id}:${lines[0]}-${lines[1]}\``);
    }
    const explored = await mcp.call("explore_links", { id: "crops/tomatoes.md" });
    expect(explored.text).toContain("`soil/compost.md`");
    expect(explored.text).toContain("missing note");
    const gaps = await mcp.call("find_gaps", { threshold: 0.1 });
    const [gap] = gaps.body.gaps as { a: { id: string }; b: { id: string } }[];
    expect(gaps.text).toContain(`\`${gap?.a.id}\``);
    expect(gaps.text).toContain(`\`${gap?.b.id}\``);
    const read = await mcp.call("read_node_content", { id: "plan/season.md" });
    expect(read.text).toContain(read.body.text as string);
    expect(read.text).toContain("lines 1-16 of 16");
    const line = await mcp.call("read_node_content", { id: "crops/tomatoes.md:3-3" });
    expect(line.text).toContain(": line 3 of 5");
    const health = await mcp.call("health");
    expect(health.text).not.toContain("{");
    const nothing = await mcp.call("search_documents", { query: "compost", tag: "no-such-tag" });
    expect(nothing.text).toContain("The filters leave no document to search");
  });

  test("the command line reads the digest that agents are given", async () => {
    const { folder } = notes;
    await using writer = await writing(folder);
    const { body } = await writer.call("read_node_content", { id: "README.md" });
    const { stdout } = await amalfa(["read", "README.md", "--json"], { cwd: folder.path });
    expect(JSON.parse(stdout)).toMatchObject({ etag: body.etag as string });
  });
});

describe("prompts", () => {
  test("are listed with their arguments, and name tools that there are", async () => {
    const { prompts } = await mcp.client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(["recall", "what-do-we-know-about", "review-gaps"]);
    const { tools } = await mcp.client.listTools();
    for (const { name } of prompts) {
      const { messages } = await mcp.client.getPrompt({ name, arguments: { topic: 'the "compost"' } });
      const [{ role, content } = { role: "", content: { type: "", text: "" } }] = messages;
      const text = "text" in content ? String(content.text) : "";
      expect(role).toBe("user");
      const called = [...text.matchAll(/\b[a-z]+(?:_[a-z]+)+\b/g)].map(([tool]) => tool);
      expect(called.length).toBeGreaterThan(0);
      for (const tool of called) expect(tools.map((each) => each.name)).toContain(tool);
      if (name !== "review-gaps") expect(text).toContain(JSON.stringify('the "compost"'));
    }
  });

  test("one that is not there, or lacks its argument, is refused in words", async () => {
    await expect(mcp.client.getPrompt({ name: "forget" })).rejects.toThrow("The prompts are recall");
    await expect(mcp.client.getPrompt({ name: "recall" })).rejects.toThrow("needs the argument topic");
  });
});
