/** Fetching models from a hub that is slow, lies, leads in circles, refuses or never ends. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { etagOf, redirect, status, TestHub } from "../helpers/hub.ts";
import { NAME, ONNX, PATIENT, TINY, usePulling, WEIGHTS } from "../helpers/pulling.ts";

setDefaultTimeout(300_000);
const { failure, hub, installed, models, pull } = usePulling();

describe("a hub that lies", () => {
  test("about the digest", async () => {
    hub().next(ONNX, (_request, response, serve) => {
      response.setHeader("x-linked-etag", `"${"0".repeat(64)}"`);
      serve();
    });
    expect(await failure(pull())).toMatchObject({
      code: "model.digest",
      message: expect.stringContaining(etagOf(WEIGHTS)),
    });
    // It is not kept to be gone on from either.
    await pull();
    expect(hub().requestsFor(ONNX).at(-1)?.range).toBeUndefined();
  });

  test("about a file that amalfa knows", async () => {
    await using other = await TestHub.start(TINY);
    const error = await failure(pull({ name: "gte-small" }, { HF_ENDPOINT: other.url }));
    expect(error).toMatchObject({ code: "model.digest", message: expect.stringContaining("398a29991324") });
    expect(error.hint).not.toContain("--force");
  });

  test("about a length: less comes than it says", async () => {
    const short = (_request: unknown, response: import("node:http").ServerResponse) => {
      response.writeHead(200, { "content-length": WEIGHTS.length + 1_000 });
      response.write(WEIGHTS, () => setTimeout(() => response.socket?.destroy(), 20));
    };
    hub().next(ONNX, short, short, short, short);
    expect(await failure(pull())).toMatchObject({ code: "model.unreachable" });
  });

  test("about a length: more comes than it says", async () => {
    hub().next(ONNX, (_request, response) => {
      response.writeHead(200, { "x-linked-size": "1000" });
      response.end(WEIGHTS);
    });
    expect(await failure(pull())).toMatchObject({ code: "model.digest" });
    expect(existsSync(models().join(".amalfa-incoming", NAME, `${ONNX}.part`))).toBe(false);
  });

  test("about what it sends: a page where a model should be", async () => {
    const page = Buffer.from("<html>Please sign in to this network</html>");
    hub().next("tokenizer.json", (_request, _response, serve) => serve(page));
    expect(await failure(pull())).toMatchObject({ code: "model.unusable" });
    await pull();
  });

  test("about the form it sends it in", async () => {
    hub().next(ONNX, (_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(Bun.gzipSync(WEIGHTS));
    });
    expect(await failure(pull())).toMatchObject({ code: "model.unreachable" });
  });

  test("with an end that never comes", async () => {
    const block = Buffer.alloc(1 << 20);
    hub().next(ONNX, (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write(block, () => setImmediate(more));
      };
      more();
    });
    expect(await failure(pull())).toMatchObject({
      code: "model.digest",
      message: expect.stringContaining("larger"),
    });
  });

  test("in circles", async () => {
    const circle = Array.from({ length: 20 }, () => redirect(`/x/${ONNX}`));
    hub().next(ONNX, ...circle);
    expect(await failure(pull())).toMatchObject({
      message: expect.stringContaining("from one address to the next"),
    });
    hub().next("tokenizer_config.json", redirect("file:///etc/passwd"));
    expect(await failure(pull())).toMatchObject({ message: expect.stringContaining("leads nowhere") });
  });
});

describe("a hub that is slow or absent", () => {
  test("is waited for as long as something comes", async () => {
    // All of it takes longer than a pause may last, and a busy machine may put off a part by five pauses.
    const idleMs = 6_000;
    const part = Math.ceil(WEIGHTS.length / 7);
    hub().next(ONNX, async (_request, response) => {
      response.writeHead(200, { "content-length": WEIGHTS.length });
      for (let at = 0; at < WEIGHTS.length; at += part) {
        response.write(WEIGHTS.subarray(at, at + part));
        await Bun.sleep(idleMs / 6);
      }
      response.end();
    });
    expect((await pull({ patience: { ...PATIENT, idleMs } })).state).toBe("pulled");
    expect(hub().requestsFor(ONNX)).toHaveLength(1);
  });

  test("is given up when nothing comes, before its answer or within it", async () => {
    const patience = { ...PATIENT, idleMs: 1_000 };
    const silent = Array.from({ length: PATIENT.attempts }, () => () => {});
    hub().next("tokenizer_config.json", ...silent);
    expect(await failure(pull({ patience }))).toMatchObject({
      message: expect.stringContaining("does not answer"),
    });
    const stalled = Array.from({ length: PATIENT.attempts + 1 }, () => cutNever);
    hub().next(ONNX, ...stalled);
    expect(await failure(pull({ patience }))).toMatchObject({
      message: expect.stringContaining("nothing comes any more"),
    });
  });

  test("asks for a pause, and is asked again after it", async () => {
    const pauses: number[] = [];
    hub().next(ONNX, status(429, { "retry-after": "0" }), status(503, { "retry-after": "1" }));
    await pull({ onPause: (pause) => pauses.push(pause), patience: { ...PATIENT, attempts: 4 } });
    expect(pauses).toEqual([0, 1_000]);
  });

  test("asks for a pause that nobody waits for", async () => {
    hub().next(ONNX, status(429, { "retry-after": "3600" }));
    expect(await failure(pull())).toMatchObject({
      code: "model.unreachable",
      hint: expect.stringContaining("60 min"),
    });
  });

  test("has trouble of its own, which passes or does not", async () => {
    hub().next("tokenizer.json", status(500), status(502));
    await pull();
    hub().next(ONNX, ...Array.from({ length: PATIENT.attempts }, () => status(500)));
    await expect(pull({ force: true })).rejects.toMatchObject({
      message: expect.stringContaining("status 500"),
    });
    expect(installed()).toEqual([NAME]);
  });

  test("has no such model", async () => {
    await using empty = await TestHub.start({});
    expect(await failure(pull({}, { HF_ENDPOINT: empty.url }))).toMatchObject({
      code: "model.unreachable",
      message: expect.stringContaining("no such file"),
    });
  });

  test("is not there: what to do without a network is said", async () => {
    const gone = await TestHub.start({});
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    expect(await failure(pull({}, { HF_ENDPOINT: url }))).toMatchObject({
      code: "model.unreachable",
      hint: expect.stringContaining("amalfa models add"),
    });
  });
});

function cutNever(_request: unknown, response: import("node:http").ServerResponse): void {
  response.writeHead(200, { etag: '"x"', "content-length": WEIGHTS.length });
  response.write(WEIGHTS.subarray(0, 10));
}
