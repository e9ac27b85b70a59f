/** The vector daemon, and the server over HTTP in its place: what they answer, and to whom. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { MAX_BODY_BYTES, MAX_TEXT_LENGTH, MAX_TEXTS } from "../../src/services/vector-daemon/protocol.ts";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { answerWhileSending, embedderIn, model } from "../helpers/daemon-client.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { endServicesAfterwards, healthAt, ServiceProject, type StartDocument } from "../helpers/services.ts";
import { until } from "../helpers/until.ts";

setDefaultTimeout(300_000);
endServicesAfterwards();
const CERTIFICATE = join(import.meta.dir, "../fixtures/tls/cert.pem");
const KEY = join(import.meta.dir, "../fixtures/tls/key.pem");

describe("the vector daemon", () => {
  let project: ServiceProject;
  let daemon: StartDocument;
  let url: string;
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/embed`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers,
    });

  beforeAll(async () => {
    project = new ServiceProject();
    daemon = await project.start("vector");
    url = `http://127.0.0.1:${daemon.port}`;
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test("answers with the model, its dimensions and the vectors, those that are computed without it", async () => {
    const texts = ["hello world", "a second text", "hello world"];
    const answer = (await (await post({ texts, model: model.id })).json()) as {
      model: string;
      dimensions: number;
      vectors: number[][];
    };
    expect(answer).toMatchObject({ model: model.id, dimensions: 384 });
    const single = (await (await post({ text: "hello world" })).json()) as { vector: number[] };
    expect(single.vector).toEqual(answer.vectors[0]!);
    await using other = new ServiceProject();
    const { embedder } = embedderIn(other);
    await using alone = embedder;
    const vectors = await alone.embedMany(texts);
    expect(alone.stats().modelLoaded).toBe(true);
    expect(answer.vectors).toEqual(vectors.map((vector) => [...vector]));
  });

  test.each([
    ["", "no JSON"],
    ["[]", "a list"],
    ["null", "nothing"],
    ["{}", "neither text nor texts"],
    ['{"text": "a", "texts": ["a"]}', "both"],
    ['{"texts": []}', "no texts"],
    ['{"texts": "a"}', "texts that are none"],
    ['{"texts": ["a", 1]}', "a text that is none"],
    ['{"text": "a", "model": 1}', "a model that is none"],
  ])("refuses %s with 400: %s", async (body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ ok: false });
  });

  test("refuses what is too large with 413, and goes on", async () => {
    const large = "x".repeat(MAX_BODY_BYTES);
    expect((await post({ texts: [large] })).status).toBe(413);
    expect((await post({ text: "x".repeat(MAX_TEXT_LENGTH + 1) })).status).toBe(413);
    expect((await post({ texts: Array(MAX_TEXTS + 1).fill("x") })).status).toBe(413);
    expect(await answerWhileSending(url, MAX_BODY_BYTES + 1)).toContain(" 413 ");
    expect((await post({ texts: [""] })).status).toBe(200);
  });

  test("refuses another model with 409 and says which one it has", async () => {
    const response = await post({ text: "a", model: "another" });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ ok: false, model: model.id });
  });

  test("refuses web pages and other host names, on every path", async () => {
    for (const path of ["embed", "livez", "readyz", "health"]) {
      const method = path === "embed" ? "POST" : "GET";
      const body = path === "embed" ? '{"text": "a"}' : null;
      const ask = (headers: Record<string, string>) => fetch(`${url}/${path}`, { method, body, headers });
      expect((await ask({ origin: "https://example.org" })).status).toBe(403);
      expect((await ask({ origin: url })).status).toBe(403);
      expect((await ask({ host: "example.org" })).status).toBe(403);
      expect((await ask({ host: `example.org:${daemon.port}` })).status).toBe(403);
      expect((await ask({ host: `localhost:${daemon.port}` })).status).toBe(200);
    }
    expect((await fetch(`${url}/embed`)).status).toBe(405);
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  test("answers /livez and a query while large requests are under way", async () => {
    const long = (request: number) =>
      Array.from(
        { length: MAX_TEXTS },
        (_, place) => `${request} ${place} ${"some words of a long passage ".repeat(40)}`,
      );
    const order: string[] = [];
    const before = Number((await healthAt(daemon.port)).details?.requests);
    const enough = new AbortController();
    const large = [1, 2].map(async (request) => {
      const body = JSON.stringify({ texts: long(request) });
      await fetch(`${url}/embed`, { method: "POST", body, signal: enough.signal });
      order.push("large");
    });
    await until(async () => (await healthAt(daemon.port)).details?.requests === before + 2);
    for (let probe = 0; probe < 20; probe++) {
      expect((await fetch(`${url}/livez`)).status).toBe(200);
    }
    await post({ text: "a query in between" });
    order.push("query");
    expect(order).toEqual(["query"]);
    // Given up by the client, the rest is not computed.
    enough.abort();
    const ends = await Promise.allSettled(large);
    expect(ends.map((end) => end.status === "rejected" && (end.reason as Error).name)).toEqual([
      "AbortError",
      "AbortError",
    ]);
    await post({ text: "a query afterwards" });
  });

  test("is asked directly, whatever proxy the environment names", async () => {
    const proxied = new ServiceProject();
    await using _ = proxied;
    proxied.env = { VECTOR_PORT: "0", HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9" };
    await proxied.start("vector");
    expect(await proxied.service("vector")).toMatchObject({ state: "running" });
  });

  test("serves embedders of the project, which then load no model", async () => {
    const before = (await healthAt(daemon.port)).details?.texts;
    const { embedder, warnings } = embedderIn(project);
    await using _ = embedder;
    await embedder.embedMany(Array.from({ length: 20 }, (_, place) => `text ${place}`));
    expect(embedder.stats()).toMatchObject({ misses: 20, modelLoaded: false });
    expect(warnings).toEqual([]);
    expect((await healthAt(daemon.port)).details?.texts).toBe(Number(before) + 20);
  });

  test("answers the query of a search", async () => {
    project.folder.write({
      "a.md": "# Fruit\n\nApples and pears.\n",
      "b.md": "# Bread\n\nFlour and water.\n",
    });
    expect((await project.run("init")).status).toBe(0);
    const before = Number((await healthAt(daemon.port)).details?.texts);
    const { results } = await project.json<{ results: { id: string }[] }>(
      "search",
      "something sweet from a tree",
    );
    expect(results[0]?.id).toBe("a.md");
    expect((await healthAt(daemon.port)).details?.texts).toBe(before + 1);
  });

  test("computes the vectors of a note in the call that brings it in, which then waits for none", async () => {
    project.folder.write({ "c.md": "# Quagga\n\nA striped animal.\n" });
    const before = Number((await healthAt(daemon.port)).details?.texts);
    const found = await project.json<{ results: { id: string; cosine: number | null }[]; pending?: object }>(
      "search",
      "quagga",
    );
    expect(found.results[0]).toMatchObject({ id: "c.md", cosine: expect.any(Number) });
    expect(found.pending).toBeUndefined();
    expect((await healthAt(daemon.port)).details?.texts).toBe(before + 2);
  });
});

describe("the server over HTTP has the model as well", () => {
  const embedded = async (project: ServiceProject) => {
    const { embedder, warnings } = embedderIn(project);
    await using _ = embedder;
    const vectors = await embedder.embedMany(["hello world", "a second text"]);
    return { vectors, warnings, ...embedder.stats() };
  };

  test.each([
    ["in the clear", [] as string[]],
    ["over TLS", ["--tls-cert", CERTIFICATE, "--tls-key", KEY]],
  ])("and computes for the project's other processes, %s", async (_, args) => {
    await using alone = new ServiceProject();
    const expected = await embedded(alone);
    expect(expected.modelLoaded).toBe(true);
    await using project = new ServiceProject();
    await using server = await HttpServer.start(project.folder.path, { args });
    await server.ready();
    const { vectors, warnings, misses, modelLoaded } = await embedded(project);
    expect({ warnings, misses, modelLoaded }).toEqual({ warnings: [], misses: 2, modelLoaded: false });
    expect(vectors).toEqual(expected.vectors);
  });

  test("for nobody without a token, and in the place of a vector daemon only where there is none", async () => {
    await using project = new ServiceProject();
    const daemon = await project.start("vector");
    await using server = await HttpServer.start(project.folder.path);
    await server.ready();
    const ask = (headers: Record<string, string>) =>
      fetch(`${server.url}/embed`, { method: "POST", body: '{"text":"hello world"}', headers });
    expect((await ask({})).status).toBe(401);
    // What /health proves itself with lets nobody in.
    const health = `${server.url}/health?challenge=${encodeURIComponent(`caller of ${server.process.pid} at`)}`;
    const { proof } = (await (await fetch(health)).json()) as { proof: string };
    expect((await ask({ authorization: `Bearer ${proof}` })).status).toBe(401);
    const bearer = `authorization: Bearer ${server.token}\r\n`;
    const [large, slow] = [MAX_BODY_BYTES + 1, 1];
    expect(await answerWhileSending(server.url, large, bearer)).toContain(" 413 ");
    expect(await answerWhileSending(server.url, slow, bearer)).toContain(" 408 ");
    const answer = await ask({ authorization: `Bearer ${server.token}` });
    expect(await answer.json()).toMatchObject({ model: model.id, dimensions: 384 });
    expect((await embedded(project)).modelLoaded).toBe(false);
    expect((await healthAt(daemon.port)).details?.texts).toBe(2);
  });

  test("so that `vector start` starts nothing beside it, status shows it, and stop leaves it", async () => {
    await using project = new ServiceProject();
    await using server = await HttpServer.start(project.folder.path);
    await server.ready();
    const { pid } = server.process;
    const servedBy = { service: "server", pid };
    const port = Number(new URL(server.url).port);
    const served = { ok: true, change: "served", servedBy, pid, port };
    expect(await project.json("vector", "start")).toMatchObject(served);
    expect(await project.json("vector", "restart")).toMatchObject({ ...served, stopped: [] });
    expect(project.processes("vector")).toEqual([]);
    const { stdout } = await project.run("vector", "start");
    expect(stdout).toContain(`The server does the work of the vector daemon`);
    // The model is there for whoever comes first.
    expect(await healthAt(port)).toMatchObject({ service: "server", model: model.id });
    const status = await project.json<{ services: readonly object[] }>("vector", "status");
    const shown = { service: "vector", state: "running", servedBy, pid, port, memoryBytes: null };
    expect(status).toMatchObject({ ok: true, services: [shown] });
    expect(await project.service("vector")).toMatchObject(shown);
    expect(await project.json("vector", "stop")).toMatchObject({ ok: true, stopped: [], servedBy });
    const stopped = await project.run("vector", "stop");
    expect({ status: stopped.status, said: stopped.stdout.replaceAll(/\s+/g, " ") }).toEqual({
      status: 0,
      said: expect.stringContaining("goes on; `amalfa server stop` ends it"),
    });
    expect(readProcessIdentity(pid).kind).toBe("alive");
    await server.end();
    expect(await project.service("vector")).toMatchObject({ state: "stopped", pid: null });
    expect(await project.start("vector")).toMatchObject({ change: "started" });
  });

  test("and one that was running before is used until it is stopped", async () => {
    await using project = new ServiceProject();
    const daemon = await project.start("vector");
    await using server = await HttpServer.start(project.folder.path);
    await server.ready();
    expect(await project.start("vector")).toMatchObject({ change: "already running", pid: daemon.pid });
    const servedBy = { service: "server", pid: server.process.pid };
    const stopped = await project.json("vector", "stop");
    expect(stopped).toMatchObject({ stopped: [{ service: "vector", pid: daemon.pid }], servedBy });
    expect((await embedded(project)).modelLoaded).toBe(false);
  });

  test("of its own model alone: of another one, `vector start` starts a daemon", async () => {
    await using project = new ServiceProject();
    await using server = await HttpServer.start(project.folder.path);
    await server.ready();
    const settings = '{"embeddings": {"model": "all-MiniLM-L6-v2-128"}}';
    project.folder.write({ "amalfa.settings.json": settings });
    expect(await project.start("vector")).toMatchObject({ change: "started" });
  });
});
