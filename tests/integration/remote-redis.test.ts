/**
 * A vector cache that several machines share through a server: what one has computed the others need not (I3), what
 * comes from there is right or is not taken (I2, I9), and whatever the server does is nobody's problem (I8).
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import "../helpers/consent.ts";
import { cacheKey } from "../../src/embedding/cache/index.ts";
import { encodeRow, remotePrefix } from "../../src/embedding/remote/value.ts";
import { makeCertificates } from "../helpers/certificates.ts";
import { bitsOf, MODEL, unitVector } from "../helpers/embedding.ts";
import { freePort } from "../helpers/free-port.ts";
import { instantBackend } from "../helpers/instant-backend.ts";
import { REDIS, RedisProcess, VALKEY } from "../helpers/redis.ts";
import { manyTexts, remoteRun, silentServer } from "../helpers/remote.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";
import { WeakLine } from "../helpers/weak-line.ts";

setDefaultTimeout(300_000);

/** A run that waits for a server without a deadline of its own waits much longer, whatever the load. */
const WAITED_MS = 120_000;

const TEXTS = manyTexts(100);
const nameOf = (text: string) => remotePrefix(MODEL.id) + cacheKey(text, MODEL.id);
const plain = { modelId: MODEL.id, dimensions: MODEL.dimensions, signingKey: undefined };

describe("Without a server that answers", () => {
  test("a port that refuses costs nothing, and one warning", async () => {
    const { stats, warnings, took } = await remoteRun(`redis://127.0.0.1:${await freePort()}`, TEXTS);
    expect(stats).toMatchObject({ texts: 100, misses: 100, remote: { hits: 0 } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("amalfa doctor --check cache.remote");
    expect(took).toBeLessThan(WAITED_MS);
  });

  test("one that takes the connection and says nothing is given up after a second", async () => {
    using server = silentServer();
    const { stats, warnings, took } = await remoteRun(server.url, TEXTS);
    expect(stats).toMatchObject({ misses: 100, remote: { fault: expect.any(String) } });
    expect(warnings).toHaveLength(1);
    expect(took).toBeLessThan(WAITED_MS);
  });

  test("a password in its address is in no warning and no figure", async () => {
    const url = `redis://reader:gr3atsecret@127.0.0.1:${await freePort()}`;
    const { stats, warnings, notices } = await remoteRun(url, TEXTS);
    const said = JSON.stringify({ stats, warnings, notices });
    expect(said).toContain("127.0.0.1");
    expect(said).not.toContain("gr3atsecret");
    expect(said).not.toContain("reader");
  });
});

const SERVERS = { Redis: REDIS, Valkey: VALKEY };
for (const [name, program] of Object.entries(SERVERS)) {
  describe.skipIf(program === undefined)(`${name}, where its server is installed`, () => {
    const start = (...args: string[]) => RedisProcess.start(args, program);

    test("a second machine takes what the first has computed, bit by bit, and computes nothing", async () => {
      await using server = await start();
      const first = await remoteRun(server.url, TEXTS);
      expect(first.stats).toMatchObject({ misses: 100, remote: { hits: 0, offered: 100, fault: null } });
      const backend = instantBackend();
      const second = await remoteRun(server.url, TEXTS, { backend });
      expect(second.stats).toMatchObject({ hits: 100, misses: 0, modelLoaded: false, remote: { hits: 100 } });
      expect(backend.computed()).toBe(0);
      expect(bitsOf(second.vectors)).toEqual(bitsOf(first.vectors));
      expect([...first.warnings, ...second.warnings]).toEqual([]);
    });

    test("what was taken is in the local cache, and the remote is not asked again", async () => {
      await using server = await start();
      using folder = new TempFolder();
      const cachePath = folder.join("cache.sqlite");
      await remoteRun(server.url, TEXTS);
      await remoteRun(server.url, TEXTS, { cachePath });
      server.kill();
      const again = await remoteRun(server.url, TEXTS, { cachePath });
      expect(again.stats).toMatchObject({ hits: 100, misses: 0, remote: { hits: 0, fault: null } });
    });

    test("rows stay for as long as is set, and carry no text", async () => {
      await using server = await start();
      await remoteRun(server.url, ["a text to be found out"], { ttlMs: 120_000 });
      const client = await server.client();
      const seconds = await client.ttl(nameOf("a text to be found out"));
      expect(seconds).toBeGreaterThan(100);
      expect(seconds).toBeLessThanOrEqual(120);
      const value = Buffer.from((await client.getBuffer(nameOf("a text to be found out")))!);
      expect(value.length).toBe(8 + 4 * MODEL.dimensions);
      expect(value.toString("latin1")).not.toContain("found out");
      client.close();
    });

    test("with the mode `read` nothing is ever put there", async () => {
      await using server = await start();
      const { stats, notices } = await remoteRun(server.url, TEXTS, { mode: "read" });
      expect(stats).toMatchObject({ misses: 100, remote: { offered: 0, fault: null } });
      expect(notices).toEqual([]);
      const client = await server.client();
      expect(await client.send("DBSIZE", [])).toBe(0);
      client.close();
    });

    test("rows that are damaged, of another kind or of another text are misses, and replaced", async () => {
      await using server = await start();
      const first = await remoteRun(server.url, TEXTS);
      const client = await server.client();
      const damaged = encodeRow(cacheKey(TEXTS[0]!, MODEL.id), unitVector(1), plain);
      damaged[100]! ^= 1;
      await client.set(nameOf(TEXTS[0]!), damaged);
      await client.set(nameOf(TEXTS[1]!), damaged.slice(0, 40));
      await client.set(nameOf(TEXTS[2]!), (await client.getBuffer(nameOf(TEXTS[3]!)))!);
      await client.del(nameOf(TEXTS[4]!));
      await client.send("RPUSH", [nameOf(TEXTS[4]!), "a list"]);
      const backend = instantBackend();
      const second = await remoteRun(server.url, TEXTS, { backend });
      expect(second.stats).toMatchObject({
        hits: 96,
        misses: 4,
        remote: { hits: 96, refused: 3, fault: null },
      });
      expect(bitsOf(second.vectors)).toEqual(bitsOf(first.vectors));
      const third = await remoteRun(server.url, TEXTS);
      expect(third.stats).toMatchObject({ hits: 100, remote: { refused: 0 } });
      client.close();
    });

    test("with a signing key rows that somebody else wrote are not taken", async () => {
      await using server = await start();
      await remoteRun(server.url, TEXTS.slice(0, 50));
      await remoteRun(server.url, TEXTS.slice(50), { signingKey: "another" });
      const { stats } = await remoteRun(server.url, TEXTS, { signingKey: "ours" });
      expect(stats).toMatchObject({ hits: 0, misses: 100, remote: { hits: 0, refused: 100 } });
      const again = await remoteRun(server.url, TEXTS, { signingKey: "ours" });
      expect(again.stats).toMatchObject({ hits: 100, misses: 0 });
    });

    test("a server that is full gives what it has, and the run goes on", async () => {
      await using server = await start("--maxmemory", "1mb", "--maxmemory-policy", "noeviction");
      const { stats, warnings } = await remoteRun(server.url, manyTexts(500));
      expect(stats).toMatchObject({ texts: 500, misses: 500 });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain("OOM");
    });

    test("a user that may only read makes the run local with one warning", async () => {
      await using server = await start();
      const client = await server.client();
      await client.send("ACL", ["SETUSER", "reader", "on", ">pass-word", "~amalfa:*", "+get", "+hello"]);
      client.close();
      await remoteRun(server.url, TEXTS);
      const url = `redis://reader:pass-word@127.0.0.1:${server.port}`;
      const taken = await remoteRun(url, TEXTS);
      expect(taken.stats).toMatchObject({ hits: 100, remote: { fault: null } });
      const { stats, warnings } = await remoteRun(url, manyTexts(200));
      expect(stats).toMatchObject({ texts: 200, hits: 100, misses: 100 });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/NOPERM|permission/);
      expect(warnings[0]).not.toContain("pass-word");
      const read = await remoteRun(url, manyTexts(200), { mode: "read" });
      expect(read.warnings).toEqual([]);
    });

    test("a wrong password makes the run local with one warning", async () => {
      await using server = await start("--requirepass", "right-one");
      const url = `redis://:wrong-one@127.0.0.1:${server.port}`;
      const { stats, warnings } = await remoteRun(url, TEXTS);
      expect(stats).toMatchObject({ misses: 100 });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).not.toContain("wrong-one");
    });

    test("one that is stopped is waited for no longer than a window, once, and nothing is lost", async () => {
      await using server = await start();
      await remoteRun(server.url, TEXTS);
      const backend = instantBackend(async (computed) => {
        if (computed === 0) server.kill("SIGSTOP");
      });
      const { stats, warnings, took } = await remoteRun(server.url, manyTexts(200), { backend });
      expect(stats).toMatchObject({ texts: 200, hits: 100, misses: 100 });
      expect(warnings).toHaveLength(1);
      expect(took).toBeLessThan(WAITED_MS);
    });

    test("one that is killed in the middle of a window costs what it had, and no wrong vector", async () => {
      await using server = await start();
      const texts = manyTexts(4_000);
      const first = await remoteRun(server.url, texts);
      using proxy = await WeakLine.to(server.port, 30);
      const running = remoteRun(`redis://127.0.0.1:${proxy.port}`, texts);
      setTimeout(() => server.kill(), 100);
      const { vectors, stats, warnings } = await running;
      expect(bitsOf(vectors)).toEqual(bitsOf(first.vectors));
      expect(stats.texts).toBe(4_000);
      expect(warnings.length).toBeLessThanOrEqual(1);
    });

    test("a client that is killed while it puts rows there leaves whole rows alone", async () => {
      await using server = await start();
      const child = Bun.spawn(
        [process.execPath, join(import.meta.dir, "../helpers/offer-for-ever.ts"), server.url],
        {
          stdout: "pipe",
          stdin: "ignore",
        },
      );
      await child.stdout.getReader().read();
      const client = await server.client();
      await until(async () => Number(await client.send("DBSIZE", [])) > 0, {
        what: "a row that was put there",
      });
      child.kill("SIGKILL");
      await child.exited;
      const stored = Number(await client.send("DBSIZE", []));
      expect(stored).toBeGreaterThan(0);
      client.close();
      const after = await remoteRun(server.url, manyTexts(5_000));
      expect(after.stats.remote).toMatchObject({ hits: Math.min(stored, 5_000), refused: 0, fault: null });
      const here = instantBackend();
      using folder = new TempFolder();
      const computed = await remoteRun(`redis://127.0.0.1:${await freePort()}`, manyTexts(5_000), {
        backend: here,
        cachePath: folder.join("c.sqlite"),
      });
      expect(bitsOf(after.vectors)).toEqual(bitsOf(computed.vectors));
    });

    test("through TLS with a certificate authority of one's own, and not without it", async () => {
      using folder = new TempFolder();
      makeCertificates(folder);
      const tlsPort = await freePort();
      await using server = await start(
        ...["--tls-port", String(tlsPort), "--tls-auth-clients", "no"],
        ...["--tls-cert-file", folder.join("server.crt"), "--tls-key-file", folder.join("server.key")],
        ...["--tls-ca-cert-file", folder.join("ca.crt")],
      );
      const url = `rediss://localhost:${tlsPort}`;
      const before = process.env.NODE_EXTRA_CA_CERTS;
      try {
        process.env.NODE_EXTRA_CA_CERTS = folder.join("ca.crt");
        expect((await remoteRun(url, TEXTS)).stats).toMatchObject({ misses: 100, remote: { fault: null } });
        expect((await remoteRun(url, TEXTS)).stats).toMatchObject({ hits: 100 });
        delete process.env.NODE_EXTRA_CA_CERTS;
        const without = await remoteRun(url, TEXTS);
        expect(without.stats).toMatchObject({ hits: 0, misses: 100 });
        expect(without.warnings).toHaveLength(1);
        process.env.NODE_EXTRA_CA_CERTS = folder.join("nothing-here");
        expect((await remoteRun(url, TEXTS)).warnings[0]).toContain("NODE_EXTRA_CA_CERTS");
      } finally {
        if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
        else process.env.NODE_EXTRA_CA_CERTS = before;
      }
      expect(server.port).toBeGreaterThan(0);
    });
  });
}
