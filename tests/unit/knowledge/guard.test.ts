import { afterAll, beforeAll, expect, test } from "bun:test";
import { rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { FreshnessGuard } from "../../../src/knowledge/freshness/guard.ts";
import { GraphReader } from "../../../src/knowledge/graph-reader.ts";
import { loadProject } from "../../../src/project/load.ts";
import { init } from "../../helpers/amalfa.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { NOTES, notesFolder } from "../../helpers/notes.ts";
import type { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

useMadeUpModel();

let folder: TempFolder;
const OLD = new Date("2026-01-01");
const readers: GraphReader[] = [];

beforeAll(async () => {
  folder = notesFolder();
  // Files as young as the graph are read again each time.
  for (const name of Object.keys(NOTES)) utimesSync(folder.join(name), OLD, OLD);
  const isYoung = (name: string): boolean => Date.now() - statSync(folder.join(name)).ctimeMs < 200;
  await until(() => !Object.keys(NOTES).some(isYoung));
  await init(folder);
});

afterAll(() => {
  for (const reader of readers) reader[Symbol.dispose]();
  folder[Symbol.dispose]();
});

async function guardOf({ path: root }: TempFolder): Promise<FreshnessGuard> {
  const project = await loadProject({ root, cwd: root, models: [] });
  const reader = new GraphReader(project);
  readers.push(reader);
  return new FreshnessGuard({
    project,
    refresh: false,
    use: (work) => work(reader),
    openEmbedder: () => Promise.reject(new Error("nothing is brought in")),
  });
}

test("who came before the last walk began shares it, and who came later has one of their own (I13)", async () => {
  const guard = await guardOf(folder);
  const came = guard.walksBegun();
  const first = guard.check();
  expect((await first).freshness.state).toBe("current");
  folder.write({ "later.md": "# Later\n" });
  expect(guard.check([], came)).toBe(first);
  const { freshness } = await guard.check([], guard.walksBegun());
  expect(freshness).toMatchObject({ state: "behind", added: 1 });
  expect((await guard.check()).freshness).toMatchObject({ state: "behind", added: 1 });
  rmSync(folder.join("later.md"));
});

test("who asks for documents to be looked at first has a walk of their own", async () => {
  const guard = await guardOf(folder);
  const came = guard.walksBegun();
  const first = guard.check();
  await first;
  expect(guard.check(["README.md"], came)).not.toBe(first);
});

test("a check holds while all is as it was, and no longer (I13)", async () => {
  const guard = await guardOf(folder);
  const changes: readonly (readonly [name: string, make: () => unknown, undo: () => void])[] = [
    ["a note", () => folder.write({ "new.md": "# New\n" }), () => rmSync(folder.join("new.md"))],
    [
      "a folder",
      () => folder.write({ "a/b.md": "# B\n" }),
      () => rmSync(folder.join("a"), { recursive: true }),
    ],
    ["rules", () => folder.write({ ".gitignore": "soil/\n" }), () => rmSync(folder.join(".gitignore"))],
    ["a link", () => symlinkSync("README.md", folder.join("link.md")), () => rmSync(folder.join("link.md"))],
  ];
  let before = await guard.check();
  for (const [name, make, undo] of changes) {
    expect([name, (await guard.check()) === before]).toEqual([name, true]);
    make();
    const changed = await guard.check();
    expect([name, changed === before]).toEqual([name, false]);
    expect([name, changed.freshness.state]).toEqual([name, "behind"]);
    undo();
    before = await guard.check();
    expect([name, before.freshness.state]).toEqual([name, "current"]);
  }
  folder.write({ "soil/worms.md": "Worms have no heading here.\n\nThey like it damp and DARK.\n" });
  expect((await guard.check()).freshness).toMatchObject({ state: "behind", changed: 1 });
});
