/** `amalfa models`, and moving a project from one model to another and back. */
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenProject } from "../../src/index.ts";
import { loadProject, MODELS } from "../../src/project/index.ts";
import {
  type ErrorDocument,
  type IngestDocument,
  amalfa as run,
  amalfaJson as runJson,
} from "../helpers/amalfa.ts";
import { cacheRows } from "../helpers/embedding.ts";
import { graphRows } from "../helpers/graph-rows.ts";
import { TestHub } from "../helpers/hub.ts";
import { graphQuery, notesFolder } from "../helpers/notes.ts";
import { CACHE, GRAPH, removeDatabase, SETTINGS } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { tinyModel, tinyModelFiles } from "../helpers/tiny-model.ts";

setDefaultTimeout(300_000);

const MINI_LM = "all-MiniLM-L6-v2";
const ONNX = "onnx/model_quantized.onnx";

let models: TempFolder;
let folder: TempFolder;
const before = process.env.AMALFA_MODELS;

beforeEach(() => {
  models = new TempFolder();
  process.env.AMALFA_MODELS = models.path;
  folder = notesFolder();
});

afterEach(() => {
  folder[Symbol.dispose]();
  models[Symbol.dispose]();
  if (before === undefined) delete process.env.AMALFA_MODELS;
  else process.env.AMALFA_MODELS = before;
});

const amalfa = (...args: string[]) => run(args, { cwd: folder.path });
const amalfaJson = <Document>(...args: string[]) => runJson<Document>(args, { cwd: folder.path });
const init = () => amalfaJson<IngestDocument>("init");
const found = async (...args: string[]) =>
  (await amalfaJson<{ results: { id: string }[] } & ErrorDocument>("search", ...args)).document;

const DESCRIPTION = { pooling: "mean", dimensions: 32, maxTokens: 64 };

/** A folder of a model, as somebody might have it. */
function modelFolder(description: object | undefined = DESCRIPTION, shape = {}): TempFolder {
  const made = new TempFolder().write(tinyModelFiles(shape));
  if (description !== undefined) made.write({ "amalfa-model.json": JSON.stringify(description) });
  return made;
}

async function added(description: object = DESCRIPTION, shape = {}): Promise<void> {
  using source = modelFolder(description, shape);
  const { status, stderr } = await amalfa("models", "add", source.path, "--name", "tiny");
  if (status !== 0) throw new Error(stderr);
}

interface Listed {
  readonly models: { name: string; state: string; configured: boolean; id: string | null }[];
}

describe("models", () => {
  test("are listed, described, checked and removed", async () => {
    await added();
    const { document } = await amalfaJson<Listed>("models", "list");
    const states = Object.fromEntries(document.models.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ [MINI_LM]: "bundled", "gte-small": "available", tiny: "added" });
    expect(document.models.filter(({ configured }) => configured).map(({ name }) => name)).toEqual([MINI_LM]);
    const info = await amalfaJson<{ name: string; id: string; dimensions: number }>("models", "info", "tiny");
    expect(info.document).toMatchObject({ name: "tiny", id: tinyModel().id, dimensions: 32 });
    const known = await amalfaJson<{ name: string }>("models", "info", "Xenova/multilingual-e5-small");
    expect(known.document).toMatchObject({
      name: "multilingual-e5-small",
      id: null,
      prefixes: { query: "query: ", passage: "passage: " },
    });
    expect((await amalfaJson("models", "verify")).status).toBe(0);
    models.write({ "tiny/tokenizer.json": "{}", "stray/file": "x" });
    const wrong = await amalfaJson<{ models: { name: string; state: string }[] }>("models", "verify");
    expect(wrong.status).toBe(1);
    const problems = wrong.document.models.filter(({ state }) => state !== "ok");
    expect(problems.map(({ name, state }) => [name, state])).toEqual([
      ["stray", "unknown"],
      ["tiny", "damaged"],
    ]);
    expect((await amalfaJson("models", "remove", "tiny")).status).toBe(0);
    expect(existsSync(models.join("tiny"))).toBe(false);
    const kept = await amalfaJson<ErrorDocument>("models", "remove", "minilm");
    expect(kept.document.error.code).toBe("model.used");
    const nothing = await amalfaJson<ErrorDocument>("models", "remove", "../x");
    expect(nothing.document.error.code).toBe("model.name");
  });

  test.each([
    ["no description", undefined, {}, "model.unusable", 2],
    ["a description of something else", { dimensions: 32 }, {}, "model.unusable", 2],
    ["other dimensions than it says", { ...DESCRIPTION, dimensions: 64 }, {}, "model.unusable", 1],
    ["inputs that nobody has", DESCRIPTION, { inputs: ["input_ids", "pixels"] }, "model.unusable", 1],
    ["weights outside of it", { ...DESCRIPTION, onnx: "../model.onnx" }, {}, "model.unusable", 2],
  ] as const)("are not taken in with %s", async (_, description, shape, code, status) => {
    using source = new TempFolder().write(tinyModelFiles(shape));
    if (description !== undefined) source.write({ "amalfa-model.json": JSON.stringify(description) });
    const refused = await amalfaJson<ErrorDocument>("models", "add", source.path, "--name", "tiny");
    expect([refused.document.error.code, refused.status]).toEqual([code, status]);
    expect(existsSync(models.join("tiny"))).toBe(false);
  });

  test("of the catalogue are taken in from a folder by their names, if they are what they should be", async () => {
    using source = modelFolder(undefined, { dimensions: 384 });
    const { document } = await amalfaJson<{ name: string }>(
      "models",
      "add",
      source.path,
      "--name",
      "bge-small",
    );
    expect(document.name).toBe("bge-small-en-v1.5");
    const other = await amalfaJson<ErrorDocument>("models", "add", source.path, "--name", "gte-small");
    expect(other.document.error).toMatchObject({ code: "model.digest" });
    // A record that comes with it vouches for what it says.
    models.write({ "bge-small-en-v1.5/tokenizer_config.json": '{"other": 1}' });
    const copied = await amalfaJson<ErrorDocument>(
      "models",
      "add",
      models.join("bge-small-en-v1.5"),
      "--name",
      "mine",
    );
    expect(copied.document.error).toMatchObject({ code: "model.digest" });
  });

  test("are pulled through a proxy, and the token is printed nowhere", async () => {
    const files = tinyModelFiles({ dimensions: 384 });
    await using hub = await TestHub.start({ ...files, [ONNX]: files["onnx/model.onnx"]! });
    // It speaks to the hub in the name of whoever asks, and sees the whole address.
    const seen: string[] = [];
    const proxy = createServer(async (request, response) => {
      seen.push(request.url ?? "");
      const answer = await fetch(new URL(new URL(request.url ?? "").pathname, hub.url), {
        headers: { authorization: request.headers.authorization ?? "" },
      });
      response.writeHead(answer.status, { "content-length": answer.headers.get("content-length") ?? "0" });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    try {
      const env = {
        HF_ENDPOINT: "http://hub.invalid",
        HF_TOKEN: "hf_secret",
        HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        NO_PROXY: "",
        no_proxy: "",
      };
      const args = ["--json", "--verbose", "models", "pull", "arctic-embed-xs"];
      const { status, stdout, stderr } = await run(args, { cwd: folder.path, env });
      expect([status, stderr]).toEqual([0, stderr]);
      expect(seen.every((url) => url.startsWith("http://hub.invalid/Snowflake/"))).toBe(true);
      expect(hub.requests.map(({ authorization }) => authorization)).toEqual(
        Array(3).fill("Bearer hf_secret"),
      );
      expect(stdout + stderr).not.toContain("hf_secret");
      expect(readFileSync(models.join("snowflake-arctic-embed-xs/amalfa-model.json"), "utf8")).not.toContain(
        "hf_",
      );
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe("settings", () => {
  test("keep everything but the model's name, whose dimensions are made to fit", async () => {
    await added();
    const text =
      '{\r\n\t"sources": ["."],\r\n\t"embeddings": { "dimensions": 768, "model": "bge-m3" }\r\n}\r\n';
    folder.write({ [SETTINGS]: text });
    const wrong = await amalfaJson<ErrorDocument>("init");
    expect(wrong.document.error.message).toContain('found "bge-m3"');
    const { document } = await amalfaJson<{ before: string; action: string }>("models", "use", "tiny");
    expect(document).toMatchObject({ before: "bge-m3", action: "change" });
    expect(readFileSync(folder.join(SETTINGS), "utf8")).toBe(
      text.replace('"bge-m3"', '"tiny"').replace("768", "32"),
    );
    folder.write({ [SETTINGS]: '{"embeddings": {"model": "tiny", "dimensions": 384}}' });
    expect((await amalfaJson<ErrorDocument>("init")).document.error.message).toContain(
      "expected 32, which is what tiny has, found 384",
    );
  });

  test("are not written for a model that is not here, nor where they are a program", async () => {
    const missing = await amalfaJson<ErrorDocument>("models", "use", "gte-small");
    expect(missing.document.error).toMatchObject({
      code: "model.missing",
      hint: expect.stringContaining("amalfa models pull gte-small"),
    });
    folder.write({ "amalfa.config.ts": "export default {};" });
    expect((await amalfaJson<ErrorDocument>("models", "use", MINI_LM)).status).toBe(2);
    expect(existsSync(folder.join(SETTINGS))).toBe(false);
  });

  test("that name a model which is not here: nothing else is used in its place", async () => {
    folder.write({ [SETTINGS]: '{"embeddings": {"model": "Xenova/gte-small"}}' });
    const { document } = await amalfaJson<ErrorDocument>("init");
    expect(document.error).toMatchObject({
      code: "model.missing",
      hint: expect.stringMatching(/models pull gte-small.*models use all-MiniLM-L6-v2.*models add/),
    });
    const doctor = await amalfaJson<{ checks: { message: string; findings: { commands: string[] }[] }[] }>(
      "doctor",
      "--check",
      "model.files",
    );
    expect(doctor.document.checks[0]?.findings[0]?.commands).toEqual([
      "amalfa models pull gte-small",
      "amalfa models use all-MiniLM-L6-v2",
    ]);
  });

  test("of an earlier version name a model that has gone: its user is told, and chooses", async () => {
    folder.write({ [SETTINGS]: '{"embeddings": {"model": "BAAI/bge-small-en-v1.5", "dimensions": 384}}' });
    const told = await amalfa("init");
    expect(told.status).toBe(0);
    expect(told.stderr).toMatch(/models use all-MiniLM-L6-v2.*models pull bge-small-en-v1.5/);
    await amalfa("models", "use", MINI_LM);
    expect((await amalfa("init")).stderr).not.toContain("bge");
    // What the earlier version had left there is taken over, and is then what its settings mean.
    const files = tinyModelFiles({ dimensions: 384 });
    const earlier = ".amalfa/cache/fast-bge-small-en-v1.5";
    folder.write({
      [SETTINGS]: '{"embeddings": {"model": "BAAI/bge-small-en-v1.5", "dimensions": 384}}',
      [`${earlier}/model_optimized.onnx`]: files["onnx/model.onnx"]!,
      [`${earlier}/tokenizer.json`]: files["tokenizer.json"]!,
    });
    const { document } = await amalfaJson<{ state: string; id: string }>("models", "pull", "bge-small");
    expect(document.state).toBe("adopted");
    expect((await init()).document.embedding.model).toBe(document.id);
  });
});

describe("a switch", () => {
  test("is said beforehand, leaves the old graph in use, and back it costs nothing", async () => {
    await added();
    const first = await init();
    const rows = graphRows(folder.join(GRAPH));
    const use = await amalfaJson<{ cost: Record<string, unknown> }>("models", "use", "tiny");
    const { model, texts } = first.document.embedding;
    expect(use.document.cost).toMatchObject({ from: model, to: tinyModel().id, hits: 0, documents: 5 });
    // Asked by the model that made it, meanwhile; and a cache that somebody has emptied is no loss.
    expect((await found("hot heap", "--mode", "semantic")).results[0]?.id).toBe("soil/compost.md");
    removeDatabase(folder.join(CACHE));
    const there = await init();
    expect(there.stderr).toMatch(/the graph is of all-MiniLM-L6-v2.*vectors to be computed by tiny/);
    expect(there.document.embedding).toMatchObject({
      model: tinyModel().id,
      misses: use.document.cost.texts,
    });
    expect(graphQuery(folder, "SELECT DISTINCT length(vector) AS bytes FROM vectors")).toEqual([
      { bytes: 128 },
    ]);
    expect((await found("worms have no heading here", "--mode", "semantic")).results.length).toBeGreaterThan(
      0,
    );
    const back = await amalfaJson<{ cost: Record<string, unknown> }>("models", "use", "minilm");
    expect(back.document.cost).toMatchObject({ hits: texts, misses: 0, seconds: 0 });
    const again = await init();
    expect(again.document.embedding).toMatchObject({ misses: 0, hits: texts, modelLoaded: false });
    expect({ ...graphRows(folder.join(GRAPH)), meta: [] }).toEqual({ ...rows, meta: [] });
  });

  test("that is interrupted leaves the old graph, and goes on where it was", async () => {
    await added();
    const many = Array.from({ length: 700 }, (_, at) => [
      `many/${at}.md`,
      `# Note ${at}\n\nabout ${at * 7}\n`,
    ]);
    folder.write(Object.fromEntries(many));
    await amalfa("models", "use", "tiny");
    await init();
    const rows = graphRows(folder.join(GRAPH));
    using other = modelFolder(DESCRIPTION, { seed: 2 });
    await amalfa("models", "add", other.path, "--name", "other");
    await amalfa("models", "use", "other");
    const { path: root } = folder;
    await using project = new OpenProject(await loadProject({ root, cwd: root, models: MODELS }));
    const interruption = new AbortController();
    const ingesting = project.ingest({
      signal: interruption.signal,
      onProgress: (event) => {
        if (event.phase === "read" && event.computed > 0) interruption.abort();
      },
    });
    await expect(ingesting).rejects.toMatchObject({ code: "interrupted" });
    expect(graphRows(folder.join(GRAPH))).toEqual(rows);
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
    rmSync(folder.join(SETTINGS));
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
    folder.write({ "alone.md": "worms" });
    await init();
    const passages = cacheRows(folder.join(CACHE)).length;
    await found("worms", "--mode", "semantic");
    expect(cacheRows(folder.join(CACHE))).toHaveLength(passages + 1);
    const deep = await amalfaJson<{ checks: { status: string }[] }>(
      "doctor",
      "--deep",
      "--check",
      "graph.vectors",
    );
    expect(deep.document.checks[0]?.status).toBe("ok");
  });
});

describe("what others say of models", () => {
  test("the doctor names a model that does not know the language of the notes", async () => {
    const german = "Der Kompost ist warm, weil die Würmer in der Erde sind und das Wetter nicht zu nass war.";
    using vault = new TempFolder().write(
      Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}.md`, `# ${name}\n\n${german}\n`])),
    );
    await run(["init"], { cwd: vault.path });
    const look = async () =>
      (
        await runJson<{ checks: { status: string; findings: { message: string; commands: string[] }[] }[] }>(
          ["doctor", "--check", "model.language"],
          { cwd: vault.path },
        )
      ).document.checks[0];
    const check = await look();
    expect(check?.status).toBe("warning");
    expect(check?.findings[0]?.message).toContain("most of them: de");
    expect(check?.findings[0]?.commands).toEqual([
      "amalfa models pull multilingual-e5-small",
      "amalfa models use multilingual-e5-small",
      "amalfa init",
    ]);
    await init();
    const english = await amalfaJson<{ checks: { status: string }[] }>("doctor", "--check", "model.language");
    expect(english.document.checks[0]?.status).toBe("ok");
  });

  test("a reset keeps the models that all projects share, and says so", async () => {
    await added();
    await init();
    const { document } = await amalfaJson<{ kept: string[] }>("reset", "--yes");
    expect(document.kept).toContain(models.path);
    expect(existsSync(models.join("tiny/tokenizer.json"))).toBe(true);
  });

  test("a reset refuses to delete them where they were put into what it deletes", async () => {
    await init();
    process.env.AMALFA_MODELS = folder.join(".amalfa/shared");
    await added();
    const { document } = await amalfaJson<ErrorDocument>("reset", "--yes");
    expect(document.error.code).toBe("reset.refused");
    expect(existsSync(folder.join(".amalfa/shared/tiny/tokenizer.json"))).toBe(true);
  });
});
