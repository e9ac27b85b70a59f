/** `amalfa cache` and everything around the vector cache, through the real program. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { amalfa, amalfaJson, CLI, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import { alterCache, cacheRows, fillCache, MODEL } from "../helpers/embedding.ts";
import { graphDigest, graphRows } from "../helpers/graph-rows.ts";
import { NOTES, notesFolder } from "../helpers/notes.ts";
import { fillUp, inOwnMounts, mountOwn } from "../helpers/own-mounts.ts";
import { amalfaInTerminal, shows } from "../helpers/pseudo-terminal.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

// Many processes one after the other; how long that takes says nothing here.
setDefaultTimeout(300_000);

const DAY = 24 * 60 * 60 * 1000;
const CACHE = ".amalfa/cache/vector_cache.sqlite";
const GRAPH = ".amalfa/resonance.db";

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
const ready = notesFolder();
let texts = 0;
beforeAll(async () => {
  const { document } = await amalfaJson<IngestDocument>(["init"], { cwd: ready.path });
  texts = document.embedding.misses;
  expect(texts).toBeGreaterThan(4);
});
afterAll(() => ready[Symbol.dispose]());

function readyFolder(): TempFolder {
  return ready.copy();
}

async function json<Document>(folder: TempFolder, ...args: string[]) {
  return amalfaJson<Document>(args, { cwd: folder.path });
}

describe("amalfa cache stats", () => {
  test("says what the contract names, and what recent ingests found", async () => {
    using folder = readyFolder();
    rmSync(folder.join(GRAPH));
    await json(folder, "init");
    const { status, document } = await json<StatsDocument>(folder, "cache", "stats");
    expect(status).toBe(0);
    expect(document).toMatchObject({
      ok: true,
      path: folder.join(CACHE),
      entries: texts,
      maxBytes: 512 * 1024 * 1024,
      models: [{ model: MODEL.id, dimensions: MODEL.dimensions, entries: texts }],
      orphans: 0,
      hitRate: 0.5,
    });
    expect(document.runs.map(({ command, hits, misses }) => [command, hits, misses])).toEqual([
      ["init", texts, 0],
      ["init", 0, texts],
    ]);
    expect(Date.parse(document.oldest ?? "")).toBeLessThanOrEqual(Date.parse(document.newest ?? ""));
    expect(document.bytes).toBe(statSync(folder.join(CACHE)).size);
  });

  test("draws the ages, names orphans, and never writes", async () => {
    using folder = readyFolder();
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

describe("amalfa cache verify", () => {
  test("finds every vector the same, and then a wrong and a malformed one", async () => {
    using folder = readyFolder();
    const sound = await json(folder, "cache", "verify", "--all");
    expect(sound.status).toBe(0);
    expect(sound.document).toMatchObject({
      ok: true,
      malformed: 0,
      compared: texts,
      exact: texts,
      lowestCosine: 1,
    });

    const [first, second, third] = cacheRows(folder.join(CACHE));
    const { crc32 } = Bun.hash;
    const seed = Number.parseInt(first!.key.slice(0, 8), 16);
    alterCache(
      folder.join(CACHE),
      `UPDATE cache SET vector = x'${second!.vector.toHex()}', checksum = ${crc32(second!.vector, seed)} WHERE key = '${first!.key}'`,
      `UPDATE cache SET checksum = 1 WHERE key = '${third!.key}'`,
    );
    const spoilt = await json<{ mismatches: { key: string; cosine: number }[] }>(
      folder,
      "cache",
      "verify",
      "--all",
    );
    expect(spoilt.status).toBe(1);
    expect(spoilt.document).toMatchObject({ ok: false, malformed: 1, compared: texts - 1, exact: texts - 2 });
    expect(spoilt.document.mismatches.map(({ key }) => key)).toEqual([first!.key]);
    expect(spoilt.document.mismatches[0]!.cosine).toBeLessThan(0.99);

    const sample = await json<{ compared: number }>(folder, "cache", "verify", "--sample", "2");
    expect(sample.document.compared).toBe(2);
  });
});

describe("amalfa cache prune", () => {
  test("a dry run counts what the real run then removes, and changes nothing", async () => {
    using folder = readyFolder();
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
    using folder = readyFolder();
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
    using folder = readyFolder();
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
    expect(cacheRows(folder.join(CACHE)).length).toBe(texts);
  });

  test("orphans cannot be told without a graph", async () => {
    using folder = readyFolder();
    rmSync(folder.join(GRAPH));
    const { status, document } = await json<ErrorDocument>(folder, "cache", "prune", "--orphans");
    expect([status, document.error.code]).toEqual([1, "database.missing"]);
    expect(cacheRows(folder.join(CACHE)).length).toBe(texts);
  });
});

describe("amalfa cache clear and compact", () => {
  test("clear --yes removes all rows, the file shrinks, and a rebuild fills it from the graph", async () => {
    using folder = readyFolder();
    const before = statSync(folder.join(CACHE)).size;
    const { document } = await json<RemovalDocument>(folder, "cache", "clear", "--yes");
    expect(document).toMatchObject({ removed: texts, entries: 0 });
    expect(statSync(folder.join(CACHE)).size).toBeLessThan(before);
    const rebuilt = await json<IngestDocument>(folder, "rebuild");
    expect(rebuilt.document.embedding).toMatchObject({ hits: texts, misses: 0, modelLoaded: false });
    expect(cacheRows(folder.join(CACHE)).length).toBe(texts);
  });

  test("clear asks, says how many, and takes only a yes for an answer", async () => {
    using folder = readyFolder();
    const cwd = folder.path;
    for (const { answer, left, status } of [
      { answer: "\r", left: texts, status: 0 },
      { answer: "\x03", left: texts, status: 130 },
      { answer: "y\r", left: 0, status: 0 },
    ]) {
      await using session = amalfaInTerminal(["cache", "clear"], { cwd });
      await shows(session, `Remove ${texts} vectors from`);
      session.type(answer);
      expect(await session.exited).toBe(status);
      expect(cacheRows(folder.join(CACHE)).length).toBe(left);
    }
  });

  test("compact makes a file that could not shrink one that does", async () => {
    using folder = readyFolder();
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
    using folder = readyFolder();
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

test("a prune removes what its dry run says, also where rows that go lie between rows that stay", async () => {
  using folder = readyFolder();
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
}, 60_000);

describe("Carrying a cache to another place", () => {
  test("an export imported in a clone makes its first init run with 0 misses and no model loaded", async () => {
    using folder = readyFolder();
    using clone = notesFolder();
    const file = clone.join("vectors.amalfa");
    expect((await json(folder, "cache", "export", file)).status).toBe(0);
    expect((await json<ErrorDocument>(folder, "cache", "export", file)).status).toBe(2);
    const imported = await json(clone, "cache", "import", file);
    expect(imported.document).toMatchObject({ ok: true, added: texts, kept: 0 });
    const { document } = await json<IngestDocument>(clone, "init");
    expect(document.embedding).toMatchObject({ texts, hits: texts, misses: 0, modelLoaded: false });
    expect(graphDigest(clone.join(GRAPH))).toEqual(graphDigest(folder.join(GRAPH)));
  });

  test("a model that the cache has no rows of is refused, and a stamp that no time has is no obstacle", async () => {
    using folder = readyFolder();
    const file = folder.join("vectors.amalfa");
    const refused = await json<ErrorDocument>(folder, "cache", "export", "--model", "nope", file);
    expect([refused.status, refused.document.error.code]).toEqual([2, "cache.model"]);
    expect(existsSync(file)).toBe(false);
    alterCache(folder.join(CACHE), "UPDATE cache SET last_used = 9223372036854775807");
    const { document } = await json(folder, "cache", "export", "--model", "all-MiniLM-L6-v2", file);
    expect(document).toMatchObject({ ok: true, entries: texts });
  });

  test("I1 an export is written over an earlier export and over nothing else", async () => {
    using folder = readyFolder();
    folder.write({ "notes.txt": "mine\n", "there/a.txt": "mine\n", empty: "" });
    const before = treeOf(folder.path);
    const refused = [
      CACHE,
      GRAPH,
      `${GRAPH}-wal`,
      ".amalfa/runtime/maintenance.lock",
      ".amalfa/new",
      "README.md",
      "new.md",
      "amalfa.settings.json",
      "notes.txt",
      "there",
      "/dev/null",
      "nowhere/vectors.amalfa",
    ];
    for (const file of refused) {
      const { status, document } = await json<ErrorDocument>(folder, "cache", "export", "--force", file);
      expect([file, status, document.error.code]).toEqual([file, 2, "archive.place"]);
    }
    expect(treeOf(folder.path)).toEqual(before);
    folder.write({ "amalfa.settings.json": '{ "cache": { "path": "vectors.sqlite" } }' });
    cpSync(folder.join(CACHE), folder.join("vectors.sqlite"));
    for (const file of ["vectors.sqlite", "vectors.sqlite-wal"]) {
      const { document } = await json<ErrorDocument>(folder, "cache", "export", "--force", file);
      expect([file, document.error.code]).toEqual([file, "archive.place"]);
    }
    for (const file of ["vectors.sqlite.amalfa", "vectors.amalfa", "empty"]) {
      expect((await json(folder, "cache", "export", file)).status).toBe(0);
      const again = await json<ErrorDocument>(folder, "cache", "export", file);
      expect([again.status, again.document.error.code]).toEqual([2, "archive.exists"]);
      expect((await json(folder, "cache", "export", "--force", file)).status).toBe(0);
    }
  });

  test("an import of another model's vectors, of a missing and of a damaged file is refused", async () => {
    using folder = readyFolder();
    const file = folder.join("vectors.amalfa");
    await json(folder, "cache", "export", file);
    using other = notesFolder().write({
      "amalfa.settings.json": JSON.stringify({ embeddings: { model: "all-MiniLM-L6-v2-128" } }),
    });
    const foreign = await json<ErrorDocument>(other, "cache", "import", file);
    expect([foreign.status, foreign.document.error.code]).toEqual([1, "archive.models"]);
    const missing = await json<ErrorDocument>(other, "cache", "import", folder.join("nothing"));
    expect([missing.status, missing.document.error.code]).toEqual([2, "archive.unreadable"]);
    expect(existsSync(other.join(".amalfa"))).toBe(false);
    const any = await json(other, "cache", "import", "--any-model", file);
    expect(any.document).toMatchObject({ added: texts });
  });
});

describe("I3 A full hit loads no model: seeding from the graph", () => {
  for (const [command, ...flags] of [["rebuild"], ["init", "--force"]]) {
    test(`${command} after the cache was deleted takes the graph's vectors over`, async () => {
      using folder = readyFolder();
      const before = graphDigest(folder.join(GRAPH));
      const rows = cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row);
      rmSync(folder.join(".amalfa/cache"), { recursive: true });
      const predicted = await json<IngestDocument>(folder, command!, "--dry-run", ...flags);
      expect(existsSync(folder.join(".amalfa/cache"))).toBe(false);
      const { document } = await json<IngestDocument>(folder, command!, ...flags);
      expect(document.embedding).toMatchObject({ texts, hits: texts, misses: 0, modelLoaded: false });
      expect(predicted.document.embedding).toEqual(document.embedding);
      expect(graphDigest(folder.join(GRAPH))).toEqual(before);
      expect(cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row)).toEqual(rows);
    });
  }

  test("a changed document costs only what changed in it, also without the cache", async () => {
    using folder = readyFolder();
    rmSync(folder.join(".amalfa/cache"), { recursive: true });
    const path = "plan/season.md";
    writeFileSync(folder.join(path), `${NOTES[path]}\n## Winter\n\nRead seed catalogues by the stove.\n`);
    const { document } = await json<IngestDocument>(folder, "init");
    expect(document.embedding.misses).toBe(1);
    expect(document.embedding.hits).toBeGreaterThan(0);
  });

  test("rebuild --no-cache computes everything", async () => {
    using folder = readyFolder();
    const { document } = await json<IngestDocument>(folder, "rebuild", "--no-cache");
    expect(document.embedding).toMatchObject({ hits: 0, misses: texts });
  });

  test("a vector of the graph that is damaged, or of another text, does not get into the cache", async () => {
    using folder = readyFolder();
    const reference = cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row);
    rmSync(folder.join(".amalfa/cache"), { recursive: true });
    {
      using db = new Database(folder.join(GRAPH), { readwrite: true });
      const [a, b, c] = db.query<{ chunk: number; vector: Uint8Array }, []>("SELECT * FROM vectors").all();
      // The lowest bit of one value: still of unit length, and wrong all the same.
      a!.vector[40]! ^= 1;
      db.run("UPDATE vectors SET vector = ? WHERE chunk = ?", [a!.vector, a!.chunk]);
      db.run(
        "UPDATE vectors SET (vector, checksum) = (SELECT vector, checksum FROM vectors WHERE chunk = ?) WHERE chunk = ?",
        [c!.chunk, b!.chunk],
      );
    }
    const { document } = await json<IngestDocument>(folder, "rebuild");
    expect(document.embedding).toMatchObject({ hits: texts - 2, misses: 2 });
    expect(cacheRows(folder.join(CACHE)).map(({ last_used, ...row }) => row)).toEqual(reference);
  });
});

describe("I8 A cache fault is never the user's problem: through the real program", () => {
  const damage: Record<string, (path: string) => void> = {
    "is cut off": (path) => writeFileSync(path, readFileSync(path).subarray(0, 9_000)),
    "has random pages": (path) => writeFileSync(path, readFileSync(path).fill(0xa5, 8_192, 20_480)),
    "is no database": (path) =>
      writeFileSync(path, "a note, and no database whatever its name says. ".repeat(30)),
  };
  for (const [fault, spoil] of Object.entries(damage)) {
    test(`a cache that ${fault} goes to quarantine with one warning, and the next rebuild is back to 0 misses`, async () => {
      using folder = readyFolder();
      const before = graphDigest(folder.join(GRAPH));
      spoil(folder.join(CACHE));
      const spoilt = readFileSync(folder.join(CACHE));
      const first = await json<IngestDocument>(folder, "rebuild");
      expect(first.status).toBe(0);
      expect(first.stderr.trim().split("\n")).toEqual([
        expect.stringContaining("moved to .amalfa/quarantine/"),
      ]);
      expect(first.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
      expect(graphDigest(folder.join(GRAPH))).toEqual(before);
      const [quarantined] = readdirSync(folder.join(".amalfa/quarantine"));
      const kept = folder.join(".amalfa/quarantine", quarantined!, "vector_cache.sqlite");
      expect(readFileSync(kept).equals(spoilt)).toBe(true);
      const second = await json<IngestDocument>(folder, "rebuild");
      expect([second.stderr, second.document.embedding.misses]).toEqual(["", 0]);
    });
  }

  test("a damaged cache that another process has open stays where it is", async () => {
    using folder = readyFolder();
    const path = folder.join(CACHE);
    writeFileSync(path, "a note, and no database whatever its name says. ".repeat(30));
    const holder = Bun.spawn(["sh", "-c", 'exec 9<"$1"; echo open; read -r _', "sh", path], {
      stdin: "pipe",
      stdout: "pipe",
    });
    await holder.stdout.getReader().read();
    const { status, stderr } = await json(folder, "rebuild");
    holder.stdin.end();
    await holder.exited;
    expect(status).toBe(0);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
    expect(readFileSync(path, "utf8")).toStartWith("a note");
  });

  test("what lies damaged at a cache.path outside .amalfa is not moved: it may be anybody's file", async () => {
    using folder = readyFolder();
    folder.write({
      "notes.txt": "a letter that somebody else needs, and no database. ".repeat(30),
      "amalfa.settings.json": JSON.stringify({ cache: { path: "notes.txt" } }),
    });
    const before = readFileSync(folder.join("notes.txt"));
    const { status, stderr } = await json(folder, "rebuild");
    expect(status).toBe(0);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(readFileSync(folder.join("notes.txt")).equals(before)).toBe(true);
    expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
  });

  test("a newer schema, a foreign database and a folder are left alone, with one warning each", async () => {
    const spoilings: ((path: string) => void)[] = [
      (path) => alterCache(path, "PRAGMA user_version = 99"),
      (path) =>
        alterCache(
          path,
          "DROP TABLE cache",
          "DROP TABLE runs",
          "PRAGMA user_version = 0",
          "CREATE TABLE t (a)",
        ),
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ];
    for (const spoil of spoilings) {
      using folder = readyFolder();
      const before = graphDigest(folder.join(GRAPH));
      spoil(folder.join(CACHE));
      const { status, stderr } = await json<IngestDocument>(folder, "rebuild");
      expect(status).toBe(0);
      expect(stderr.trim().split("\n").length).toBe(1);
      expect(graphDigest(folder.join(GRAPH))).toEqual(before);
      expect(existsSync(folder.join(".amalfa/quarantine"))).toBe(false);
    }
  });

  test("a full disk under the cache: the ingest is complete, and says once what it cannot keep", async () => {
    using folder = notesFolder();
    const small = folder.join("small");
    mkdirSync(small);
    folder.write({
      "amalfa.settings.json": JSON.stringify({
        sources: Object.keys(NOTES),
        cache: { path: `${small}/c.sqlite` },
      }),
    });
    const init = [process.execPath, CLI, "--root", folder.path, "--json", "init"];
    const full = inOwnMounts(`${mountOwn(small, "64k")}; ${fillUp(small)}`, init);
    const { exitCode, stdout, stderr } = Bun.spawnSync(full);
    expect(exitCode).toBe(0);
    expect((JSON.parse(stdout.toString()) as IngestDocument).embedding.misses).toBe(texts);
    expect(
      stderr
        .toString()
        .split("\n")
        .filter((line) => line.includes("at fault")).length,
    ).toBe(1);
    expect(graphRows(folder.join(GRAPH))).toEqual(graphRows(ready.join(GRAPH)));
  });
});

describe("A shared cache outside the project", () => {
  test("serves several projects, is pruned by age only, and reset leaves it alone and says so", async () => {
    using folder = new TempFolder();
    const cache = folder.join("shared/vectors.sqlite");
    const projects = ["one", "two"].map((name) => {
      const files = Object.entries(NOTES).map(([path, text]) => [`${name}/${path}`, text] as const);
      folder.write({
        ...Object.fromEntries(files),
        [`${name}/amalfa.settings.json`]: JSON.stringify({ cache: { path: "../shared/vectors.sqlite" } }),
      });
      return { cwd: folder.join(name) };
    });
    const [one, two] = projects as [{ cwd: string }, { cwd: string }];
    const first = await amalfaJson<IngestDocument>(["init"], one);
    const second = await amalfaJson<IngestDocument>(["init"], two);
    expect([first.document.embedding.misses, second.document.embedding.misses]).toEqual([texts, 0]);

    const orphans = await amalfaJson<ErrorDocument>(["cache", "prune", "--orphans"], two);
    expect([orphans.status, orphans.document.error.code]).toEqual([2, "cache.shared"]);

    const reset = await amalfaJson<{ kept: string[] }>(["reset", "--yes"], one);
    expect(reset.status).toBe(0);
    expect(reset.document.kept).toContain(cache);
    expect(existsSync(folder.join("one/.amalfa"))).toBe(false);
    expect(cacheRows(cache).length).toBe(texts);
    const again = await amalfaJson<IngestDocument>(["init"], one);
    expect(again.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
  });
});
