/** Daemons that lie, hang or die: their vectors are not taken. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { registerService } from "../../src/services/pid-files/write.ts";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { embedderIn, model } from "../helpers/daemon-client.ts";
import { endServicesAfterwards, ServiceProject } from "../helpers/services.ts";
import { until } from "../helpers/until.ts";

setDefaultTimeout(300_000);
endServicesAfterwards();

describe("I9 No vector under another model's key", () => {
  const unit = Array.from({ length: 384 }, () => 1 / Math.sqrt(384));
  type Answer = (texts: readonly string[], signal: AbortSignal) => Response | Promise<Response>;
  const json = (body: object): Response => Response.json(body);
  const right = (texts: readonly string[]) => ({
    model: model.id,
    dimensions: 384,
    vectors: texts.map(() => unit),
  });
  const hangs: Answer = (_, signal) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response())));
  const lies: Record<string, { readonly health?: object; readonly answer: Answer }> = {
    "has another model": { health: { model: "another" }, answer: (texts) => json(right(texts)) },
    "answers with another model": { answer: (texts) => json({ ...right(texts), model: "another" }) },
    "answers without a model": { answer: (texts) => json({ vectors: texts.map(() => unit) }) },
    "answers with another dimension": {
      answer: (texts) => json({ ...right(texts), vectors: texts.map(() => unit.slice(1)) }),
    },
    "answers with vectors that are not of unit length": {
      answer: (texts) => json({ ...right(texts), vectors: texts.map(() => unit.map((value) => value * 2)) }),
    },
    "answers with what is no number": {
      answer: (texts) => json({ ...right(texts), vectors: texts.map(() => unit.map(() => null)) }),
    },
    "answers with too few vectors": {
      answer: (texts) => json({ ...right(texts), vectors: texts.slice(1).map(() => unit) }),
    },
    "answers with an error": { answer: () => new Response("no", { status: 500 }) },
    "answers with nonsense": { answer: () => new Response("<html>") },
    "is another project's": { health: { root: "/elsewhere" }, answer: (texts) => json(right(texts)) },
    "is another process": { health: { pid: 1 }, answer: (texts) => json(right(texts)) },
    hangs: { answer: hangs },
  };

  test.each(Object.keys(lies))(
    "a daemon that %s is not believed, and the text is embedded here",
    async (name) => {
      await using project = new ServiceProject();
      const { health, answer } = lies[name]!;
      using server = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        idleTimeout: 0,
        async fetch(request) {
          if (!request.url.endsWith("/embed")) {
            const facts = { status: "ok", ready: true, service: "vector", version: "1", pid: process.pid };
            return json({ ...facts, root: project.root, model: model.id, ...health });
          }
          const { texts } = (await request.json()) as { texts: string[] };
          return answer(texts, request.signal);
        },
        error: () => new Response("", { status: 500 }),
      });
      using registration = registerService({
        paths: project.paths,
        service: "vector",
        version: "1",
        model: model.id,
      });
      registration.update({ port: server.port! });
      const { embedder, warnings } = embedderIn(project);
      await using used = embedder;
      const first = await used.embed("hello world");
      await used.embed("hello again");
      expect(used.stats()).toMatchObject({ misses: 2, modelLoaded: true });
      // The reference values of the model, and not what the daemon said.
      for (const [place, value] of [-0.0357, 0.0207, 0.0047, 0.0265, -0.0503].entries())
        expect(first[place]).toBeCloseTo(value, 2);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain("vector daemon");
      await used.close();
      using cache = new Database(project.paths.vectorCache, { readonly: true });
      const rows = cache.query("SELECT vector FROM cache").values() as [Uint8Array][];
      expect(rows).toHaveLength(2);
      const told = Buffer.from(Float32Array.from(unit).buffer).toString("hex");
      expect(rows.map(([vector]) => Buffer.from(vector).toString("hex"))).not.toContain(told);
    },
  );

  test("a daemon that dies in the middle of an answer is not believed, and the text is embedded here", async () => {
    await using project = new ServiceProject();
    const facts = { status: "ok", ready: true, service: "vector", version: "1", pid: process.pid };
    const health = JSON.stringify({ ...facts, root: project.root, model: model.id });
    const answer = JSON.stringify(right(["hello world"]));
    const head = (length: number) =>
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n`;
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, request) {
          const healthy = request.toString("latin1").startsWith("GET /health");
          const half = answer.slice(0, answer.length / 2);
          socket.write(healthy ? head(health.length) + health : head(answer.length) + half);
          socket.end();
        },
      },
    });
    using registration = registerService({ paths: project.paths, service: "vector", version: "1" });
    registration.update({ port: server.port });
    const { embedder, warnings } = embedderIn(project);
    await using used = embedder;
    expect((await used.embed("hello world"))[0]).toBeCloseTo(-0.0357, 2);
    expect(used.stats().modelLoaded).toBe(true);
    expect(warnings).toHaveLength(1);
  });

  test("a daemon that is killed between two texts is done without, and its vectors were the same", async () => {
    await using project = new ServiceProject();
    const { pid } = await project.start("vector");
    const { embedder, warnings } = embedderIn(project);
    await using used = embedder;
    const before = await used.embed("hello world");
    expect(used.stats().modelLoaded).toBe(false);
    process.kill(pid, "SIGKILL");
    await until(() => readProcessIdentity(pid).kind === "dead");
    await used.embed("hello again");
    expect(used.stats().modelLoaded).toBe(true);
    expect(warnings).toHaveLength(1);
    await using other = new ServiceProject();
    const alone = embedderIn(other).embedder;
    await using _ = alone;
    expect(await alone.embed("hello world")).toEqual(before);
  });
});
