/** Vectors that a search computes for what was written a moment ago: few, and without keeping others waiting. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { createEmbedder, type Embedder } from "../../../src/embedding/index.ts";
import { countPending, openGraphToRead, openGraphToWrite } from "../../../src/graph/index.ts";
import { computePending, embedPending } from "../../../src/ingest/pending-vectors.ts";
import { FreshnessGuard } from "../../../src/knowledge/freshness/guard.ts";
import { GraphReader } from "../../../src/knowledge/graph-reader.ts";
import { requireModel } from "../../../src/project/index.ts";
import { loadProject } from "../../../src/project/load.ts";
import { amalfa, init } from "../../helpers/amalfa.ts";
import { NO_MODELS } from "../../helpers/embedding.ts";
import { type InstantBackend, instantBackend } from "../../helpers/instant-backend.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { CACHE, GRAPH } from "../../helpers/project-files.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

async function folderWithOnePending(): Promise<TempFolder> {
  const folder = new TempFolder();
  folder.write({ "a.md": "# Gardens\n\nA note on gardens.\n" });
  await init(folder);
  await writeNotes(folder, "heron", 1);
  return folder;
}

/** As another process brings them in: words and links, without vectors. */
async function writeNotes(folder: TempFolder, word: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) folder.write({ [`${word}${at}.md`]: `# ${word} ${at}\n\nA ${word}.\n` });
  await amalfa(["search", "--mode", "lexical", word], { cwd: folder.path });
}

function pendingIn(folder: TempFolder): number {
  using db = openGraphToRead(folder.join(GRAPH)).db;
  return countPending(db).chunks;
}

async function embedderFor(folder: TempFolder, backend: InstantBackend): Promise<Embedder> {
  const project = await loadProject({ root: folder.path, cwd: folder.path, models: [] });
  return createEmbedder({
    model: requireModel(project.settings.model),
    cachePath: folder.join(CACHE),
    modelsDirectory: NO_MODELS,
    startBackend: backend.start,
    onWarning: () => {},
  });
}

test("only what was computed before the lock was taken is written under it, whatever came meanwhile", async () => {
  using folder = await folderWithOnePending();
  const backend = instantBackend();
  await using embedder = await embedderFor(folder, backend);
  let came = 0;
  await computePending(folder.join(GRAPH), {
    embedder,
    atMost: 4,
    withLock: async (write) => {
      await writeNotes(folder, "otter", 15);
      came = pendingIn(folder) - 1;
      await write();
    },
  });
  expect(came).toBe(15);
  expect(backend.computed()).toBe(1);
  expect(pendingIn(folder)).toBe(came);
});

test("a search does not wait for the lock where only vectors are to be written", async () => {
  using folder = await folderWithOnePending();
  await using embedder = await embedderFor(folder, instantBackend());
  const project = await loadProject({ root: folder.path, cwd: folder.path, models: [] });
  using reader = new GraphReader(project);
  const guard = new FreshnessGuard({
    project,
    refresh: true,
    use: (work) => work(reader),
    openEmbedder: () => Promise.reject(new Error("nothing is brought in")),
    withWarm: (work) => work(embedder),
  });
  using holder = new Database(folder.join(".amalfa/runtime/maintenance.lock"));
  holder.run("BEGIN EXCLUSIVE");
  const began = performance.now();
  await guard.computeFew();
  // Whoever waits for the lock gives up after ten seconds.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(pendingIn(folder)).toBe(1);
  holder.run("ROLLBACK");
  await guard.computeFew();
  expect(pendingIn(folder)).toBe(0);
});

test("what does not fit into the graph as a whole goes there in parts, as far as it fits", async () => {
  using folder = await folderWithOnePending();
  const text = (at: number): string => `A heron stands in river ${at} and looks at fish. `.repeat(20);
  const sections = Array.from({ length: 300 }, (_, at) => `## Part ${at}\n\n${text(at)}\n`);
  folder.write({ "many.md": `# Many\n\n${sections.join("\n")}` });
  await amalfa(["search", "--mode", "lexical", "heron"], { cwd: folder.path });
  const before = pendingIn(folder);
  expect(before).toBeGreaterThan(300);
  await using embedder = await embedderFor(folder, instantBackend());
  using db = openGraphToWrite(folder.join(GRAPH));
  const [[pages] = []] = db.query("PRAGMA page_count").values();
  db.run(`PRAGMA max_page_count = ${Number(pages) + 80}`);
  const done = embedPending(db, { embedder, whenFull: "stop", onProgress: () => {} });
  await expect(done).rejects.toMatchObject({ code: "embedding.full" });
  const left = pendingIn(folder);
  expect(left).toBeLessThan(before - 64);
  expect(left).toBeGreaterThan(0);
  db.run("PRAGMA max_page_count = 1000000");
  await embedPending(db, { embedder, whenFull: "stop", onProgress: () => {} });
  expect(pendingIn(folder)).toBe(0);
});
