/** What looks after a remote vector cache: `doctor`, `cache stats`, `cache remote prune`, and what leaves it alone. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { amalfa, amalfaJson, type ErrorDocument } from "../helpers/amalfa.ts";
import { freePort } from "../helpers/free-port.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { amalfaInTerminal, shows } from "../helpers/pseudo-terminal.ts";
import { REDIS, RedisProcess } from "../helpers/redis.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { readonly id: string; readonly status: string; readonly message: string }[];
}

class Site implements AsyncDisposable {
  readonly folder = new TempFolder().write({
    "docs/a.md": "# Alpha\n\nSome text.\n",
    "docs/b.md": "# Beta\n\nOther text.\n",
    "amalfa.settings.json": '{"sources": ["docs"]}',
  });
  readonly home = new TempFolder();
  readonly env: Record<string, string>;

  constructor(url: string, more: Readonly<Record<string, string>> = {}) {
    const own = { XDG_STATE_HOME: this.home.path, XDG_CONFIG_HOME: this.home.path };
    this.env = { ...own, ...more, AMALFA_CACHE_REMOTE_URL: url };
  }

  json<Document = Record<string, unknown>>(...args: string[]) {
    return amalfaJson<Document>(args, { cwd: this.folder.path, env: this.env });
  }

  async check() {
    const { document, status } = await this.json<Report>("doctor", "--check", "cache.remote");
    return { ...document.checks[0]!, exit: status };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.folder[Symbol.dispose]();
    this.home[Symbol.dispose]();
  }
}

test("cache.remote: without one there is nothing to say, and one that is down is a warning", async () => {
  await using none = new Site("");
  expect(await none.check()).toMatchObject({ status: "ok", message: "no remote vector cache is in use" });
  await using down = new Site(`redis://:hunter22@127.0.0.1:${await freePort()}`);
  const check = await down.check();
  expect(check).toMatchObject({ status: "warning", exit: 1 });
  expect(JSON.stringify(check)).not.toContain("hunter22");
});

test("cache.remote: what a project's settings name alone is said, and is nothing that is wrong", async () => {
  await using site = new Site("");
  const cache = { remote: "rediss://cache.example" };
  site.folder.write({ "amalfa.settings.json": JSON.stringify({ sources: ["docs"], cache }) });
  expect(await site.check()).toMatchObject({
    status: "ok",
    message: expect.stringContaining("rediss://cache.example"),
  });
});

test("cache.remote: an address that is refused is a warning that says what to do", async () => {
  await using site = new Site("redis://cache.example");
  expect(await site.check()).toMatchObject({
    status: "warning",
    message: expect.stringContaining("rediss://"),
  });
});

describe.skipIf(REDIS === undefined)("Redis, where its server is installed", () => {
  test("cache.remote: one in order says how it is, and whether rows are signed; nothing is changed there", async () => {
    await using server = await RedisProcess.start();
    await using site = new Site(server.url);
    expect(await site.json("init")).toMatchObject({ status: 0 });
    const client = await server.client();
    const before = String(await client.send("INFO", ["commandstats"])).match(/cmdstat_set:calls=\d+/g);
    const { status, message } = await site.check();
    expect(status).toBe("ok");
    expect(message).toContain("100 % of 2 vectors");
    expect(message).toContain("everybody who may write there is trusted");
    expect(await client.send("DBSIZE", [])).toBe(2);
    expect(before).not.toBeNull();
    client.close();
  });

  test("cache.remote: rows that nobody has signed, a server that is full, and rights that are missing", async () => {
    await using server = await RedisProcess.start();
    await using site = new Site(server.url);
    await site.json("init");
    await using signed = new Site(server.url, { AMALFA_CACHE_SIGNING_KEY: "ours" });
    await signed.json("init", "--no-remote-cache");
    expect(await signed.check()).toMatchObject({
      status: "warning",
      message: expect.stringContaining("2 of 2 rows"),
    });
    const client = await server.client();
    await client.send("ACL", ["SETUSER", "reader", "on", ">hunter22", "~amalfa:*", "+get", "+hello"]);
    await using reader = new Site(server.url.replace("//", "//reader:hunter22@"));
    expect(await reader.check()).toMatchObject({ status: "warning" });
    reader.env.AMALFA_CACHE_REMOTE_MODE = "read";
    expect(await reader.check()).toMatchObject({ status: "ok" });
    await client.send("CONFIG", ["SET", "maxmemory", "1"]);
    expect(await site.check()).toMatchObject({ status: "warning", message: expect.stringContaining("full") });
    client.close();
  });

  test("cache stats has a remote part where one is named, and none elsewhere", async () => {
    await using server = await RedisProcess.start();
    await using site = new Site(server.url);
    await site.json("init");
    const { document } = await site.json("cache", "stats");
    const rights = { mode: "readwrite", mayWrite: true, signed: false };
    const counts = { entries: 2, asked: 2, found: 2, proved: 2 };
    expect(document.remote).toMatchObject({
      url: server.url,
      state: "used",
      from: "environment",
      ...rights,
      ...counts,
    });
    const shown = await amalfa(["cache", "stats"], { cwd: site.folder.path, env: site.env });
    expect(shown.stdout).toContain(server.url);
    const without = await site.json("cache", "stats", "--no-remote-cache");
    expect(without.document.remote).toBeUndefined();
  });

  test("`cache push` puts there what this project needs and it does not have; there is nothing to pull", async () => {
    await using server = await RedisProcess.start();
    await using site = new Site(server.url);
    await site.json("init", "--no-remote-cache");
    await site.json("search", "a secret question");
    const dry = await site.json("cache", "push", "--dry-run");
    expect(dry).toMatchObject({ status: 0, document: { dryRun: true, rows: 2, packs: 0, bytes: 0 } });
    const client = await server.client();
    expect(await client.send("DBSIZE", [])).toBe(0);
    const pushed = await amalfa(["cache", "push"], { cwd: site.folder.path, env: site.env });
    expect(pushed.stdout).toMatch(/^2 vectors put to redis:\/\/127\.0\.0\.1:\d+, 3 KiB\n$/);
    expect(pushed.stderr).toContain("reveal");
    const names = (await client.send("KEYS", ["*"])) as string[];
    expect(names.every((name) => name.startsWith("amalfa:v1:"))).toBe(true);
    expect(names).toHaveLength(2);
    await client.set(names[0]!, "damaged");
    expect(await site.json("cache", "push")).toMatchObject({ document: { rows: 1 } });
    expect(await site.json("cache", "push")).toMatchObject({ document: { rows: 0 } });
    await using other = new Site(server.url);
    const taken = await other.json("init");
    expect(taken.document).toMatchObject({ embedding: { hits: 2, misses: 0, remote: { hits: 2 } } });
    const pull = await other.json<ErrorDocument>("cache", "pull");
    expect(pull).toMatchObject({ status: 2, document: { error: { code: "remote.live" } } });
    expect(pull.document.error.message).toContain("asked row by row, by each ingest");
    site.env.AMALFA_CACHE_REMOTE_MODE = "read";
    expect(await site.json("cache", "push")).toMatchObject({ status: 2 });
    client.close();
  });

  test("`reset` and `cache clear` leave it alone", async () => {
    await using server = await RedisProcess.start();
    await using site = new Site(server.url);
    await site.json("init");
    expect(await site.json("cache", "clear", "--yes")).toMatchObject({ status: 0 });
    expect(await site.json("reset", "--yes")).toMatchObject({ status: 0 });
    const client = await server.client();
    expect(await client.send("DBSIZE", [])).toBe(2);
    client.close();
  });

  test("`cache remote prune` removes what nobody has asked for, of amalfa's rows, and only where writing is allowed", async () => {
    await using server = await RedisProcess.start();
    await using site = new Site(server.url);
    await site.json("init");
    const client = await server.client();
    await client.set("somebody:else", "stays");
    const young = await site.json("cache", "remote", "prune", "--older-than", "1h");
    expect(young).toMatchObject({ status: 0, document: { rows: 2, removed: 0 } });
    // A row that comes from elsewhere brings the time along for which nobody has asked for it.
    const [name] = (await client.send("KEYS", ["amalfa:v1:*"])) as string[];
    await client.send("EVAL", [
      "local d = redis.call('DUMP', KEYS[1]); return redis.call('RESTORE', KEYS[1], 100000000, d, 'REPLACE', 'IDLETIME', 864000)",
      "1",
      name!,
    ]);
    const args = ["cache", "remote", "prune", "--older-than", "9d"];
    expect(await site.json(...args, "--dry-run")).toMatchObject({ document: { dryRun: true, removed: 1 } });
    expect(await client.send("DBSIZE", [])).toBe(3);
    site.env.AMALFA_CACHE_REMOTE_MODE = "read";
    const refused = await site.json<ErrorDocument>(...args);
    expect(refused).toMatchObject({ status: 2, document: { error: { code: "remote.mode" } } });
    site.env.AMALFA_CACHE_REMOTE_MODE = "readwrite";
    expect(await site.json(...args)).toMatchObject({ document: { dryRun: false, rows: 2, removed: 1 } });
    expect(await client.get("somebody:else")).toBe("stays");
    expect(await client.send("DBSIZE", [])).toBe(2);
    for (const [word, left] of [["n", 2] as const, ["y", 1] as const]) {
      await client.send("EVAL", [
        "local d = redis.call('DUMP', KEYS[1]); return redis.call('RESTORE', KEYS[1], 100000000, d, 'REPLACE', 'IDLETIME', 864000)",
        "1",
        ((await client.send("KEYS", ["amalfa:v1:*"])) as string[])[0]!,
      ]);
      await using session = amalfaInTerminal(args, { cwd: site.folder.path, env: site.env });
      await shows(session, `Remove 1 vector of 1 from ${server.url}, for everybody who uses it?`);
      session.type(`${word}\r`);
      expect(await session.exited).toBe(0);
      expect(await client.send("DBSIZE", [])).toBe(left);
    }
    client.close();
    await using none = new Site("");
    expect(await none.json(...args)).toMatchObject({
      status: 2,
      document: { error: { code: "remote.none" } },
    });
  });
});
