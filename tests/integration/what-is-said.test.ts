/** What people are told beside results is true, and says what to do. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { amalfa, amalfaJson, type ErrorDocument, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

interface Found {
  readonly results: readonly unknown[];
  readonly letThrough?: number;
  readonly filterNote?: string;
}

/** What to do next, as a command says that does not find the document. */
const hintIn = async ({ path: cwd }: TempFolder, command: string, typed: string) =>
  (await amalfaJson<ErrorDocument>([command, typed], { cwd })).document.error.hint;

test("a filter that leaves nothing is told from words that are not there", async () => {
  using folder = notesFolder();
  await init(folder);
  const at = { cwd: folder.path };
  const say = async (...args: string[]) =>
    (await amalfa(["search", "--mode", "lexical", ...args], at)).stdout;
  expect(await say("--tag", "nosuch", "harvest")).toContain("The filters leave no document to search");
  expect(await say("--path", "soil", "harvest")).toContain("The filters leave 2 documents; try other words");
  expect(await say("nosuchword")).not.toContain("filter");
  const found = async (...args: string[]) =>
    (await amalfaJson<Found>(["search", "--mode", "lexical", ...args], at)).document;
  expect(await found("--tag", "nosuch", "harvest")).toMatchObject({ results: [], letThrough: 0 });
  expect((await found("--tag", "plan", "harvest")).letThrough).toBeUndefined();
  await using client = await McpClient.connect(folder.path);
  const args = { query: "harvest", mode: "lexical", since: "2999" };
  expect((await client.call("search_documents", args)).body).toMatchObject({ results: [], letThrough: 0 });
});

test("over MCP a query and a filter that are not what was meant are told as on the command line", async () => {
  using folder = notesFolder();
  await init(folder);
  await using client = await McpClient.connect(folder.path);
  const search = async (args: object) =>
    (await client.call("search_documents", { mode: "lexical", query: "harvest", ...args })).body;
  expect(await search({ query: "" })).toMatchObject({ code: "search.empty" });
  for (const where of ["due>=2026", "due > 2026", { "due<": "2026" }])
    expect(await search({ where })).toMatchObject({
      code: "search.filter",
      message: expect.stringMatching(/^There is no (>=|>|<) for the field "due"/),
    });
  expect(await search({ query: "-harvest" })).toMatchObject({
    queryNote: expect.stringContaining('The minus before "harvest" left nothing out'),
  });
  expect(await search({ query: "plan -harvest" })).toMatchObject({
    queryNote: expect.stringContaining('Documents with "harvest" were left out'),
  });
  expect(await search({ query: "plan -xylophone" })).not.toHaveProperty("queryNote");
});

test("a filter that cannot be met is named, and an absolute path below the root is understood", async () => {
  using folder = notesFolder();
  await init(folder);
  const search = async (...args: string[]) =>
    (
      await amalfaJson<Found & ErrorDocument>(["search", "--mode", "lexical", ...args, "harvest"], {
        cwd: folder.path,
      })
    ).document;
  const ids = async (...args: string[]) =>
    ((await search(...args)).results as { id: string }[]).map(({ id }) => id);
  const below = await ids("--path", "plan");
  expect(below.length).toBeGreaterThan(0);
  expect(await ids("--path", folder.join("plan"))).toEqual(below);
  expect(await ids("--path", `${folder.join("plan")}/**`)).toEqual(below);
  expect(await ids("--path", folder.path)).toEqual(await ids());
  const none = "The filters leave no document to search, whatever the words: ";
  const note = async (...args: string[]) => (await search(...args)).filterNote;
  expect(await note("--path", "nosuch", "--tag", "plan")).toBe(`${none}none fits path "nosuch".`);
  expect(await note("--path", "soil", "--tag", "plan")).toBe(`${none}each fits some, but none fits all.`);
  for (const [written, meant] of [
    ["Soil", "soil"],
    ["./soill/", "soil"],
  ] as const)
    expect(await note("--path", written)).toContain(`(did you mean "${meant}"?).`);
  for (const [wrong, message] of [
    [["--path", "/nowhere/else"], "not inside the project root"],
    [["--path", "../else"], "not inside the project root"],
    [["--lang", "german"], "not the code of a language"],
    [["--lang", "xx"], "not the code of a language"],
    [["--since", "2024-05", "--until", "2023"], "No date is from 2024-05 on"],
  ] as const) {
    const { error } = await search(...wrong);
    expect([error.code, error.message]).toEqual(["search.filter", expect.stringContaining(message)]);
  }
  await using client = await McpClient.connect(folder.path);
  const args = { query: "harvest", mode: "lexical", path: "nosuch" };
  expect((await client.call("search_documents", args)).body).toMatchObject({
    letThrough: 0,
    filterNote: `${none}none fits path "nosuch".`,
  });
});

test("a filter with a slip is answered with what there is that is most like it", async () => {
  using folder = new TempFolder().write({
    "a.md": "---\ntype: recipe\nstatus: active\ntags: [people, work]\n---\n# A\n\nHarvest.\n",
  });
  await init(folder);
  const note = async (...args: string[]) =>
    (await amalfaJson<Found>(["search", "--mode", "lexical", ...args, "harvest"], { cwd: folder.path }))
      .document.filterNote;
  for (const [filter, value, meant] of [
    ["where", "stauts=active", '"status=active"'],
    ["where", "status=actve", '"status=active"'],
    ["type", "recipes", '"recipe"'],
    ["tag", "poeple", '"people"'],
    ["tag", "people,work", '"people" and "work", each by itself'],
  ] as const)
    expect(await note(`--${filter}`, value)).toEndWith(
      `: none fits ${filter} "${value}" (did you mean ${meant}?).`,
    );
  expect(await note("--where", "zzz=active")).toEndWith(': none fits where "zzz=active".');
  const long = "x".repeat(10_000);
  for (const filter of [`zzz=${long}`, `status=${long}`])
    expect(String(await note("--where", filter)).length).toBeLessThan(1_000);
});

test("only documents that look like what was asked for are named instead of it", async () => {
  using folder = new TempFolder().write({
    "soil/worms.md": "# W\n",
    "soil/compost-heap.md": "# C\n",
    "plan/season-of-storms.md": "# S\n",
    "plan/reading-notes.md": "# R\n",
  });
  await init(folder);
  const hint = (typed: string) => hintIn(folder, "read", typed);
  expect(await hint("wormz.md")).toBe("Did you mean soil/worms.md?");
  expect(await hint("soil/worm.md")).toBe("Did you mean soil/worms.md?");
  expect(await hint("earth/worms2.md")).toBe("Did you mean soil/worms.md?");
  expect(await hint("compost.md")).toBe("Did you mean soil/compost-heap.md?");
  for (const other of ["nowhere.md", "notes/reasons.md", "storage.md", "x.md", "heading.md"])
    expect([other, await hint(other)]).toEqual([other, expect.not.stringContaining("Did you mean")]);
});

test("a folder that is asked for is said to be one, with its documents", async () => {
  using folder = new TempFolder().write({
    "meetings/2024-01-01.md": "# One\n",
    "meetings/2024-01-02.md": "# Two\n",
    "tech/meetings-kept.md": "# K\n",
    "tech/old/a.md": "# A\n",
    "garden/beds/a.md": "# B\n",
    "house/beds/b.md": "# C\n",
  });
  await init(folder);
  const hint = (command: string, typed: string) => hintIn(folder, command, typed);
  const meetings = "meetings is a folder with 2 documents: meetings/2024-01-01.md, meetings/2024-01-02.md.";
  for (const command of ["read", "explore"])
    for (const typed of ["meetings", "meetings/", "./meetings"])
      expect([command, typed, await hint(command, typed)]).toEqual([command, typed, meetings]);
  expect(await hint("read", "old")).toBe("tech/old is a folder with one document: tech/old/a.md.");
  // Two folders are called so: neither is meant more than the other.
  expect(await hint("read", "beds")).not.toContain("is a folder");
});

test("init names front matter that cannot be read, with its line, once, and takes the document in", async () => {
  using folder = new TempFolder().write({
    "bad.md": "---\ntitle: fine\ntags: [a, b\nnext: 'x'y\n---\n# Bad\n\nA quagga.\n",
    "list.md": "---\n{title: x\n---\n# List\n",
    "good.md": "---\ntitle: Good\n---\n",
  });
  const at = { cwd: folder.path };
  const dry = await amalfa(["init", "--dry-run"], at);
  expect(dry.stdout).toContain("The front matter of 2 documents has faults; the rest would be ingested");
  const { status, stdout } = await amalfa(["init"], at);
  expect(status).toBe(0);
  expect(stdout).toContain("The front matter of 2 documents has faults; the rest is in the graph:");
  expect(stdout).toMatch(/\n {2}bad\.md:[345] +\S/);
  expect(stdout).toMatch(/\n {2}list\.md:[23] +\S/);
  expect((await amalfa(["init"], at)).stdout).not.toContain("front matter");
  const found = await amalfaJson<Found>(["search", "--mode", "lexical", "quagga"], at);
  expect(found.document.results).toMatchObject([{ id: "bad.md" }]);
  const forced = await amalfaJson<{ frontMatter: unknown[] }>(["init", "--force"], at);
  expect(forced.document.frontMatter).toMatchObject([{ path: "bad.md" }, { path: "list.md" }]);
});
