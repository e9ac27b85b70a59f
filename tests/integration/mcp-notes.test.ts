/** Notes that agents write, and the tools that say what there is and what is new. */
import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { amalfa, init } from "../helpers/amalfa.ts";
import { commitAll } from "../helpers/git.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient, type ToolOutcome } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const WRITING = ["--allow-write"];
const writing = (folder: TempFolder) => McpClient.connect(folder.path, {}, undefined, WRITING);
const idsOf = ({ body }: ToolOutcome): string[] => (body.results as { id: string }[]).map(({ id }) => id);

const notes = useReadyNotes();
const garden = () => notes.copy();

/** Every file with its content, outside of amalfa's own folder. */
function files(folder: TempFolder): Record<string, string> {
  const names = readdirSync(folder.path, { recursive: true, encoding: "utf8" });
  const own = names.filter((name) => !name.startsWith(".amalfa") && statSync(folder.join(name)).isFile());
  return Object.fromEntries(own.sort().map((name) => [name, readFileSync(folder.join(name), "utf8")]));
}

describe("I1 without --allow-write", () => {
  test("no tool that writes notes is offered or answers, and no digest is shown", async () => {
    using folder = garden();
    await using mcp = await McpClient.connect(folder.path);
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name).filter((name) => /note$/.test(name))).toEqual([]);
    const before = files(folder);
    for (const name of ["write_note", "append_note"]) {
      const call = mcp.client.callTool({ name, arguments: { path: "new.md", text: "x" } });
      await expect(call).rejects.toThrow("There is no tool");
    }
    expect(files(folder)).toEqual(before);
    expect((await mcp.call("read_node_content", { id: "README.md" })).body.etag).toBeUndefined();
  });
});

describe("write_note", () => {
  test("makes a note, which the next search finds", async () => {
    using folder = garden();
    await using mcp = await writing(folder);
    const text = "# Slugs\n\nBeer traps work better than eggshells.\n";
    const made = await mcp.call("write_note", { path: "pests/slugs.md", text });
    expect(made.body).toMatchObject({ id: "pests/slugs.md", created: true, lines: [1, 3] });
    expect(made.text).toContain("`pests/slugs.md:1-3`");
    expect(made.text).toContain(made.body.etag as string);
    expect(readFileSync(folder.join("pests/slugs.md"), "utf8")).toBe(text);
    expect(idsOf(await mcp.call("search_documents", { query: "eggshells beer traps" }))[0]).toBe(
      "pests/slugs.md",
    );
    expect(readdirSync(folder.join("pests"))).toEqual(["slugs.md"]);
  });

  test("replaces what was read, and nothing else", async () => {
    using folder = garden();
    await using mcp = await writing(folder);
    const path = "soil/worms.md";
    const before = readFileSync(folder.join(path), "utf8");
    const blind = await mcp.call("write_note", { path, text: "gone" });
    expect(blind).toMatchObject({ isError: true, body: { code: "note.exists" } });
    const read = await mcp.call("read_node_content", { id: path });
    const etag = read.body.etag as string;
    expect(read.text).toContain(`etag: ${etag}`);
    folder.write({ [path]: `${before}\nSomebody else was here.\n` });
    const late = await mcp.call("write_note", { path, text: "gone", etag });
    expect(late).toMatchObject({ isError: true, body: { code: "note.changed" } });
    expect(readFileSync(folder.join(path), "utf8")).toContain("Somebody else");
    const [again] = (await mcp.call("read_documents", { ids: [path] })).body.documents as { etag: string }[];
    const done = await mcp.call("write_note", { path, text: "# Worms\n\nNew.", etag: again?.etag });
    expect(done.body).toMatchObject({ created: false });
    expect(readFileSync(folder.join(path), "utf8")).toBe("# Worms\n\nNew.\n");
    const next = await mcp.call("write_note", { path, text: "Once more.", etag: done.body.etag });
    expect(next.isError).toBe(false);
  });

  test("a digest of a note that is gone makes none", async () => {
    using folder = garden();
    await using mcp = await writing(folder);
    const outcome = await mcp.call("write_note", { path: "never.md", text: "x", etag: "0123456789abcdef" });
    expect(outcome).toMatchObject({ isError: true, body: { code: "note.changed" } });
    expect(Object.keys(files(folder))).not.toContain("never.md");
  });

  test.each([
    ["../outside.md", "path.outside"],
    ["plan/../../outside.md", "path.outside"],
    ["/etc/outside.md", "path.outside"],
    [".amalfa/inside.md", "path.outside"],
    ["node_modules/x/readme.md", "path.outside"],
    [".git/hooks/x.md", "path.outside"],
    ["plan/.hidden.md", "note.place"],
    [".cache/x.md", "note.place"],
    ["notes.txt", "path.not-markdown"],
    ["notes.md/", "path.not-markdown"],
    ["run.sh", "path.not-markdown"],
    ["plan", "path.not-markdown"],
    ["a\nb.md", "path.outside"],
    ["a\u0000b.md", "path.outside"],
    ["   ", "path.outside"],
    ["linked/new.md", "note.place"],
    ["within/new.md", "note.place"],
    ["link.md", "note.place"],
    ["drafts/new.md", "note.place"],
    ["ignored/new.md", "note.place"],
    ["plan/secret-one.md", "note.place"],
    ["\ud800.md", "note.name"],
    ["gnp\u202e.md", "note.name"],
    [`new/${"n".repeat(300)}.md`, "note.name"],
    ["plan/Agents.MD", "note.instructions"],
  ])("%j is refused as %s, and nothing is written", async (path, code) => {
    using folder = garden();
    using elsewhere = new TempFolder().write({ "target.md": "not ours\n" });
    symlinkSync(elsewhere.path, folder.join("linked"));
    symlinkSync(folder.join("plan"), folder.join("within"));
    symlinkSync(elsewhere.join("target.md"), folder.join("link.md"));
    folder.write({
      "amalfa.settings.json": JSON.stringify({ excludePatterns: ["drafts/", "secret-*.md"] }),
      ".gitignore": "ignored/\n",
    });
    mkdirSync(folder.join(".git"));
    folder.write({ ".git/HEAD": "ref: refs/heads/main\n" });
    await using mcp = await writing(folder);
    const before = [files(folder), files(elsewhere)];
    for (const tool of ["write_note", "append_note"]) {
      const outcome = await mcp.call(tool, { path, text: "mine" });
      expect(outcome).toMatchObject({ isError: true, body: { code } });
    }
    expect([files(folder), files(elsewhere)]).toEqual(before);
  });

  test("only what a source holds may be written", async () => {
    using folder = new TempFolder().write({ "docs/a.md": "# A\n\nOne.\n" });
    folder.write({ "amalfa.settings.json": JSON.stringify({ sources: ["docs/**/*.md", "CHANGES.md"] }) });
    folder.write({ "CHANGES.md": "# Changes\n" });
    await init(folder);
    await using mcp = await writing(folder);
    const codes: unknown[] = [];
    for (const path of ["docs/deep/b.md", "CHANGES.md", "elsewhere.md", "docs/b.mdx"]) {
      const { isError, body } = await mcp.call("append_note", { path, text: "x" });
      codes.push(isError ? body.code : "written");
    }
    expect(codes).toEqual(["written", "written", "note.place", "note.place"]);
  });

  test("what is no text is refused, a read-only note stays", async () => {
    using folder = garden();
    await using mcp = await writing(folder);
    expect((await mcp.call("write_note", { path: "n.md", text: "a\u0000b" })).body).toMatchObject({
      code: "note.text",
    });
    const etag = (await mcp.call("read_node_content", { id: "README.md" })).body.etag as string;
    chmodSync(folder.join("README.md"), 0o444);
    const outcome = await mcp.call("write_note", { path: "README.md", text: "x", etag });
    expect(outcome.body).toMatchObject({ code: "file.read-only" });
    expect(readFileSync(folder.join("README.md"), "utf8")).toContain("Allotment");
  });

  test("of many that make the same note at once one does, and the others are told", async () => {
    using folder = garden();
    await using one = await writing(folder);
    await using other = await writing(folder);
    const calls = Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? one : other).call("write_note", { path: "race.md", text: `writer ${n}` }),
    );
    const outcomes = await Promise.all(calls);
    const made = outcomes.filter(({ isError }) => !isError);
    expect(made.length).toBe(1);
    expect(outcomes.filter(({ body }) => body.code === "note.exists").length).toBe(19);
    const winner = outcomes.findIndex(({ isError }) => !isError);
    expect(readFileSync(folder.join("race.md"), "utf8")).toBe(`writer ${winner}\n`);
  });
});

describe("append_note", () => {
  test("adds to the end, on a line of its own and with the file's own line ends", async () => {
    using folder = garden();
    folder.write({ "log.md": "# Log\r\n\r\nfirst" });
    await using mcp = await writing(folder);
    const { body } = await mcp.call("append_note", { path: "log.md", text: "second\nthird" });
    expect(body).toMatchObject({ id: "log.md", created: false, lines: [4, 5] });
    expect(readFileSync(folder.join("log.md"), "utf8")).toBe("# Log\r\n\r\nfirst\r\nsecond\r\nthird\r\n");
    expect((await mcp.call("append_note", { path: "new/log.md", text: "one" })).body).toMatchObject({
      created: true,
    });
    expect(readFileSync(folder.join("new/log.md"), "utf8")).toBe("one\n");
  });

  test("loses nothing of what others append at the same time", async () => {
    using folder = garden();
    await using one = await writing(folder);
    await using other = await writing(folder);
    const calls = Array.from({ length: 40 }, (_, n) =>
      (n % 2 === 0 ? one : other).call("append_note", { path: "diary.md", text: `entry ${n}` }),
    );
    const outcomes = await Promise.all(calls);
    const written = readFileSync(folder.join("diary.md"), "utf8").trim().split("\n").sort();
    const told = outcomes.flatMap(({ isError }, n) => (isError ? [] : [`entry ${n}`])).sort();
    expect(written).toEqual(told);
    expect(told.length).toBe(40);
  });
});

describe("what there is, and what is new", () => {
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

describe("text and structured content", () => {
  test("each name what the next call needs", async () => {
    using folder = garden();
    await using mcp = await McpClient.connect(folder.path);
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
    expect(nothing.text).toContain("The filters leave 0 documents");
  });

  test("the command line reads the digest that agents are given", async () => {
    using folder = garden();
    await using mcp = await writing(folder);
    const { body } = await mcp.call("read_node_content", { id: "README.md" });
    const { stdout } = await amalfa(["read", "README.md", "--json"], { cwd: folder.path });
    expect(JSON.parse(stdout)).toMatchObject({ etag: body.etag as string });
  });
});

describe("prompts", () => {
  test("are listed with their arguments, and name tools that there are", async () => {
    using folder = garden();
    await using mcp = await McpClient.connect(folder.path);
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
    using folder = garden();
    await using mcp = await McpClient.connect(folder.path);
    await expect(mcp.client.getPrompt({ name: "forget" })).rejects.toThrow("The prompts are recall");
    await expect(mcp.client.getPrompt({ name: "recall" })).rejects.toThrow("needs the argument topic");
  });
});
