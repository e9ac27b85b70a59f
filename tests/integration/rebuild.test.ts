/** `amalfa rebuild`: the graph, the cache, what refuses and who waits. */
import { Database } from "bun:sqlite";
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { loadProject } from "../../src/project/load.ts";
import { takeMaintenanceLock } from "../../src/project/lock/lock.ts";
import { amalfa, amalfaJson, type IngestDocument, startAmalfa, untilSaid } from "../helpers/amalfa.ts";
import { alterGraph } from "../helpers/doctor.ts";
import { graphDigest, graphRows } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import { CACHE, damageIndexSettings, GRAPH } from "../helpers/project-files.ts";
import { randomParagraph, randomSentence, randomWord, seeded } from "../helpers/random.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { failure, type RebuildDocument, rebuild, run, UNREADABLE } from "../helpers/rebuilding.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();

const TIMEOUT = 300_000;
setDefaultTimeout(TIMEOUT);

const ready = useReadyNotes();
/** Its graph's rows. */
let truth: ReturnType<typeof graphRows>;
beforeAll(() => {
  truth = graphRows(ready.folder.join(GRAPH));
});

describe("rebuild", () => {
  test(
    "of unchanged files computes nothing, loads no model and makes byte-identical tables",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      const before = graphRows(folder.join(GRAPH));
      const { status, document } = await rebuild(folder);
      expect(status).toBe(0);
      expect(document).toMatchObject({
        ok: true,
        dryRun: false,
        documents: { found: 5, unchanged: 5, added: 0, changed: 0, removed: 0, failed: [] },
        embedding: { misses: 0, modelLoaded: false },
        paused: [],
        quarantined: [],
      });
      // The checkpoint has left no log; reading, below, makes an empty one.
      expect(existsSync(folder.join(`${GRAPH}-wal`))).toBe(false);
      expect(graphRows(folder.join(GRAPH))).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "without .amalfa works like init",
    async () => {
      using folder = notesFolder();
      const { status, document } = await rebuild(folder);
      expect(status).toBe(0);
      expect(document.documents).toMatchObject({ added: 5, unchanged: 0 });
      const digest = graphDigest(folder.join(GRAPH));
      using other = notesFolder();
      await run(other, "init");
      expect(graphDigest(other.join(GRAPH))).toBe(digest);
    },
    TIMEOUT,
  );

  test(
    "--dry-run predicts what the real one reports, and writes nothing",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      folder.write({ "new.md": "# New\n\nA passage nobody has seen.\n", "soil/worms.md": "Other worms.\n" });
      rmSync(folder.join("plan/season.md"));
      const before = treeOf(folder.join(".amalfa")).filter((entry) => !/-(wal|shm)/.test(entry));
      const predicted = (await rebuild(folder, "--dry-run")).document;
      expect(treeOf(folder.join(".amalfa")).filter((entry) => !/-(wal|shm)/.test(entry))).toEqual(before);
      const { documents, graph, embedding } = (await rebuild(folder)).document;
      expect(documents).toMatchObject({ found: 5, unchanged: 3, added: 1, changed: 1, removed: 1 });
      expect(embedding).toMatchObject({ misses: 2 });
      expect(predicted).toMatchObject({
        dryRun: true,
        documents,
        graph,
        embedding: { texts: embedding.texts, hits: embedding.hits, misses: embedding.misses },
      });
    },
    TIMEOUT,
  );

  test(
    "--no-cache computes every vector and replaces the cached ones",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      const truth = graphDigest(folder.join(GRAPH));
      exchangeVectors(folder.join(CACHE));
      expect((await rebuild(folder)).document.embedding).toMatchObject({ misses: 0 });
      expect(graphDigest(folder.join(GRAPH))).not.toBe(truth);
      const { embedding } = (await rebuild(folder, "--no-cache")).document;
      expect(embedding).toMatchObject({ hits: 0, misses: embedding.texts, modelLoaded: true });
      expect(graphDigest(folder.join(GRAPH))).toBe(truth);
      expect((await rebuild(folder)).document.embedding).toMatchObject({ misses: 0 });
      expect(graphDigest(folder.join(GRAPH))).toBe(truth);
    },
    TIMEOUT,
  );

  test(
    "says when a document failed, and keeps what the graph knows of it",
    async () => {
      using folder = ready.copy().write(UNREADABLE);
      const predicted = await rebuild(folder, "--dry-run");
      const { status, document } = await rebuild(folder);
      expect(status).toBe(3);
      expect(predicted.document.graph).toEqual(document.graph);
      expect(document.documents.failed.map(({ path }) => path)).toEqual(["soil/worms.md"]);
      expect(document.graph.nodes).toBe(5);
    },
    TIMEOUT,
  );

  test(
    "makes a new file where the full-text index cannot even be opened",
    async () => {
      using folder = ready.copy();
      damageIndexSettings(folder.join(GRAPH));
      const { status, document } = await rebuild(folder);
      expect(status).toBe(0);
      expect(document.replacedBecause).toContain("invalid fts5 file format");
      expect(document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      expect(graphRows(folder.join(GRAPH))).toEqual(truth);
    },
    TIMEOUT,
  );

  test(
    "does what its plan falls back on where the rows cannot be replaced, and keeps the file that could not",
    async () => {
      using folder = ready.copy();
      // Nothing but writing shows it: an earlier graph in which an index of somebody else's has a name of ours.
      alterGraph(folder, "PRAGMA user_version = 3", "DROP INDEX edges_by_target");
      alterGraph(folder, "CREATE TABLE mine (x)", "CREATE INDEX edges_by_target ON mine (x)");
      const predicted = await rebuild(folder, "--dry-run");
      expect(predicted.document.plan.kind).toBe("replace rows");
      expect(predicted.document.quarantined).toEqual([]);
      const { status, document } = await rebuild(folder);
      expect(status).toBe(0);
      if (document.plan.kind !== "replace rows") throw new Error(`the plan was to ${document.plan.kind}`);
      const { fallback } = document.plan;
      expect(document.replacedBecause).toContain("index edges_by_target already exists");
      const present = fallback.moves
        .map(({ to }) => relative(folder.path, to))
        .filter((to) => existsSync(folder.join(to)));
      expect(present).toContain(document.quarantined[0] ?? "nothing");
      expect([...document.quarantined]).toEqual(present);
      using kept = new Database(folder.join(present[0] ?? ""), { readonly: true });
      expect(kept.query("SELECT name FROM sqlite_schema WHERE name = 'mine'").values()).toEqual([["mine"]]);
      expect(document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      expect(graphRows(folder.join(GRAPH))).toEqual(truth);
    },
    TIMEOUT,
  );

  test(
    "heals an index that disagrees with its table",
    async () => {
      using folder = ready.copy();
      alterGraph(folder, "INSERT INTO search_index (search_index) VALUES ('delete-all')");
      expect(graphRows(folder.join(GRAPH))).not.toEqual(truth);
      const { status } = await rebuild(folder);
      expect(status).toBe(0);
      expect(graphRows(folder.join(GRAPH))).toEqual(truth);
    },
    TIMEOUT,
  );
});

describe("I2 The cache is invisible", () => {
  test(
    "after 200 edits, 20 renames and 20 deletions a rebuild makes the tables of a fresh project",
    async () => {
      using folder = new TempFolder();
      const shared = JSON.stringify({ cache: { path: folder.join("vectors.sqlite") } });
      const [moving, fresh] = [folder.join("moving"), folder.join("fresh")];
      for (const root of [moving, fresh]) {
        mkdirSync(root);
        writeFileSync(join(root, "amalfa.settings.json"), shared);
      }
      writeState(moving, "first");
      const init = await amalfaJson<IngestDocument>(["init"], { cwd: moving });
      expect(init.document.documents.added).toBe(300);
      writeState(moving, "second");
      const { document } = await amalfaJson<RebuildDocument>(["rebuild"], { cwd: moving });
      expect(document.documents).toMatchObject({
        found: 280,
        unchanged: 60,
        changed: 200,
        added: 20,
        removed: 40,
      });
      writeState(fresh, "second");
      const { embedding } = (await amalfaJson<IngestDocument>(["init"], { cwd: fresh })).document;
      expect(embedding.misses).toBe(0);
      expect(graphRows(join(moving, GRAPH))).toEqual(graphRows(join(fresh, GRAPH)));
      writeState(moving, "first");
      const back = (await amalfaJson<RebuildDocument>(["rebuild"], { cwd: moving })).document;
      expect(back.embedding).toMatchObject({ misses: 0, modelLoaded: false });
    },
    TIMEOUT,
  );
});

/** 300 documents with links among them; the second state edits 200 of them, renames 20 and deletes 20. */
function writeState(root: string, state: "first" | "second"): void {
  rmSync(join(root, "notes"), { recursive: true, force: true });
  mkdirSync(join(root, "notes"));
  for (let index = 0; index < 300; index++) {
    const random = seeded(index);
    const links = `[[note-${random.between(0, 299)}]] and [that](note-${random.between(0, 299)}.md#${randomWord(random)})`;
    const text = `# ${randomWord(random)} ${index}\n\n${randomSentence(random)} ${links}\n`;
    if (state === "second" && index >= 280) continue;
    const renamed = state === "second" && index >= 260;
    const edited = state === "second" && index < 200;
    const name = renamed ? `moved-${index}.md` : `note-${index}.md`;
    writeFileSync(
      join(root, "notes", name),
      edited ? `${text}\nEdited: ${randomWord(random)} [[moved-${260 + (index % 20)}]].\n` : text,
    );
  }
}

/** Puts the vectors of two rows into each other's place, with checksums that fit: the cache cannot know. */
function exchangeVectors(path: string): void {
  using db = new Database(path);
  const rows = db
    .query<{ key: string; vector: Uint8Array }, []>("SELECT key, vector FROM cache ORDER BY key LIMIT 2")
    .all();
  const [first, second] = rows as [(typeof rows)[number], (typeof rows)[number]];
  for (const [key, vector] of [
    [first.key, second.vector],
    [second.key, first.vector],
  ] as const) {
    const checksum = Bun.hash.crc32(vector, Number.parseInt(key.slice(0, 8), 16));
    db.run("UPDATE cache SET vector = ?, checksum = ? WHERE key = ?", [vector, checksum, key]);
  }
}

describe("I11 A vanished source does not wipe the memory", () => {
  test(
    "rebuild refuses when most documents are gone, and leaves the graph as it is",
    async () => {
      using folder = notesFolder();
      await run(folder, "init");
      const before = graphDigest(folder.join(GRAPH));
      for (const name of ["crops", "soil", "plan"]) renameSync(folder.join(name), folder.join(`.${name}`));
      expect(await failure(folder)).toMatchObject({ status: 1, code: "ingest.refused" });
      expect(graphDigest(folder.join(GRAPH))).toBe(before);
      const { document } = await rebuild(folder, "--allow-empty");
      expect(document.documents).toMatchObject({ found: 1, removed: 4 });
    },
    TIMEOUT,
  );
});

describe("the maintenance lock", () => {
  test(
    "a second command says for whom it waits, gives up after --wait with 4, and goes on when it is free",
    async () => {
      using folder = notesFolder();
      const { paths } = await loadProject({ root: folder.path, cwd: folder.path });
      const lock = await takeMaintenanceLock(paths, { command: "init", waitSeconds: 0 });
      const { status, stderr } = await amalfa(["rebuild", "--wait", "0.2"], { cwd: folder.path });
      expect(status).toBe(4);
      expect(stderr).toMatch(
        new RegExp(
          `waiting for \`amalfa init\` \\(process ${process.pid}, since \\d{4}-\\d\\d-\\d\\dT.*Z\\)`,
        ),
      );
      expect(await failure(folder, "--wait", "0")).toMatchObject({ status: 4, code: "lock.held" });
      const waiting = startAmalfa(["rebuild", "--json", "--wait", "60"], { cwd: folder.path });
      await untilSaid(waiting, "waiting for `amalfa init`");
      expect(waiting.exitCode).toBeNull();
      lock[Symbol.dispose]();
      expect(await waiting.exited).toBe(0);
    },
    TIMEOUT,
  );

  test(
    "is free as soon as its holder is killed",
    async () => {
      using folder = notesFolder();
      for (let i = 0; i < 300; i++) folder.write({ [`many/${i}.md`]: randomParagraph(seeded(i)) });
      const first = startAmalfa(["rebuild", "--json"], { cwd: folder.path });
      await until(() => existsSync(folder.join(".amalfa/runtime/maintenance.lock.holder")));
      first.kill("SIGKILL");
      await first.exited;
      expect((await rebuild(folder, "--dry-run")).status).toBe(0);
      expect((await run(folder, "init", "--wait", "0")).status).toBe(0);
    },
    TIMEOUT,
  );
});
