/** `amalfa tags`, and filters by days that are counted from today. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { utimesSync } from "node:fs";
import { amalfa, amalfaJson, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

interface Tags {
  readonly tags: readonly { readonly tag: string; readonly documents: number }[];
  readonly documents: number;
}

test("tags are listed with their documents, the most used first, as the files have them now", async () => {
  using folder = new TempFolder().write({
    "a.md": "---\ntags: [boat, harbour/north]\n---\n# A\n",
    "b.md": "# B\n\nIt floats. #boat #harbour/south\n",
    "c.md": "# C\n\nNothing.\n",
  });
  expect((await init(folder)).status).toBe(0);
  const list = async (...args: string[]): Promise<Tags> =>
    (await amalfaJson<Tags>(["tags", ...args], { cwd: folder.path })).document;
  expect(await list()).toMatchObject({
    ok: true,
    documents: 2,
    tags: [
      { tag: "boat", documents: 2 },
      { tag: "harbour/north", documents: 1 },
      { tag: "harbour/south", documents: 1 },
    ],
    freshness: { state: "current" },
  });
  folder.write({ "c.md": "---\ntags: [Harbour/north]\n---\n# C\n" });
  expect(await list("#HARBOUR/n")).toMatchObject({ documents: 2, tags: [{ documents: 2 }] });
  const { stdout } = await amalfa(["tags"], { cwd: folder.path });
  expect(stdout).toContain("3 tags on 3 documents");
  expect((await amalfa(["tags", "zebra"], { cwd: folder.path })).stdout).toContain("No tags");
});

test("a search may ask for the last days", async () => {
  using folder = new TempFolder().write({ "new.md": "# New quagga\n", "old.md": "# Old quagga\n" });
  const days = (count: number): number => Date.now() / 1_000 - count * 86_400;
  utimesSync(folder.join("old.md"), days(40), days(40));
  expect((await init(folder)).status).toBe(0);
  const found = async (...filters: string[]): Promise<string[]> => {
    const { document } = await amalfaJson<{ results: { id: string }[] }>(
      ["search", "--mode", "lexical", ...filters, "quagga"],
      { cwd: folder.path },
    );
    return document.results.map(({ id }) => id).sort();
  };
  for (const since of ["7d", "2w", "1mo", "yesterday"])
    expect(await found("--since", since)).toEqual(["new.md"]);
  expect(await found("--since", "1y")).toEqual(["new.md", "old.md"]);
  expect(await found("--until", "3w")).toEqual(["old.md"]);
});

test("a note has its day however soon after it was written it is brought in", async () => {
  using folder = new TempFolder().write({ "new.md": "# New quagga\n", "old.md": "# Old quagga\n" });
  const old = Date.now() / 1_000 - 40 * 86_400;
  utimesSync(folder.join("old.md"), old, old);
  expect((await init(folder)).status).toBe(0);
  // As they are where the files are so young that they are read again.
  using db = new Database(folder.join(GRAPH));
  db.run("UPDATE file_stats SET mtime_ms = -abs(mtime_ms)");
  const { document } = await amalfaJson<{ results: { id: string }[] }>(
    ["search", "--mode", "lexical", "--no-refresh", "--since", "7d", "quagga"],
    { cwd: folder.path },
  );
  expect(document.results.map(({ id }) => id)).toEqual(["new.md"]);
});
