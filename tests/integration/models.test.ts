/** `amalfa models`, settings that name one, and what others say of models. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type ErrorDocument, amalfa as run, amalfaJson as runJson } from "../helpers/amalfa.ts";
import { TestHub } from "../helpers/hub.ts";
import { SETTINGS } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { tinyModel, tinyModelFiles } from "../helpers/tiny-model.ts";
import { DESCRIPTION, modelFolder, useTinyModels } from "../helpers/tiny-models.ts";

setDefaultTimeout(300_000);
const MINI_LM = "all-MiniLM-L6-v2";
const ONNX = "onnx/model_quantized.onnx";
const { added, amalfa, amalfaJson, folder, init, models } = useTinyModels();

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
    models().write({ "tiny/tokenizer.json": "{}", "stray/file": "x" });
    const wrong = await amalfaJson<{ models: { name: string; state: string }[] }>("models", "verify");
    expect(wrong.status).toBe(1);
    const problems = wrong.document.models.filter(({ state }) => state !== "ok");
    expect(problems.map(({ name, state }) => [name, state])).toEqual([
      ["stray", "unknown"],
      ["tiny", "damaged"],
    ]);
    expect((await amalfaJson("models", "remove", "tiny")).status).toBe(0);
    expect(existsSync(models().join("tiny"))).toBe(false);
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
    expect(existsSync(models().join("tiny"))).toBe(false);
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
    models().write({ "bge-small-en-v1.5/tokenizer_config.json": '{"other": 1}' });
    using copy = new TempFolder();
    cpSync(models().join("bge-small-en-v1.5"), copy.path, { recursive: true });
    const copied = await amalfaJson<ErrorDocument>("models", "add", copy.path, "--name", "mine");
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
      const { status, stdout, stderr } = await run(args, { cwd: folder().path, env });
      expect([status, stderr]).toEqual([0, stderr]);
      expect(seen.every((url) => url.startsWith("http://hub.invalid/Snowflake/"))).toBe(true);
      expect(hub.requests.map(({ authorization }) => authorization)).toEqual(
        Array(3).fill("Bearer hf_secret"),
      );
      expect(stdout + stderr).not.toContain("hf_secret");
      expect(
        readFileSync(models().join("snowflake-arctic-embed-xs/amalfa-model.json"), "utf8"),
      ).not.toContain("hf_");
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
    folder().write({ [SETTINGS]: text });
    const wrong = await amalfaJson<ErrorDocument>("init");
    expect(wrong.document.error.message).toContain('found "bge-m3"');
    const { document } = await amalfaJson<{ before: string; action: string }>("models", "use", "tiny");
    expect(document).toMatchObject({ before: "bge-m3", action: "change" });
    expect(readFileSync(folder().join(SETTINGS), "utf8")).toBe(
      text.replace('"bge-m3"', '"tiny"').replace("768", "32"),
    );
    folder().write({ [SETTINGS]: '{"embeddings": {"model": "tiny", "dimensions": 384}}' });
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
    folder().write({ "amalfa.config.ts": "export default {};" });
    expect((await amalfaJson<ErrorDocument>("models", "use", MINI_LM)).status).toBe(2);
    expect(existsSync(folder().join(SETTINGS))).toBe(false);
  });

  test("that name a model which is not here: nothing else is used in its place", async () => {
    folder().write({ [SETTINGS]: '{"embeddings": {"model": "Xenova/gte-small"}}' });
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
    // Where somebody's own folder has that name, nothing would be fetched.
    models().write({ "gte-small/w.gguf": "somebody's" });
    const beside = await amalfaJson<typeof doctor.document>("doctor", "--check", "model.files");
    expect(beside.document.checks[0]?.findings[0]).toMatchObject({
      commands: ["amalfa models use all-MiniLM-L6-v2"],
      message: expect.stringContaining(`${models().join("gte-small")} is not amalfa's`),
    });
  });

  test("of an earlier version name a model that has gone: its user is told, and chooses", async () => {
    folder().write({ [SETTINGS]: '{"embeddings": {"model": "BAAI/bge-small-en-v1.5", "dimensions": 384}}' });
    const told = await amalfa("init");
    expect(told.status).toBe(0);
    expect(told.stderr).toMatch(/models use all-MiniLM-L6-v2.*models pull bge-small-en-v1.5/);
    await amalfa("models", "use", MINI_LM);
    expect((await amalfa("init")).stderr).not.toContain("bge");
    // What the earlier version had left there is taken over, and is then what its settings mean.
    const files = tinyModelFiles({ dimensions: 384 });
    const earlier = ".amalfa/cache/fast-bge-small-en-v1.5";
    folder().write({
      [SETTINGS]: '{"embeddings": {"model": "BAAI/bge-small-en-v1.5", "dimensions": 384}}',
      [`${earlier}/model_optimized.onnx`]: files["onnx/model.onnx"]!,
      [`${earlier}/tokenizer.json`]: files["tokenizer.json"]!,
    });
    const { document } = await amalfaJson<{ state: string; id: string }>("models", "pull", "bge-small");
    expect(document.state).toBe("adopted");
    expect((await init()).document.embedding.model).toBe(document.id);
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
    expect(document.kept).toContain(models().path);
    expect(existsSync(models().join("tiny/tokenizer.json"))).toBe(true);
  });

  test("a reset refuses to delete them where they were put into what it deletes", async () => {
    await init();
    process.env.AMALFA_MODELS = folder().join(".amalfa/shared");
    await added();
    const { document } = await amalfaJson<ErrorDocument>("reset", "--yes");
    expect(document.error.code).toBe("reset.refused");
    expect(existsSync(folder().join(".amalfa/shared/tiny/tokenizer.json"))).toBe(true);
  });
});
