/** What people are told beside results is true, and says what to do. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { amalfa, amalfaJson, type ErrorDocument, init } from "../helpers/amalfa.ts";
import { McpClient } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(120_000);

interface Found {
  readonly results: readonly unknown[];
  readonly letThrough?: number;
}

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

test("only documents that look like what was asked for are named instead of it", async () => {
  using folder = new TempFolder().write({
    "soil/worms.md": "# W\n",
    "soil/compost-heap.md": "# C\n",
    "plan/season-of-storms.md": "# S\n",
    "plan/reading-notes.md": "# R\n",
  });
  await init(folder);
  const hint = async (typed: string) =>
    (await amalfaJson<ErrorDocument>(["read", typed], { cwd: folder.path })).document.error.hint;
  expect(await hint("wormz.md")).toBe("Did you mean soil/worms.md?");
  expect(await hint("soil/worm.md")).toBe("Did you mean soil/worms.md?");
  expect(await hint("earth/worms2.md")).toBe("Did you mean soil/worms.md?");
  expect(await hint("compost.md")).toBe("Did you mean soil/compost-heap.md?");
  for (const other of ["nowhere.md", "notes/reasons.md", "storage.md", "x.md", "heading.md"])
    expect([other, await hint(other)]).toEqual([other, expect.not.stringContaining("Did you mean")]);
});

test("init names front matter that cannot be read, with its line, once, and takes the document in", async () => {
  using folder = new TempFolder().write({
    "bad.md": "---\ntitle: fine\ntags: [a, b\nnext: 'x'y\n---\n# Bad\n\nA quagga.\n",
    "list.md": "---\n{title: x\n---\n# List\n",
    "good.md": "---\ntitle: Good\n---\n",
  });
  const at = { cwd: folder.path };
  const dry = await amalfa(["init", "--dry-run"], at);
  expect(dry.stdout).toContain("The front matter of 2 documents cannot be read; the rest would be ingested");
  const { status, stdout } = await amalfa(["init"], at);
  expect(status).toBe(0);
  expect(stdout).toContain("The front matter of 2 documents cannot be read; the rest is in the graph:");
  expect(stdout).toMatch(/\n {2}bad\.md:[345] +\S/);
  expect(stdout).toMatch(/\n {2}list\.md:[23] +\S/);
  expect((await amalfa(["init"], at)).stdout).not.toContain("front matter");
  const found = await amalfaJson<Found>(["search", "--mode", "lexical", "quagga"], at);
  expect(found.document.results).toMatchObject([{ id: "bad.md" }]);
  const forced = await amalfaJson<{ frontMatter: unknown[] }>(["init", "--force"], at);
  expect(forced.document.frontMatter).toMatchObject([{ path: "bad.md" }, { path: "list.md" }]);
});
