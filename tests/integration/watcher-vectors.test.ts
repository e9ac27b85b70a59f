/** The watcher and new vectors: words first, and nothing is locked while they are computed. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, renameSync, rmSync } from "node:fs";
import type { InferenceBackend } from "../../src/embedding/inference/index.ts";
import { loadProject } from "../../src/project/load.ts";
import { takeMaintenanceLock, withMaintenanceLock } from "../../src/project/lock/lock.ts";
import { Watcher } from "../../src/services/watcher/watcher.ts";
import { amalfaJson, init } from "../helpers/amalfa.ts";
import { instantBackend } from "../helpers/instant-backend.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { graphQuery, notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

interface Found {
  readonly results: readonly { readonly id: string }[];
  readonly freshness: { readonly state: string };
  readonly pending?: { readonly chunks: number };
}

async function found(folder: TempFolder, word: string): Promise<Found> {
  const args = ["search", "--mode", "lexical", word];
  return (await amalfaJson<Found>(args, { cwd: folder.path })).document;
}

/** Notes that are ingested, and one that is not yet. */
async function withNewNote(): Promise<TempFolder> {
  const folder = notesFolder();
  await init(folder);
  return folder.write({ "first.md": "# Quagga\n\nA striped animal.\n" });
}

async function untilFindable(folder: TempFolder): Promise<void> {
  const isThere = () => graphQuery(folder, "SELECT id FROM nodes WHERE id = 'first.md'").length === 1;
  await until(isThere, { what: "the words of the note" });
}

/** A watcher in this process, whose model computes what it is asked once `gate` opens. */
async function watching(
  folder: TempFolder,
  gate: Promise<void>,
  startBackend?: () => Promise<InferenceBackend>,
) {
  const project = await loadProject({ root: folder.path, cwd: folder.path });
  const backend = instantBackend(() => gate);
  const ending = new AbortController();
  const log: string[] = [];
  const watcher = new Watcher({
    project,
    log: { path: "", write: (line) => void log.push(line) },
    stop: () => ending.abort(),
    loadProject: async () => project,
    withLock: ({ paths }, signal, work) =>
      withMaintenanceLock(paths, { command: "watcher", waitSeconds: 600, signal }, work),
    startBackend: startBackend ?? backend.start,
  });
  const running = watcher.run(ending.signal);
  return {
    project,
    log,
    watcher,
    computed: backend.computed,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await running;
    },
  };
}

test("what is written while it computes vectors is found at once, and both have theirs in the end", async () => {
  using folder = await withNewNote();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  await using watched = await watching(folder, gate);
  await untilFindable(folder);
  const first = await found(folder, "quagga");
  expect(first).toMatchObject({ results: [{ id: "first.md" }], pending: { chunks: 1 } });
  // Nothing is locked: others take the lock, and an answer brings in what was just written.
  (await takeMaintenanceLock(watched.project.paths, { command: "test", waitSeconds: 10 }))[Symbol.dispose]();
  folder.write({ "second.md": "# Okapi\n\nAnother one.\n" });
  const second = await found(folder, "okapi");
  expect(second).toMatchObject({ results: [{ id: "second.md" }], pending: { chunks: 2 } });
  expect(["current", "refreshed"]).toContain(second.freshness.state);
  expect(watched.computed()).toBe(0);
  open();
  await until(() => graphQuery(folder, "SELECT chunk FROM pending").length === 0, { what: "the vectors" });
  expect((await found(folder, "okapi")).pending).toBeUndefined();
});

test("a project that is moved away meanwhile is not made again at its old place", async () => {
  using folder = await withNewNote();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  await using watched = await watching(folder, gate);
  await untilFindable(folder);
  const elsewhere = `${folder.path}-elsewhere`;
  renameSync(folder.path, elsewhere);
  open();
  await until(() => watched.log.some((line) => line.includes("is gone")), { what: "the end of the batch" });
  const isMadeAgain = existsSync(folder.path);
  rmSync(folder.path, { recursive: true, force: true });
  renameSync(elsewhere, folder.path);
  expect(isMadeAgain).toBe(false);
});

test("what a search has left without a vector, it computes", async () => {
  using folder = await withNewNote();
  expect((await found(folder, "quagga")).pending).toMatchObject({ chunks: 1 });
  await using watched = await watching(folder, Promise.resolve());
  await until(() => watched.watcher.health().ready);
  expect((await found(folder, "quagga")).pending).toBeUndefined();
  expect(watched.computed()).toBe(1);
});

test("without a model words are brought in all the same, and it says what is lacking", async () => {
  using folder = notesFolder();
  await init(folder);
  folder.write({ "first.md": "# Quagga\n" });
  await using watched = await watching(folder, Promise.resolve(), async () => {
    throw new Error("there is no model");
  });
  await until(() => watched.watcher.health().lastError !== null);
  expect(await found(folder, "quagga")).toMatchObject({
    results: [{ id: "first.md" }],
    pending: { chunks: 1 },
  });
  expect(watched.watcher.health()).toMatchObject({
    status: "degraded",
    lastError: { message: expect.stringContaining("there is no model") },
  });
});
