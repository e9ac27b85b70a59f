import { afterAll, beforeAll, expect, test } from "bun:test";
import { FreshnessGuard } from "../../../src/knowledge/freshness/guard.ts";
import { GraphReader } from "../../../src/knowledge/graph-reader.ts";
import { loadProject } from "../../../src/project/load.ts";
import { init } from "../../helpers/amalfa.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { notesFolder } from "../../helpers/notes.ts";
import type { TempFolder } from "../../helpers/temp-folder.ts";

useMadeUpModel();

let folder: TempFolder;

beforeAll(async () => {
  folder = notesFolder();
  await init(folder);
});

afterAll(() => folder[Symbol.dispose]());

async function guardOf({ path: root }: TempFolder): Promise<FreshnessGuard> {
  const project = await loadProject({ root, cwd: root, models: [] });
  return new FreshnessGuard({
    project,
    refresh: false,
    use: (work) => {
      using reader = new GraphReader(project);
      return work(reader);
    },
    openEmbedder: () => Promise.reject(new Error("nothing is brought in")),
  });
}

test("who came before the last walk began shares it, and who came later has one of their own (I13)", async () => {
  const guard = await guardOf(folder);
  const came = performance.now();
  const first = guard.check();
  expect((await first).freshness.state).toBe("current");
  folder.write({ "later.md": "# Later\n" });
  expect(guard.check([], came)).toBe(first);
  const { freshness } = await guard.check([], performance.now());
  expect(freshness).toMatchObject({ state: "behind", added: 1 });
  expect((await guard.check()).freshness).toMatchObject({ state: "behind", added: 1 });
});

test("who asks for documents to be looked at first has a walk of their own", async () => {
  const guard = await guardOf(folder);
  const came = performance.now();
  const first = guard.check();
  await first;
  expect(guard.check(["README.md"], came)).not.toBe(first);
});
