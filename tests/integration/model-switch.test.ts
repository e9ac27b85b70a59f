/** Moving a project from one model to another and back. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { OpenProject } from "../../src/index.ts";
import { loadProject, MODELS } from "../../src/project/index.ts";
import type { ErrorDocument } from "../helpers/amalfa.ts";
import { cacheRows } from "../helpers/embedding.ts";
import { graphRows } from "../helpers/graph-rows.ts";
import { graphQuery } from "../helpers/notes.ts";
import { CACHE, GRAPH, removeDatabase, SETTINGS } from "../helpers/project-files.ts";
import { tinyModel } from "../helpers/tiny-model.ts";
import { DESCRIPTION, modelFolder, useTinyModels } from "../helpers/tiny-models.ts";

setDefaultTimeout(300_000);
const { added, amalfa, amalfaJson, folder, found, init } = useTinyModels();

describe("a switch", () => {
  test("is said beforehand, leaves the old graph in use, and back it costs nothing", async () => {
    await added();
    const first = await init();
    const rows = graphRows(folder().join(GRAPH));
    const use = await amalfaJson<{ cost: Record<string, unknown> }>("models", "use", "tiny");
    const { model, texts } = first.document.embedding;
    expect(use.document.cost).toMatchObject({ from: model, to: tinyModel().id, hits: 0, documents: 5 });
    // Asked by the model that made it, meanwhile; and a cache that somebody has emptied is no loss.
    expect((await found("hot heap", "--mode", "semantic")).results[0]?.id).toBe("soil/compost.md");
    removeDatabase(folder().join(CACHE));
    const there = await init();
    expect(there.stderr).toMatch(/the graph was made with all-MiniLM-L6-v2.*vectors to be computed by tiny/);
    expect(there.document.embedding).toMatchObject({
      model: tinyModel().id,
      misses: use.document.cost.texts,
    });
    expect(graphQuery(folder(), "SELECT DISTINCT length(vector) AS bytes FROM vectors")).toEqual([
      { bytes: 128 },
    ]);
    expect((await found("worms have no heading here", "--mode", "semantic")).results.length).toBeGreaterThan(
      0,
    );
    const back = await amalfaJson<{ cost: Record<string, unknown> }>("models", "use", "minilm");
    expect(back.document.cost).toMatchObject({ hits: texts, misses: 0, seconds: 0 });
    const again = await init();
    expect(again.document.embedding).toMatchObject({ misses: 0, hits: texts, modelLoaded: false });
    expect({ ...graphRows(folder().join(GRAPH)), meta: [] }).toEqual({ ...rows, meta: [] });
  });

  test("that is interrupted leaves the old graph, and goes on where it was", async () => {
    await added();
    const many = Array.from({ length: 700 }, (_, at) => [
      `many/${at}.md`,
      `# Note ${at}\n\nabout ${at * 7}\n`,
    ]);
    folder().write(Object.fromEntries(many));
    await amalfa("models", "use", "tiny");
    await init();
    const rows = graphRows(folder().join(GRAPH));
    using other = modelFolder(DESCRIPTION, { seed: 2 });
    await amalfa("models", "add", other.path, "--name", "other");
    await amalfa("models", "use", "other");
    const { path: root } = folder();
    await using project = new OpenProject(await loadProject({ root, cwd: root, models: MODELS }));
    const interruption = new AbortController();
    const ingesting = project.ingest({
      signal: interruption.signal,
      onProgress: (event) => {
        if (event.phase === "read" && event.computed > 0) interruption.abort();
      },
    });
    await expect(ingesting).rejects.toMatchObject({ code: "interrupted" });
    expect(graphRows(folder().join(GRAPH))).toEqual(rows);
    const { embedding } = (await init()).document;
    expect(embedding.hits).toBeGreaterThan(0);
    expect(embedding.misses).toBeLessThan(embedding.texts);
  });

  test("leaves a graph whose model is gone to be searched by words, and says so", async () => {
    await added();
    await amalfa("models", "use", "tiny");
    await init();
    expect((await amalfaJson<ErrorDocument>("models", "remove", "tiny")).document.error.code).toBe(
      "model.used",
    );
    expect((await amalfa("models", "remove", "tiny", "--force")).status).toBe(0);
    rmSync(folder().join(SETTINGS));
    expect((await found("compost", "--mode", "semantic")).error.code).toBe("graph.model");
    expect((await found("compost", "--mode", "lexical")).results.length).toBeGreaterThan(0);
    const { document } = await amalfaJson<{ checks: { findings: { message: string }[] }[] }>(
      "doctor",
      "--check",
      "graph.vectors",
    );
    expect(document.checks[0]?.findings.map(({ message }) => message).join()).not.toMatch(/0 dimensions/);
  });

  test("with prefixes keeps queries and passages apart", async () => {
    await added({ ...DESCRIPTION, prefixes: { query: "query: ", passage: "passage: " } });
    await amalfa("models", "use", "tiny");
    folder().write({ "alone.md": "worms" });
    await init();
    const passages = cacheRows(folder().join(CACHE)).length;
    await found("worms", "--mode", "semantic");
    expect(cacheRows(folder().join(CACHE))).toHaveLength(passages + 1);
    const deep = await amalfaJson<{ checks: { status: string }[] }>(
      "doctor",
      "--deep",
      "--check",
      "graph.vectors",
    );
    expect(deep.document.checks[0]?.status).toBe("ok");
  });
});
