/** Fetching models from a hub that is in order: with a token, over connections that are cut, several at once. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { hubOf } from "../../src/maintenance/models/hub.ts";
import { findModel } from "../../src/project/models.ts";
import { type Behaviour, cutAfter, etagOf, redirect, status, TestHub } from "../helpers/hub.ts";
import { FILES, NAME, ONNX, PATIENT, TOKEN, usePulling, WEIGHTS } from "../helpers/pulling.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { tinyModelFiles } from "../helpers/tiny-model.ts";
import { until } from "../helpers/until.ts";

setDefaultTimeout(300_000);
const { failure, hub, models, pull } = usePulling();

/** Sends so many bytes of the weights, and no more. */
function cut(bytes: number): Behaviour {
  const part = models().join(".amalfa-incoming", NAME, `${ONNX}.part`);
  return cutAfter(WEIGHTS, bytes, () => statSync(part, { throwIfNoEntry: false })?.size ?? 0);
}

describe("a hub that is in order", () => {
  test("gives a model once for all, with its digests", async () => {
    const progress: [number, number][] = [];
    const report = await pull({ onProgress: (...each) => progress.push(each) });
    expect(report).toMatchObject({ name: NAME, state: "pulled", folder: models().join(NAME) });
    expect(report.files.map(({ path }) => path)).toEqual(["tokenizer_config.json", "tokenizer.json", ONNX]);
    for (const { path, sha256, digest, bytes } of report.files) {
      expect([path, digest]).toEqual([path, "first seen"]);
      expect(sha256).toBe(etagOf(readFileSync(models().join(NAME, path))));
      expect(bytes).toBe(readFileSync(models().join(NAME, path)).length);
    }
    expect(readdirSync(models().path)).toEqual([NAME]);
    expect(progress.at(-1)![0]).toBe(report.files.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(findModel(NAME)).toMatchObject({ id: report.id, pooling: "cls" });
    const asked = hub().requests.length;
    expect(await pull()).toMatchObject({ state: "present", id: report.id });
    expect(hub().requests).toHaveLength(asked);
    expect(hub().requests.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  test("is asked for the address that its endpoint says", async () => {
    await pull({}, { HF_ENDPOINT: `${hub().url}/mirror/` });
    expect(hub().requests[0]?.path).toBe(`/mirror/Snowflake/${NAME}/resolve/main/tokenizer_config.json`);
    expect(() => hubOf({ HF_ENDPOINT: "ftp://user:secret@example.org" })).toThrow(
      expect.objectContaining({ code: "usage", message: expect.not.stringContaining("secret") }),
    );
  });

  test("needs not have a tokenizer_config.json", async () => {
    hub().next("tokenizer_config.json", status(404));
    await pull();
    expect(readFileSync(models().join(NAME, "tokenizer_config.json"), "utf8")).toBe("{}\n");
  });

  test("vouches for what it said beforehand", async () => {
    hub().next(ONNX, (_request, response, serve) => {
      response.setHeader("x-linked-etag", `"${etagOf(WEIGHTS)}"`);
      response.setHeader("x-linked-size", WEIGHTS.length);
      serve();
    });
    expect((await pull()).files.at(-1)).toMatchObject({ path: ONNX, digest: "announced" });
  });

  test("has another file than the last time: that is taken only when it is asked for", async () => {
    await pull();
    const other = Buffer.from(tinyModelFiles({ dimensions: 384, seed: 2 })["onnx/model.onnx"]!);
    models().write({ [`${NAME}/${ONNX}`]: "damaged" });
    hub().next(
      ONNX,
      (_request, _response, serve) => serve(other),
      (_request, _response, serve) => serve(other),
    );
    const id = findModel(NAME)?.id;
    await expect(pull()).rejects.toMatchObject({
      code: "model.digest",
      hint: expect.stringContaining("--force"),
    });
    expect(findModel(NAME)?.id).toBe(id);
    const forced = await pull({ force: true });
    expect(forced.id).not.toBe(id!);
  });
});

describe("a token", () => {
  test("is for the hub and for nobody that it leads to", async () => {
    await using store = await TestHub.start({ weights: WEIGHTS });
    hub().next(ONNX, redirect(`${store.url}/weights`, { "x-linked-etag": `"${etagOf(WEIGHTS)}"` }));
    await pull({}, { HF_TOKEN: TOKEN });
    expect(new Set(hub().requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
    expect(store.requests).toEqual([{ path: "/weights", range: undefined, authorization: undefined }]);
  });

  test("comes back to the hub after a way round, and a password in the endpoint is one", async () => {
    hub().next(ONNX, redirect("/elsewhere/onnx/model_quantized.onnx"));
    const url = new URL(hub().url);
    url.username = "me";
    url.password = "p@ss";
    const report = await pull({}, { HF_ENDPOINT: url.href });
    expect(new Set(hub().requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`Basic ${btoa("me:p@ss")}`]),
    );
    expect(JSON.stringify(report)).not.toContain("p@ss");
    expect(readFileSync(models().join(NAME, "amalfa-model.json"), "utf8")).not.toMatch(/p@ss|p%40ss/);
  });

  test.each([401, 403])("is asked for where the hub answers with %d, and never printed", async (code) => {
    hub().next("tokenizer_config.json", status(code), status(code));
    const without = await failure(pull());
    expect(without).toMatchObject({ code: "model.refused", hint: expect.stringContaining("HF_TOKEN") });
    const refused = await failure(pull({}, { HF_TOKEN: TOKEN }));
    expect(refused).toMatchObject({ code: "model.refused", hint: expect.stringContaining("not accepted") });
    expect(`${refused.message} ${refused.hint} ${refused.stack}`).not.toContain(TOKEN);
  });
});

describe("a connection that is cut", () => {
  test("is gone on from where it was", async () => {
    hub().next(ONNX, cut(40_000), cut(30_000));
    const report = await pull();
    expect(
      hub()
        .requestsFor(ONNX)
        .map(({ range }) => range),
    ).toEqual([undefined, "bytes=40000-", "bytes=70000-"]);
    expect(report.files.at(-1)).toMatchObject({ sha256: etagOf(WEIGHTS), fetched: WEIGHTS.length });
  });

  test("is gone on from in the next run as well, and only where it is the same file", async () => {
    const cuts = Array.from({ length: PATIENT.attempts }, () => cut(0));
    hub().next(ONNX, cut(50_000), ...cuts);
    expect(await failure(pull())).toMatchObject({ code: "model.unreachable" });
    const report = await pull();
    expect(hub().requestsFor(ONNX).at(-1)?.range).toBe("bytes=50000-");
    expect(report.files.at(-1)?.fetched).toBe(WEIGHTS.length - 50_000);
  });

  test("a file that is another one by then is fetched from its beginning", async () => {
    const other = Buffer.from(tinyModelFiles({ dimensions: 384, seed: 3 })["onnx/model.onnx"]!);
    hub().next(ONNX, cut(50_000), (_request, _response, serve) => serve(other));
    const report = await pull();
    expect(report.files.at(-1)).toMatchObject({ sha256: etagOf(other), bytes: other.length });
  });

  test("a hub that cannot go on is asked for all of it", async () => {
    hub().next(ONNX, cut(50_000), (_request, response) => {
      response.writeHead(200, { "content-length": WEIGHTS.length }).end(WEIGHTS);
    });
    expect((await pull()).files.at(-1)?.sha256).toBe(etagOf(WEIGHTS));
  });

  test("one that sends another part than was asked for is not believed", async () => {
    hub().next(ONNX, cut(50_000), (_request, response) => {
      const part = WEIGHTS.subarray(10_000);
      const range = `bytes 10000-${WEIGHTS.length - 1}/${WEIGHTS.length}`;
      response.writeHead(206, { "content-range": range, "content-length": part.length }).end(part);
    });
    expect((await pull()).files.at(-1)?.sha256).toBe(etagOf(WEIGHTS));
  });

  test("what lies there and belongs to no file is found out by its digest", async () => {
    const wrong = Buffer.alloc(50_000, 1);
    models().write({
      [`.amalfa-incoming/${NAME}/${ONNX}.part`]: wrong,
      [`.amalfa-incoming/${NAME}/${ONNX}.part.etag`]: `"${etagOf(WEIGHTS)}"`,
    });
    hub().next(ONNX, (_request, response, serve) => {
      response.setHeader("x-linked-etag", `"${etagOf(WEIGHTS)}"`);
      serve();
    });
    expect((await pull()).files.at(-1)?.sha256).toBe(etagOf(WEIGHTS));
    expect(
      hub()
        .requestsFor(ONNX)
        .map(({ range }) => range),
    ).toEqual(["bytes=50000-", undefined]);
  });

  test("an interruption leaves what has arrived", async () => {
    const controller = new AbortController();
    hub().next(ONNX, (_request, response) => {
      response.writeHead(200, { etag: `"${etagOf(WEIGHTS)}"`, "content-length": WEIGHTS.length });
      response.write(WEIGHTS.subarray(0, 60_000));
    });
    const onProgress = (received: number) => {
      if (received > 60_000) controller.abort();
    };
    expect(await failure(pull({ signal: controller.signal, onProgress }))).toMatchObject({
      code: "interrupted",
    });
    await pull();
    expect(hub().requestsFor(ONNX).at(-1)?.range).toMatch(/^bytes=[1-9]/);
  });
});

test("two pulls at once fetch it once", async () => {
  let waited = 0;
  const onWait = () => waited++;
  hub().next(ONNX, async (_request, _response, serve) => {
    await until(() => waited === 2, { what: "the two others to wait" });
    serve();
  });
  const reports = await Promise.all([pull({ onWait }), pull({ onWait }), pull({ onWait })]);
  expect(reports.map(({ state }) => state).sort()).toEqual(["present", "present", "pulled"]);
  expect(waited).toBe(2);
  expect(hub().requestsFor(ONNX)).toHaveLength(1);
});

test("what an earlier version left in the project is taken over, and nothing fetched", async () => {
  using project = new TempFolder();
  const folder = ".amalfa/cache/fast-bge-small-en-v1.5";
  project.write({
    [`${folder}/model_optimized.onnx`]: WEIGHTS,
    [`${folder}/tokenizer.json`]: FILES["tokenizer.json"]!,
  });
  const report = await pull({ name: "BAAI/bge-small-en-v1.5", roots: [project.path] });
  expect(report).toMatchObject({ name: "bge-small-en-v1.5", state: "adopted", source: project.join(folder) });
  expect(hub().requests).toEqual([]);
  expect(existsSync(project.join(folder, "model_optimized.onnx"))).toBe(true);
  expect(findModel("bge-small")).toMatchObject({ id: report.id, pooling: "cls" });
});
