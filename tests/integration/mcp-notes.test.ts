/** Notes that agents write. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { idsOf, writing } from "../helpers/writing-agent.ts";

useMadeUpModel();
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

  describe("where nothing may be written", () => {
    let folder: TempFolder;
    let elsewhere: TempFolder;
    let mcp: McpClient;

    beforeAll(async () => {
      folder = garden();
      elsewhere = new TempFolder().write({ "target.md": "not ours\n" });
      symlinkSync(elsewhere.path, folder.join("linked"));
      symlinkSync(folder.join("plan"), folder.join("within"));
      symlinkSync(elsewhere.join("target.md"), folder.join("link.md"));
      folder.write({
        "amalfa.settings.json": JSON.stringify({ excludePatterns: ["drafts/", "secret-*.md"] }),
        ".gitignore": "ignored/\n",
      });
      mkdirSync(folder.join(".git"));
      folder.write({ ".git/HEAD": "ref: refs/heads/main\n" });
      mcp = await writing(folder);
    });
    afterAll(async () => {
      await mcp[Symbol.asyncDispose]();
      for (const each of [folder, elsewhere]) each[Symbol.dispose]();
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
      ["plan/secret-one.md/below.md", "note.place"],
      ["soil/worms.md/below.md", "path.unreadable"],
      ["drafts/new.md", "note.place"],
      ["ignored/new.md", "note.place"],
      ["plan/secret-one.md", "note.place"],
      ["\ud800.md", "note.name"],
      ["gnp\u202e.md", "note.name"],
      [`new/${"n".repeat(300)}.md`, "note.name"],
      ["plan/Agents.MD", "note.instructions"],
    ])("%j is refused as %s, and nothing is written", async (path, code) => {
      const before = [files(folder), files(elsewhere)];
      for (const tool of ["write_note", "append_note"]) {
        const outcome = await mcp.call(tool, { path, text: "mine" });
        expect(outcome).toMatchObject({ isError: true, body: { code } });
        // The path is required.
        expect(String(outcome.body.hint)).not.toContain("Leave it out");
      }
      expect([files(folder), files(elsewhere)]).toEqual(before);
    });
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
    const { body } = await mcp.call("write_note", { path: "elsewhere.md", text: "x" });
    // Unquoted, `.` read as the folder above: "The sources are ..".
    expect(body.hint).toBe('The sources are "docs/**/*.md", "CHANGES.md".');
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
