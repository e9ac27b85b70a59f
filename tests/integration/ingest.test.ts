import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { amalfa, amalfaJson, CLI, type IngestDocument, init } from "../helpers/amalfa.ts";
import { graphRows } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { graphQuery, NOTES, notesFolder } from "../helpers/notes.ts";
import { WITHOUT_OVERRIDE } from "../helpers/privileges.ts";
import { GRAPH, removeDatabase } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const TIMEOUT = 300_000;

describe("init", () => {
  test(
    "a first, a second, and one with the database gone",
    async () => {
      using folder = notesFolder();
      const first = await init(folder);
      expect(first.status).toBe(0);
      expect(first.document.documents).toMatchObject({ found: 5, added: 5, unchanged: 0, failed: [] });
      expect(first.document.embedding.misses).toBe(first.document.embedding.texts);
      expect(first.document.embedding.modelLoaded).toBe(true);

      const second = await init(folder);
      expect(second.document.documents).toMatchObject({ found: 5, added: 0, changed: 0, unchanged: 5 });
      expect(second.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });

      removeDatabase(folder.join(GRAPH));
      const third = await init(folder);
      expect(third.document.documents.added).toBe(5);
      expect(third.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      expect(third.document.embedding.hits).toBe(first.document.embedding.texts);
    },
    TIMEOUT,
  );

  test(
    "a link whose file is gone goes as a file does, and is named",
    async () => {
      using folder = notesFolder();
      symlinkSync("soil/worms.md", folder.join("link.md"));
      expect((await init(folder)).document.graph.nodes).toBe(6);
      rmSync(folder.join("soil/worms.md"));
      const { status, document } = await init(folder);
      expect(status).toBe(3);
      expect(document.documents).toMatchObject({ removed: 2 });
      expect(document.documents.failed).toEqual([{ path: "link.md", error: "is a link to nothing" }]);
      expect(graphQuery(folder, "SELECT id FROM nodes WHERE id LIKE '%worms%' OR id = 'link.md'")).toEqual(
        [],
      );
    },
    TIMEOUT,
  );

  test(
    "edges of every kind, and unresolved links apart from them",
    async () => {
      using folder = notesFolder();
      const { document } = await init(folder);
      const edges = graphQuery(folder, "SELECT source, target, type FROM edges ORDER BY 1, 2, 3");
      expect(edges).toEqual([
        { source: "README.md", target: "plan/season.md", type: "link" },
        { source: "crops/tomatoes.md", target: "soil/compost.md", type: "depends_on" },
        { source: "plan/season.md", target: "crops/tomatoes.md", type: "embed" },
        { source: "plan/season.md", target: "crops/tomatoes.md", type: "related" },
        { source: "plan/season.md", target: "soil/compost.md", type: "link" },
        { source: "soil/compost.md", target: "README.md", type: "link" },
      ]);
      expect(graphQuery(folder, "SELECT source, target, line FROM unresolved_links")).toEqual([
        { source: "crops/tomatoes.md", target: "missing note", line: 5 },
      ]);
      expect(document.graph).toMatchObject({ nodes: 5, edges: 6, unresolvedLinks: 1 });
    },
    TIMEOUT,
  );

  test(
    "I12 names a known document whose permissions were taken away, though nothing else about it changed",
    async () => {
      using folder = notesFolder();
      const note = folder.join("soil/worms.md");
      const longAgo = new Date("2020-01-01T00:00:00Z");
      utimesSync(note, longAgo, longAgo);
      await init(folder);
      const rows = graphRows(folder.join(GRAPH));
      const initHere = () => {
        const command = [...WITHOUT_OVERRIDE, process.execPath, CLI, "--root", folder.path, "init", "--json"];
        const { exitCode, stdout } = Bun.spawnSync(command);
        return { status: exitCode, documents: (JSON.parse(stdout.toString()) as IngestDocument).documents };
      };
      chmodSync(note, 0);
      for (let round = 0; round < 2; round++) {
        expect(initHere()).toMatchObject({
          status: 3,
          documents: {
            found: 5,
            removed: 0,
            failed: [{ path: "soil/worms.md", error: "permission denied" }],
          },
        });
        expect(graphRows(folder.join(GRAPH))).toEqual(rows);
      }
      chmodSync(note, 0o600);
      expect(initHere()).toMatchObject({ status: 0, documents: { unchanged: 5, failed: [] } });
    },
    TIMEOUT,
  );

  test(
    "a dry run predicts the numbers of the real one and writes nothing",
    async () => {
      using folder = notesFolder();
      const before = Object.keys(NOTES);
      const fresh = await init(folder, "--dry-run");
      expect(await Array.fromAsync(new Bun.Glob("**").scan({ cwd: folder.path, dot: true }))).toHaveLength(
        before.length,
      );
      const real = await init(folder);
      expect(comparable(fresh.document)).toEqual(comparable(real.document));

      folder.write({
        "soil/worms.md": "# Worms\n\nNew text. [[compost]]\n",
        "soil/new.md": "Something new.\n",
      });
      rmSync(folder.join("README.md"));
      const rows = graphRows(folder.join(GRAPH));
      const predicted = await init(folder, "--dry-run");
      expect(graphRows(folder.join(GRAPH))).toEqual(rows);
      const done = await init(folder);
      expect(comparable(predicted.document)).toEqual(comparable(done.document));
      expect(done.document.documents).toMatchObject({ added: 1, changed: 1, removed: 1, unchanged: 3 });
    },
    TIMEOUT,
  );

  test(
    "deleted, renamed and emptied documents and removed links leave the graph as a fresh ingest makes it",
    async () => {
      using folder = notesFolder();
      await init(folder);
      rmSync(folder.join("soil/worms.md"));
      renameSync(folder.join("soil/compost.md"), folder.join("soil/heap.md"));
      folder.write({
        "README.md": "# Allotment\n\nNo links any more.\n",
        "crops/tomatoes.md": "",
        "crops/beans.md": "# Beans\n\n[[heap]]\n",
      });
      const { document } = await init(folder);
      expect(document.documents).toMatchObject({ added: 2, changed: 2, removed: 2, unchanged: 1 });
      using fresh = new TempFolder();
      for (const path of [
        "README.md",
        "plan/season.md",
        "crops/tomatoes.md",
        "crops/beans.md",
        "soil/heap.md",
      ]) {
        fresh.write({ [path]: await Bun.file(folder.join(path)).text() });
      }
      await init(fresh);
      expect(graphRows(folder.join(GRAPH))).toEqual(graphRows(fresh.join(GRAPH)));
    },
    TIMEOUT,
  );

  test(
    "a moved file, a renamed file and a paragraph on top of a long document cost 0, 0 and 1 to 2 inferences",
    async () => {
      using folder = notesFolder();
      const paragraphs = Array.from(
        { length: 60 },
        (_, i) => `Paragraph ${i} tells of ${"row ".repeat(i % 17)}and water.`,
      );
      const long = `# Long\n\n${paragraphs.join("\n\n")}\n`;
      folder.write({ "long.md": long });
      const first = await init(folder);
      expect(first.document.graph.chunks).toBeGreaterThan(8);
      mkdirSync(folder.join("elsewhere"));
      renameSync(folder.join("long.md"), folder.join("elsewhere/long.md"));
      const moved = await init(folder);
      expect(moved.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      renameSync(folder.join("elsewhere/long.md"), folder.join("elsewhere/renamed.md"));
      expect((await init(folder)).document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      folder.write({
        "elsewhere/renamed.md": long.replace("# Long\n\n", "# Long\n\nA new paragraph at the top.\n\n"),
      });
      const { misses } = (await init(folder)).document.embedding;
      expect([1, 2]).toContain(misses);
    },
    TIMEOUT,
  );

  test(
    "--force chunks every file again and ends in the same graph",
    async () => {
      using folder = notesFolder();
      await init(folder);
      const before = graphRows(folder.join(GRAPH));
      const forced = await init(folder, "--force");
      expect(forced.document.documents).toMatchObject({ unchanged: 5, changed: 0, added: 0 });
      expect(forced.document.embedding.hits).toBeGreaterThan(0);
      expect(graphRows(folder.join(GRAPH))).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "another model embeds everything again, and the first one's vectors are still cached",
    async () => {
      using folder = notesFolder();
      const first = await init(folder);
      const before = graphRows(folder.join(GRAPH));
      folder.write({ "amalfa.settings.json": '{"embeddings": {"model": "all-MiniLM-L6-v2-128"}}' });
      const other = await init(folder);
      expect(other.document.embedding.misses).toBe(other.document.embedding.texts);
      expect(other.document.embedding.model).not.toBe(first.document.embedding.model);
      rmSync(folder.join("amalfa.settings.json"));
      // The graph is asked by the model that made it, for as long as another one is only configured.
      const searched = await amalfaJson<{ results: unknown[] }>(["search", "compost"], { cwd: folder.path });
      expect(searched.document.results.length).toBeGreaterThan(0);
      const back = await init(folder);
      expect(back.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      expect(graphRows(folder.join(GRAPH))).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "works from any sub-directory and says when there is no markdown",
    async () => {
      using folder = notesFolder();
      await init(folder);
      const inside = await amalfaJson<IngestDocument & { root: string }>(["init"], {
        cwd: folder.join("soil"),
      });
      expect(inside.document).toMatchObject({ root: folder.path, documents: { found: 5, unchanged: 5 } });
      using empty = new TempFolder();
      const nothing = await amalfa(["init"], { cwd: empty.path });
      expect(nothing.status).toBe(0);
      expect(nothing.stdout).toContain("No markdown was found");
      // What was written of it proves itself.
      const looked = await amalfaJson<{ checks: { id: string; status: string }[] }>(["doctor", "--deep"], {
        cwd: empty.path,
      });
      expect(looked.document.checks.filter(({ status }) => status === "error")).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    "a change within the same instant as the last ingest is not missed",
    async () => {
      using folder = notesFolder();
      for (let round = 0; round < 3; round++) {
        writeFileSync(folder.join("soil/worms.md"), `Round ${round} of worms.\n`);
        await init(folder);
        const rows = graphQuery<{ text: string }>(
          folder,
          "SELECT text FROM chunks WHERE node = 'soil/worms.md'",
        );
        expect(rows).toEqual([{ text: `Round ${round} of worms.` }]);
      }
    },
    TIMEOUT,
  );
});

/** What a prediction must get right. */
function comparable({ documents, graph, embedding }: IngestDocument) {
  const { texts, hits, misses, model } = embedding;
  return { documents, graph, embedding: { texts, hits, misses, model } };
}

test("a link by title leads where the title is now, though only the other document has changed", async () => {
  using folder = new TempFolder().write({
    "a.md": "[[On compost]]\n",
    "1.md": "# On compost\n",
    "2.md": "# Worms\n",
  });
  const at = { cwd: folder.path };
  const linked = async (): Promise<string[]> => {
    const { document } = await amalfaJson<{ outgoing: { id: string }[] }>(["explore", "a.md"], at);
    return document.outgoing.map(({ id }) => id);
  };
  await amalfaJson(["init"], at);
  expect(await linked()).toEqual(["1.md"]);
  folder.write({ "1.md": "# Heaps\n" });
  expect(await linked()).toEqual([]);
  folder.write({ "2.md": "# On Compost\n" });
  expect(await linked()).toEqual(["2.md"]);
});
