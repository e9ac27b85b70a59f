/** Remotes that answer so slowly, or name so much, that nobody should wait: each wait has an end, and can be ended. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { openFileStore } from "../../src/embedding/remote/file-store.ts";
import { indexName, packFolder, writeIndex } from "../../src/embedding/remote/pack-index.ts";
import { Packs } from "../../src/embedding/remote/packs.ts";
import { RemoteFault } from "../../src/embedding/remote/remote-cache.ts";
import { amalfaJson, startAmalfa } from "../helpers/amalfa.ts";
import { DrippingServer } from "../helpers/dripping-server.ts";
import { MODEL } from "../helpers/embedding.ts";
import { remoteUse } from "../helpers/remote.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

setDefaultTimeout(300_000);

function site(): TempFolder {
  return new TempFolder().write({
    "docs/a.md": "# Alpha\n\nSome text.\n",
    "amalfa.settings.json": '{"sources": ["docs"]}',
  });
}

const environment = (home: TempFolder, url: string) => ({
  XDG_STATE_HOME: home.path,
  XDG_CONFIG_HOME: home.path,
  AMALFA_CACHE_REMOTE_URL: url,
});

test("an index that comes a byte at a time makes the run local, and the checks and a pull end as well", async () => {
  using server = new DrippingServer(" ");
  using folder = site();
  using home = new TempFolder();
  const options = { cwd: folder.path, env: environment(home, server.url) };
  const begun = await amalfaJson(["init"], options);
  expect(begun).toMatchObject({ status: 0, document: { embedding: { misses: 1 } } });
  expect(begun.stderr.match(/is at fault/g)).toHaveLength(1);
  const checked = await amalfaJson(["doctor", "--check", "cache.remote"], options);
  expect(checked.document).toMatchObject({ checks: [{ status: "warning" }] });
  const pulled = await amalfaJson(["cache", "pull"], options);
  expect(pulled.document).toMatchObject({ ok: false, error: { code: "remote.fault" } });
});

for (const [name, ...args] of [["SIGINT", "init"] as const, ["SIGTERM", "cache", "pull"] as const]) {
  test(`${name} ends \`${args.join(" ")}\` while something comes that is fast enough`, async () => {
    using server = new DrippingServer(" ".repeat(30_000));
    using folder = site();
    using home = new TempFolder();
    const child = startAmalfa(["--json", ...args], {
      cwd: folder.path,
      env: environment(home, server.url),
    });
    await until(async () => server.sent > 0, { what: "a server that was asked" });
    child.kill(name);
    expect(await child.exited).toBe(130);
    expect(await new Response(child.stdout).text()).toContain('"interrupted"');
  });
}

test("a signal that is aborted ends each kind of request, and before it is begun", async () => {
  using server = new DrippingServer(" ");
  const interruption = new AbortController();
  const store = openFileStore(remoteUse(server.url), interruption.signal);
  const asked = Promise.allSettled([
    store.get("a", 10_000),
    store.put("a", new Uint8Array(1)),
    store.remove("a"),
  ]);
  interruption.abort();
  for (const each of [...(await asked), ...(await Promise.allSettled([store.get("b", 10)]))]) {
    expect(each).toMatchObject({ reason: { code: "interrupted" } });
  }
});

test("what falls behind the least speed is given up, whether it is fetched, put there or removed", async () => {
  using server = new DrippingServer(" ");
  const store = openFileStore(remoteUse(server.url));
  const asked = await Promise.allSettled([
    store.get("a", 10_000),
    store.put("a", new Uint8Array(1)),
    store.remove("a"),
  ]);
  for (const each of asked) expect(each).toMatchObject({ reason: expect.any(RemoteFault) });
});

test("of an index that names more than is sane no more is fetched than the bound, and the rest is counted", async () => {
  using folder = new TempFolder();
  const packs = Array.from({ length: 2_000 }, (_, at) => ({
    ...{ name: at.toString(16).padStart(64, "0"), bytes: 256 * 1024 * 1024 },
    ...{ entries: 1, at: 1, signature: "" },
  }));
  let fetched = 0;
  await using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      if (request.url.endsWith(indexName(MODEL.id))) {
        return new Response(Buffer.from(writeIndex({ packs, old: [] }, MODEL.id)));
      }
      if (request.url.includes(packFolder(MODEL.id))) fetched++;
      return new Response("", { status: 404 });
    },
  });
  const most = { bytes: 512 * 1024 * 1024, ms: 600_000 };
  const use = remoteUse(`http://127.0.0.1:${server.port}/packs`);
  using some = new Packs({
    use,
    model: MODEL,
    cachePath: folder.join("cache.sqlite"),
    ownKeys: () => new Set(),
    most,
  });
  expect(await some.pull(false)).toMatchObject({ packs: 2_000, refused: 2 });
  expect({ fetched, left: some.left }).toEqual({ fetched: 2, left: 1_998 });
  using none = new Packs({
    use,
    model: MODEL,
    cachePath: folder.join("cache.sqlite"),
    ownKeys: () => new Set(),
    most: { ...most, ms: -1 },
  });
  await none.pull(false);
  expect({ fetched, left: none.left }).toEqual({ fetched: 2, left: 2_000 });
});
