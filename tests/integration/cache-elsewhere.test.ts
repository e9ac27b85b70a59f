import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync } from "node:fs";
import { amalfaJson, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import { alterCache, cacheRows } from "../helpers/embedding.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { NOTES, notesFolder } from "../helpers/notes.ts";
import { CACHE, GRAPH } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

useMadeUpModel();

// Many processes one after the other; how long that takes says nothing here.
setDefaultTimeout(300_000);

const ready = useReadyNotes();

async function json<Document>(folder: TempFolder, ...args: string[]) {
  return amalfaJson<Document>(args, { cwd: folder.path });
}

describe("Carrying a cache to another place", () => {
  test("an export imported in a clone makes its first init run with 0 misses and no model loaded", async () => {
    using folder = ready.copy();
    using clone = notesFolder();
    const file = clone.join("vectors.amalfa");
    expect((await json(folder, "cache", "export", file)).status).toBe(0);
    expect((await json<ErrorDocument>(folder, "cache", "export", file)).status).toBe(2);
    const imported = await json(clone, "cache", "import", file);
    expect(imported.document).toMatchObject({ ok: true, added: ready.texts, kept: 0 });
    const { document } = await json<IngestDocument>(clone, "init");
    expect(document.embedding).toMatchObject({
      texts: ready.texts,
      hits: ready.texts,
      misses: 0,
      modelLoaded: false,
    });
    expect(graphDigest(clone.join(GRAPH))).toEqual(graphDigest(folder.join(GRAPH)));
  });

  test("a model that the cache has no rows of is refused, and a stamp that no time has is no obstacle", async () => {
    using folder = ready.copy();
    const file = folder.join("vectors.amalfa");
    const refused = await json<ErrorDocument>(folder, "cache", "export", "--model", "nope", file);
    expect([refused.status, refused.document.error.code]).toEqual([2, "cache.model"]);
    expect(existsSync(file)).toBe(false);
    alterCache(folder.join(CACHE), "UPDATE cache SET last_used = 9223372036854775807");
    const { document } = await json(folder, "cache", "export", "--model", "all-MiniLM-L6-v2", file);
    expect(document).toMatchObject({ ok: true, entries: ready.texts });
  });

  test("I1 an export is written over an earlier export and over nothing else", async () => {
    using folder = ready.copy();
    folder.write({ "notes.txt": "mine\n", "there/a.txt": "mine\n", empty: "" });
    const before = treeOf(folder.path);
    const refused = [
      CACHE,
      GRAPH,
      `${GRAPH}-wal`,
      ".amalfa/runtime/maintenance.lock",
      ".amalfa/new",
      "README.md",
      "new.md",
      "amalfa.settings.json",
      "notes.txt",
      "there",
      "/dev/null",
      "nowhere/vectors.amalfa",
    ];
    for (const file of refused) {
      const { status, document } = await json<ErrorDocument>(folder, "cache", "export", "--force", file);
      expect([file, status, document.error.code]).toEqual([file, 2, "archive.place"]);
    }
    expect(treeOf(folder.path)).toEqual(before);
    folder.write({ "amalfa.settings.json": '{ "cache": { "path": "vectors.sqlite" } }' });
    cpSync(folder.join(CACHE), folder.join("vectors.sqlite"));
    for (const file of ["vectors.sqlite", "vectors.sqlite-wal"]) {
      const { document } = await json<ErrorDocument>(folder, "cache", "export", "--force", file);
      expect([file, document.error.code]).toEqual([file, "archive.place"]);
    }
    for (const file of ["vectors.sqlite.amalfa", "vectors.amalfa", "empty"]) {
      expect((await json(folder, "cache", "export", file)).status).toBe(0);
      const again = await json<ErrorDocument>(folder, "cache", "export", file);
      expect([again.status, again.document.error.code]).toEqual([2, "archive.exists"]);
      expect((await json(folder, "cache", "export", "--force", file)).status).toBe(0);
    }
  });

  test("with --own an export has what the project's passages need, and nothing that was searched for", async () => {
    using folder = ready.copy();
    await json(folder, "search", "a secret question");
    expect((await json(folder, "cache", "export", "all.amalfa")).document).toMatchObject({
      entries: ready.texts + 1,
    });
    expect((await json(folder, "cache", "export", "--own", "own.amalfa")).document).toMatchObject({
      entries: ready.texts,
      skipped: 0,
    });
  });

  test("an import of another model's vectors, of a missing and of a damaged file is refused", async () => {
    using folder = ready.copy();
    const file = folder.join("vectors.amalfa");
    await json(folder, "cache", "export", file);
    using other = notesFolder().write({
      "amalfa.settings.json": JSON.stringify({ embeddings: { model: "all-MiniLM-L6-v2-128" } }),
    });
    const foreign = await json<ErrorDocument>(other, "cache", "import", file);
    expect([foreign.status, foreign.document.error.code]).toEqual([1, "archive.models"]);
    const missing = await json<ErrorDocument>(other, "cache", "import", folder.join("nothing"));
    expect([missing.status, missing.document.error.code]).toEqual([2, "archive.unreadable"]);
    expect(existsSync(other.join(".amalfa"))).toBe(false);
    const any = await json(other, "cache", "import", "--any-model", file);
    expect(any.document).toMatchObject({ added: ready.texts });
  });
});

describe("A shared cache outside the project", () => {
  test("serves several projects, is pruned by age only, and reset leaves it alone and says so", async () => {
    using folder = new TempFolder();
    const cache = folder.join("shared/vectors.sqlite");
    const projects = ["one", "two"].map((name) => {
      const files = Object.entries(NOTES).map(([path, text]) => [`${name}/${path}`, text] as const);
      folder.write({
        ...Object.fromEntries(files),
        [`${name}/amalfa.settings.json`]: JSON.stringify({ cache: { path: "../shared/vectors.sqlite" } }),
      });
      return { cwd: folder.join(name) };
    });
    const [one, two] = projects as [{ cwd: string }, { cwd: string }];
    const first = await amalfaJson<IngestDocument>(["init"], one);
    const second = await amalfaJson<IngestDocument>(["init"], two);
    expect([first.document.embedding.misses, second.document.embedding.misses]).toEqual([ready.texts, 0]);

    const orphans = await amalfaJson<ErrorDocument>(["cache", "prune", "--orphans"], two);
    expect([orphans.status, orphans.document.error.code]).toEqual([2, "cache.shared"]);

    const reset = await amalfaJson<{ kept: string[] }>(["reset", "--yes"], one);
    expect(reset.status).toBe(0);
    expect(reset.document.kept).toContain(cache);
    expect(existsSync(folder.join("one/.amalfa"))).toBe(false);
    expect(cacheRows(cache).length).toBe(ready.texts);
    const again = await amalfaJson<IngestDocument>(["init"], one);
    expect(again.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
  });
});

test("I14 A folder is data: its settings throw nothing away that is in the cache of another project", async () => {
  using folder = ready.copy();
  using clone = new TempFolder().write({ "a.md": "# Alpha\n\nNew words of a clone.\n" });
  alterCache(folder.join(CACHE), "UPDATE cache SET last_used = 1000");
  const before = cacheRows(folder.join(CACHE)).length;
  clone.write({
    "amalfa.settings.json": JSON.stringify({
      cache: { path: folder.join(CACHE), maxAge: "1min", maxBytes: "1MiB" },
    }),
  });
  expect((await json(clone, "init")).status).toBe(0);
  expect(cacheRows(folder.join(CACHE)).length).toBeGreaterThan(before);
  for (const action of [["prune"], ["clear", "--yes"], ["compact"]]) {
    const refused = await json<ErrorDocument>(clone, "cache", ...action);
    expect([action, refused.status, refused.document.error.code]).toEqual([action, 2, "cache.shared"]);
  }
  expect(cacheRows(folder.join(CACHE)).length).toBeGreaterThan(before);
});
