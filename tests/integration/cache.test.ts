/** `amalfa cache`: figures, and what is removed. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import { alterCache, cacheRows, fillCache, MODEL } from "../helpers/embedding.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import { CACHE, GRAPH } from "../helpers/project-files.ts";
import { amalfaInTerminal, shows } from "../helpers/pseudo-terminal.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

// Many processes one after the other; how long that takes says nothing here.
setDefaultTimeout(300_000);

const DAY = 24 * 60 * 60 * 1000;

interface StatsDocument {
  readonly ok: boolean;
  readonly path: string;
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly models: readonly {
    readonly model: string;
    readonly dimensions: number;
    readonly entries: number;
  }[];
  readonly orphans: number | null;
  readonly hitRate: number | null;
  readonly runs: readonly { readonly command: string; readonly hits: number; readonly misses: number }[];
}

interface RemovalDocument {
  readonly removed: number;
  readonly entries: number;
  readonly dryRun: boolean;
}

/** Ingested once; every test works on a copy. */
const ready = useReadyNotes();

async function json<Document>(folder: TempFolder, ...args: string[]) {
  return amalfaJson<Document>(args, { cwd: folder.path });
}

describe("amalfa cache stats", () => {
  test("says what the contract names, and what recent ingests found", async () => {
    using folder = ready.copy();
    rmSync(folder.join(GRAPH));
    await json(folder, "init");
    const { status, document } = await json<StatsDocument>(folder, "cache", "stats");
    expect(status).toBe(0);
    expect(document).toMatchObject({
      ok: true,
      path: folder.join(CACHE),
      entries: ready.texts,
      maxBytes: 512 * 1024 * 1024,
      models: [{ model: MODEL.id, dimensions: MODEL.dimensions, entries: ready.texts }],
      orphans: 0,
      hitRate: 0.5,
    });
    expect(document.runs.map(({ command, hits, misses }) => [command, hits, misses])).toEqual([
      ["init", ready.texts, 0],
      ["init", 0, ready.texts],
    ]);
    expect(Date.parse(document.oldest ?? "")).toBeLessThanOrEqual(Date.parse(document.newest ?? ""));
    expect(document.bytes).toBe(statSync(folder.join(CACHE)).size);
  });

  test("draws the ages, names orphans, and never writes", async () => {
    using folder = ready.copy();
    writeFileSync(folder.join("soil/worms.md"), "Something else entirely about worms.\n");
    await json(folder, "init");
    alterCache(folder.join(CACHE), `UPDATE cache SET last_used = ${Date.now() - 40 * DAY} WHERE rowid <= 2`);
    const before = readFileSync(folder.join(CACHE));
    const { stdout } = await amalfa(["cache", "stats"], { cwd: folder.path });
    expect(stdout).toMatch(/orphans +1 \(/);
    expect(stdout).toMatch(/90 days +2 +█+/);
    expect(stdout).toMatch(/longer ago +0$/m);
    expect(readFileSync(folder.join(CACHE)).equals(before)).toBe(true);
  });

  test("without a cache there is nothing, and none is made", async () => {
    using folder = notesFolder();
    const { status, document } = await json<StatsDocument>(folder, "cache", "stats");
    expect(status).toBe(0);
    expect(document).toMatchObject({ entries: 0, bytes: 0, oldest: null, models: [], hitRate: null });
    expect(existsSync(folder.join(".amalfa"))).toBe(false);
  });
});

describe("amalfa cache prune", () => {
  test("a dry run counts what the real run then removes, and changes nothing", async () => {
    using folder = ready.copy();
    alterCache(folder.join(CACHE), `UPDATE cache SET last_used = ${Date.now() - 91 * DAY} WHERE rowid <= 3`);
    for (const choice of [
      ["--older-than", "90d"],
      ["--model", MODEL.name],
    ]) {
      const before = readFileSync(folder.join(CACHE));
      const dry = await json<RemovalDocument>(folder, "cache", "prune", "--dry-run", ...choice);
      expect(readFileSync(folder.join(CACHE)).equals(before)).toBe(true);
      const real = await json<RemovalDocument>(folder, "cache", "prune", ...choice);
      expect(real.document.removed).toBe(dry.document.removed);
      expect(real.document.entries).toBe(dry.document.entries);
      expect(cacheRows(folder.join(CACHE)).length).toBe(real.document.entries);
      expect(real.document.removed).toBeGreaterThan(0);
    }
    expect(cacheRows(folder.join(CACHE))).toEqual([]);
  });

  test("what is given narrows the choice", async () => {
    using folder = ready.copy();
    writeFileSync(folder.join("soil/worms.md"), "Something else entirely about worms.\n");
    await json(folder, "init");
    const both = await json<RemovalDocument>(folder, "cache", "prune", "--orphans", "--older-than", "1d");
    expect(both.document.removed).toBe(0);
    const orphans = await json<RemovalDocument>(folder, "cache", "prune", "--orphans");
    expect(orphans.document.removed).toBe(1);
    const { document } = await json<IngestDocument>(folder, "rebuild");
    expect(document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
  });

  test("nonsense, zero, negative and absurd values are refused with 2, and nothing is removed", async () => {
    using folder = ready.copy();
    const wrong = [
      ["prune", "--older-than", "0d"],
      ["prune", "--older-than", "-5d"],
      ["prune", "--older-than", "90"],
      ["prune", "--older-than", "6m"],
      ["prune", "--older-than", "101y"],
      ["prune", "--older-than", ""],
      ["prune", "--max-bytes", "0"],
      ["prune", "--max-bytes=-1"],
      ["prune", "--max-bytes", "1KiB"],
      ["prune", "--max-bytes", "5 parsecs"],
      ["prune", "--max-bytes", "1e9"],
      ["prune", "--model", "no-such-model"],
      ["verify", "--sample", "0"],
      ["verify", "--all", "--sample", "3"],
      ["clear", "--model", "no-such-model", "--yes"],
      ["clear"],
      ["export"],
      ["no-such-command"],
    ];
    const results = await Promise.all(wrong.map((args) => json<ErrorDocument>(folder, "cache", ...args)));
    for (const [place, { status, document }] of results.entries()) {
      expect([wrong[place], status, document.ok]).toEqual([wrong[place], 2, false]);
    }
    expect(cacheRows(folder.join(CACHE)).length).toBe(ready.texts);
  });

  test("orphans cannot be told without a graph", async () => {
    using folder = ready.copy();
    rmSync(folder.join(GRAPH));
    const { status, document } = await json<ErrorDocument>(folder, "cache", "prune", "--orphans");
    expect([status, document.error.code]).toEqual([1, "database.missing"]);
    expect(cacheRows(folder.join(CACHE)).length).toBe(ready.texts);
  });
});

describe("amalfa cache clear and compact", () => {
  test("clear --yes removes all rows, the file shrinks, and a rebuild fills it from the graph", async () => {
    using folder = ready.copy();
    const before = statSync(folder.join(CACHE)).size;
    const { document } = await json<RemovalDocument>(folder, "cache", "clear", "--yes");
    expect(document).toMatchObject({ removed: ready.texts, entries: 0 });
    expect(statSync(folder.join(CACHE)).size).toBeLessThan(before);
    const rebuilt = await json<IngestDocument>(folder, "rebuild");
    expect(rebuilt.document.embedding).toMatchObject({ hits: ready.texts, misses: 0, modelLoaded: false });
    expect(cacheRows(folder.join(CACHE)).length).toBe(ready.texts);
  });

  test("clear leaves files that only have the name of the record of packs, and names the one it took for it", async () => {
    using folder = ready.copy();
    const names = ["", "-wal", "-shm"].map((end) => `${CACHE}.packs${end}`);
    folder.write(Object.fromEntries(names.map((name) => [name, "mine"])));
    const { status, stderr } = await amalfa(["cache", "clear", "--yes"], { cwd: folder.path });
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining(`${folder.join(CACHE)}.packs is no record`),
    ]);
    for (const name of names) expect(readFileSync(folder.join(name), "utf8")).toBe("mine");
  });

  test("clear asks, says how many, and takes only a yes for an answer", async () => {
    using folder = ready.copy();
    const cwd = folder.path;
    for (const { answer, left, status } of [
      { answer: "\r", left: ready.texts, status: 0 },
      { answer: "\x03", left: ready.texts, status: 130 },
      { answer: "y\r", left: 0, status: 0 },
    ]) {
      await using session = amalfaInTerminal(["cache", "clear"], { cwd });
      await shows(session, `Remove ${ready.texts} vectors from`);
      session.type(answer);
      expect(await session.exited).toBe(status);
      expect(cacheRows(folder.join(CACHE)).length).toBe(left);
    }
  });

  test("compact makes a file that could not shrink one that does", async () => {
    using folder = ready.copy();
    const path = folder.join(CACHE);
    alterCache(path, "PRAGMA journal_mode = DELETE", "PRAGMA auto_vacuum = NONE", "VACUUM");
    alterCache(path, "DELETE FROM cache WHERE rowid > 1");
    const before = statSync(path).size;
    expect((await json(folder, "cache", "compact")).status).toBe(0);
    expect(statSync(path).size).toBeLessThan(before);
    using db = new Database(path, { readonly: true });
    expect(db.query("PRAGMA auto_vacuum").values()).toEqual([[2]]);
    expect(cacheRows(path).length).toBe(1);
  });

  test("without a cache, or with something else in its place, they say so and create nothing", async () => {
    using folder = notesFolder();
    for (const args of [["prune"], ["clear", "--yes"], ["compact"], ["verify"], ["export", "x"]]) {
      const { status, document } = await json<ErrorDocument>(folder, "cache", ...args);
      expect([args, status, document.error.code]).toEqual([args, 1, "cache.missing"]);
    }
    expect(existsSync(folder.join(".amalfa"))).toBe(false);
    mkdirSync(folder.join(".amalfa/cache"), { recursive: true });
    writeFileSync(folder.join(CACHE), "this is a note and no database at all. ".repeat(40));
    for (const args of [["stats"], ["prune"], ["compact"]]) {
      const { status, document } = await json<ErrorDocument>(folder, "cache", ...args);
      expect([args, status, document.error.code]).toEqual([args, 1, "cache.damaged"]);
    }
  });
});

describe("What is no cache", () => {
  test("a folder on the way that is none, and a cache whose making was cut short, are named", async () => {
    using folder = ready.copy();
    writeFileSync(folder.join(CACHE), "");
    for (const args of [["verify"], ["export", "x"]]) {
      const { document } = await json<ErrorDocument>(folder, "cache", ...args);
      expect(document.error.code).toBe("cache.missing");
    }
    rmSync(folder.join(".amalfa/cache"), { recursive: true });
    writeFileSync(folder.join(".amalfa/cache"), "a file");
    for (const args of [["stats"], ["verify"], ["prune"], ["clear", "--yes"], ["compact"], ["export", "x"]]) {
      const { status, document } = await json<ErrorDocument>(folder, "cache", ...args);
      expect([status, document.error.code]).toEqual([1, "cache.unusable"]);
    }
  });
});

test("a run that says no time is passed over by stats", async () => {
  using folder = ready.copy();
  alterCache(
    folder.join(CACHE),
    "INSERT INTO runs (at, command, model, hits, misses) VALUES (9000000000000000000, 'init', 'm', 1, 1)",
  );
  const { status, document } = await json<{ ok: boolean }>(folder, "cache", "stats");
  expect({ status, ok: document.ok }).toEqual({ status: 0, ok: true });
}, 300_000);

test("a prune removes what its dry run says, also where rows that go lie between rows that stay", async () => {
  using folder = ready.copy();
  const path = folder.join(CACHE);
  fillCache(path, 3_000);
  alterCache(path, "UPDATE cache SET last_used = last_used - (rowid * 7919) % 30011 * 1000");
  const prune = async (...args: string[]) =>
    (await json<{ removed: number; entries: number; bytes: number }>(folder, "cache", "prune", ...args))
      .document;
  const said = await prune("--max-bytes", "3MiB", "--dry-run");
  const done = await prune("--max-bytes", "3MiB");
  expect({ removed: done.removed, entries: done.entries }).toEqual({
    removed: said.removed,
    entries: said.entries,
  });
  expect(done.bytes).toBeLessThanOrEqual(3 * 1024 * 1024);
  expect(done.bytes).toBeGreaterThan(2.5 * 1024 * 1024);
}, 300_000);
