/** Indexes, triggers, views and tables of somebody else in the graph and in the vector cache. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { amalfa, amalfaJson, init } from "../helpers/amalfa.ts";
import { alterGraph, checkOf, doctor, troubled } from "../helpers/doctor.ts";
import { alterCache } from "../helpers/embedding.ts";
import { ids, search } from "../helpers/freshness.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { CACHE, GRAPH } from "../helpers/project-files.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

let ready: TempFolder;

beforeAll(async () => {
  ready = new TempFolder().write({ "a.md": "# Same\n\nAn apple.\n", "b.md": "# Other\n\nA banana.\n" });
  await init(ready);
});

afterAll(() => ready[Symbol.dispose]());

async function openSays(folder: TempFolder, id: "db.open" | "cache.open") {
  const { report } = await doctor(folder, ["--deep"]);
  return { ...checkOf(report, id), next: report.next };
}

test.each([
  ["CREATE UNIQUE INDEX u ON Nodes (title)", 'index "u" on nodes'],
  ['CREATE UNIQUE INDEX "o\'dd" ON nodes (substr(id, 1, 1))', 'index "o\'dd" on nodes'],
  ["CREATE INDEX slow ON chunks (text)", 'index "slow" on chunks'],
  ["CREATE TRIGGER t BEFORE INSERT ON nodes BEGIN SELECT RAISE(ABORT, 'no'); END", 'trigger "t" on nodes'],
])("in the graph: %s is named, and a rebuild heals it", async (sql, named) => {
  using folder = ready.copy();
  alterGraph(folder, sql);
  folder.write({ "c.md": "# Same\n\nA cherry.\n" });
  const says = await openSays(folder, "db.open");
  expect({ status: says.status, next: says.next }).toEqual({ status: "error", next: "amalfa rebuild" });
  expect(says.findings[0]?.message).toEndWith(
    `is not as amalfa makes it: it has what amalfa did not make: ${named}.`,
  );
  expect((await amalfa(["rebuild"], { cwd: folder.path })).status).toBe(0);
  expect(troubled((await doctor(folder, ["--deep"])).report)).toEqual([]);
  expect(ids(await search(folder, "cherry"))).toEqual(["c.md"]);
  expect((await init(folder)).status).toBe(0);
  using fresh = new TempFolder().write({ "c.md": "# Same\n\nA cherry.\n" });
  fresh.write({ "a.md": "# Same\n\nAn apple.\n", "b.md": "# Other\n\nA banana.\n" });
  await init(fresh);
  expect(graphDigest(folder.join(GRAPH))).toEqual(graphDigest(fresh.join(GRAPH)));
  // The file that had it is kept, whosever it was.
  expect(readdirSync(folder.join(".amalfa/quarantine"), { recursive: true }).join("\n")).toContain(
    "resonance.db",
  );
});

test("a table and a view in the graph are named, and stay: they are in nobody's way", async () => {
  using folder = ready.copy();
  alterGraph(folder, "CREATE TABLE mine (x)", "CREATE UNIQUE INDEX by_x ON mine (x)");
  alterGraph(folder, "INSERT INTO mine VALUES (1)", "CREATE VIEW titles AS SELECT title FROM nodes");
  folder.write({ "c.md": "# Same\n\nA cherry.\n" });
  expect((await init(folder)).status).toBe(0);
  expect((await amalfa(["rebuild"], { cwd: folder.path })).status).toBe(0);
  expect(await openSays(folder, "db.open")).toMatchObject({
    status: "ok",
    message: expect.stringContaining(
      'index "by_x" on mine, table "mine", view "titles" in it is not amalfa\'s, and is in nobody\'s way',
    ),
    next: null,
  });
  using db = new Database(folder.join(GRAPH), { readonly: true });
  expect(db.query("SELECT x FROM mine").values()).toEqual([[1]]);
});

test.each(["doctor --fix", "init"])(
  "an index in the vector cache that keeps vectors from being stored is named, and `%s` removes it",
  async (remedy) => {
    using folder = ready.copy();
    alterCache(folder.join(CACHE), 'CREATE UNIQUE INDEX "u""u" ON cache (model) WHERE last_used > 9e15');
    alterCache(folder.join(CACHE), "CREATE TABLE mine (x)", "INSERT INTO mine VALUES (1)");
    const says = await openSays(folder, "cache.open");
    expect({ status: says.status, next: says.next }).toEqual({
      status: "warning",
      next: "amalfa doctor --fix",
    });
    expect(says.findings[0]?.message).toContain('has what amalfa did not make: index "u"u" on cache.');
    // An ingest that computes something opens the cache for writing.
    folder.write({ "c.md": "# Same\n\nA cherry.\n" });
    const before = vectorsOf(folder);
    expect((await amalfa(remedy.split(" "), { cwd: folder.path })).status).toBe(remedy === "init" ? 0 : 1);
    expect(vectorsOf(folder).slice(0, before.length).sort()).toEqual(before.sort());
    expect((await init(folder)).status).toBe(0);
    expect(await openSays(folder, "cache.open")).toMatchObject({
      status: "ok",
      message: expect.stringContaining('table "mine" in it is not amalfa\'s'),
      next: null,
    });
    expect((await amalfaJson<{ entries: number }>(["cache", "stats"], { cwd: folder.path })).status).toBe(0);
  },
);

function vectorsOf(folder: TempFolder): string[] {
  using db = new Database(folder.join(CACHE), { readonly: true });
  return db.query("SELECT key || hex(vector) FROM cache ORDER BY rowid").values().flat() as string[];
}
