/** Real files in every state that a vector cache can be found in, and what a run makes of them. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { deleteMalformedRows } from "../../../src/embedding/cache/repair.ts";
import { readCacheReport } from "../../../src/embedding/cache/report.ts";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { VectorCache } from "../../../src/embedding/cache/vector-cache.ts";
import { createEmbedder } from "../../../src/embedding/embedder.ts";
import { clearCache, compactCache, planClear } from "../../../src/maintenance/cache/prune.ts";
import { type EmbedOutcome, embedInChild } from "../../helpers/embed-child.ts";
import {
  alterCache,
  bitsOf,
  cacheRows,
  type Embedded,
  embedMadeUp,
  MODEL,
  NO_MODELS,
  startMadeUpBackend,
  unitVector,
} from "../../helpers/embedding.ts";
import { seeded } from "../../helpers/random.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

// Children take long to start where much else goes on.
setDefaultTimeout(300_000);

/** The cache is the point here, and not the model. */
const backend = "made up";

const TEXTS = ["a cat", "a dog", "a bird", "a fish"];
/** Asked for in addition by runs that must have something to write. */
const NEW = "a tree";

const intact = new TempFolder();
const INTACT = intact.join("c.sqlite");
let expected: readonly string[];

beforeAll(async () => {
  const all = await embedMadeUp(intact.join("reference.sqlite"), [...TEXTS, NEW]);
  expected = bitsOf(all.vectors);
  await embedMadeUp(INTACT, TEXTS);
});
afterAll(() => intact[Symbol.dispose]());

function folderWithCache(): { folder: TempFolder; path: string } {
  const folder = new TempFolder();
  const path = folder.join("c.sqlite");
  copyFileSync(INTACT, path);
  return { folder, path };
}

/** The whole promise: the right vectors, one warning that names the file, and everything counted. */
function expectOneWarning(
  run: Embedded | EmbedOutcome,
  path: string,
  counts: { hits: number; misses: number },
): void {
  const bits = "bits" in run ? run.bits : bitsOf(run.vectors);
  expect(bits).toEqual(expected.slice(0, bits.length));
  expect(run.warnings.length).toBe(1);
  expect(run.warnings[0]).toContain(path);
  expect(run.stats).toMatchObject({ texts: bits.length, ...counts });
}

describe("I8 A cache fault is never the user's problem", () => {
  const contents: Record<string, (path: string) => void> = {
    "is not a database": (path) =>
      writeFileSync(path, "this is a note, and it is longer than a database header. ".repeat(9)),
    "is cut off after its header": (path) => truncateSync(path, 100),
    "is cut off in its first page": (path) => truncateSync(path, 3_000),
    "is full of zeros": (path) => writeFileSync(path, new Uint8Array(8_192)),
    "has a schema of a later version": (path) => alterCache(path, "PRAGMA user_version = 99"),
    "has the right version but no table": (path) => alterCache(path, "DROP TABLE cache"),
    "has the right version but another table": (path) =>
      alterCache(path, "DROP TABLE cache", "CREATE TABLE cache (key TEXT, value TEXT)"),
    "has a page of noise in the middle": (path) => {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0xa5, 8_192, 12_288));
    },
  };

  for (const [fault, spoil] of Object.entries(contents)) {
    test(`a file that ${fault} costs a recomputation and one warning, and is left as it is`, async () => {
      const { folder, path } = folderWithCache();
      using _ = folder;
      spoil(path);
      const before = readFileSync(path);
      const run = await embedMadeUp(path, [...TEXTS, NEW, "a cat"].slice(0, 5));
      expectOneWarning(run, path, { hits: 0, misses: 5 });
      expect(readFileSync(path).equals(before)).toBe(true);
    });
  }

  test("a database of another program, without a version, is not touched", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    alterCache(path, "CREATE TABLE accounts (name TEXT)", "INSERT INTO accounts VALUES ('mine')");
    const before = readFileSync(path);
    expectOneWarning(await embedMadeUp(path, TEXTS), path, { hits: 0, misses: 4 });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  for (const version of [1, 2]) {
    test(`a database of another program, with version ${version} and a table of the same name, is not touched`, async () => {
      using folder = new TempFolder();
      const path = folder.join("app.db");
      alterCache(
        path,
        "CREATE TABLE cache (key TEXT PRIMARY KEY, value TEXT, last_used INTEGER)",
        "INSERT INTO cache VALUES ('mine', 'kept', 1)",
        `PRAGMA user_version = ${version}`,
      );
      const before = readFileSync(path);
      expectOneWarning(await embedMadeUp(path, TEXTS), path, { hits: 0, misses: 4 });
      expect(readFileSync(path).equals(before)).toBe(true);
      expect(() => clearCache(path, undefined)).toThrow("database of something else");
      expect(() => compactCache(path)).toThrow("database of something else");
      expect(readFileSync(path).equals(before)).toBe(true);
    });
  }

  test("a cache whose writer was killed in the middle of a transaction is as it was before, without a warning", async () => {
    const { folder, path } = folderWithCache();
    using _ = folder;
    await killInTransaction(path, "DELETE FROM cache");
    const run = await embedMadeUp(path, [...TEXTS, NEW]);
    expect(run.warnings).toEqual([]);
    expect(run.stats).toMatchObject({ hits: 4, misses: 1 });
    expect(existsSync(`${path}-journal`)).toBe(false);
    expect(cacheRows(path).length).toBe(5);
  });

  test("the cache commands can use a cache whose writer was killed in the middle of a transaction", async () => {
    const uses: ((path: string) => number)[] = [
      (path) => readCacheReport(path).entries,
      (path) => planClear(path, undefined).entries,
      (path) => clearCache(path, undefined).removed,
      (path) => compactCache(path).entries,
    ];
    for (const use of uses) {
      const { folder, path } = folderWithCache();
      using _ = folder;
      await killInTransaction(path, "DELETE FROM cache");
      expect(use(path)).toBe(4);
    }
  });

  test("a cache whose maker was killed is made anew, without a warning", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    await killInTransaction(path, "CREATE TABLE cache (key TEXT)");
    const run = await embedMadeUp(path, TEXTS);
    expect(run.warnings).toEqual([]);
    expect(existsSync(`${path}-journal`)).toBe(false);
    expect(cacheRows(path).length).toBe(4);
    using made = new Database(path, { readonly: true });
    expect(made.query("PRAGMA auto_vacuum").values()).toEqual([[2]]);
  });

  test("an empty file becomes a vector cache, without a warning", async () => {
    using folder = new TempFolder().write({ "c.sqlite": "" });
    const run = await embedMadeUp(folder.join("c.sqlite"), TEXTS);
    expect(run.warnings).toEqual([]);
    expect(cacheRows(folder.join("c.sqlite")).length).toBe(4);
  });

  test("an empty file is a cache without rows to whoever clears it", () => {
    using folder = new TempFolder().write({ "c.sqlite": "" });
    const path = folder.join("c.sqlite");
    expect(planClear(path, undefined)).toEqual({ entries: 0, bytes: 0, model: undefined });
    expect(statSync(path).size).toBe(0);
    expect(clearCache(path, undefined).removed).toBe(0);
    expect(cacheRows(path)).toEqual([]);
  });

  test("an empty file that is not named like a database stays empty", async () => {
    using folder = new TempFolder().write({ "notes.md": "" });
    const path = folder.join("notes.md");
    expectOneWarning(await embedMadeUp(path, TEXTS), path, { hits: 0, misses: 4 });
    expect(() => clearCache(path, undefined)).toThrow("an empty file");
    expect(statSync(path).size).toBe(0);
    expect(readdirSync(folder.path)).toEqual(["notes.md"]);
  });

  test("an empty file of any name in .amalfa becomes a vector cache, without a warning", async () => {
    using folder = new TempFolder().write({ ".amalfa/vectors": "" });
    const path = folder.join(".amalfa/vectors");
    expect((await embedMadeUp(path, TEXTS)).warnings).toEqual([]);
    expect(cacheRows(path).length).toBe(4);
  });

  test("bytes changed anywhere in the file: never a wrong vector, an error or a second warning", async () => {
    const random = seeded(23);
    const whole = readFileSync(INTACT);
    using folder = new TempFolder();
    for (let round = 0; round < 12; round++) {
      const path = folder.join(`${round}.sqlite`);
      const bytes = Buffer.from(whole);
      for (let flips = random.between(1, 40); flips > 0; flips--) {
        bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
      }
      writeFileSync(path, bytes);
      const run = await embedMadeUp(path, TEXTS);
      expect(bitsOf(run.vectors)).toEqual(expected.slice(0, 4));
      expect(run.warnings.length).toBeLessThanOrEqual(1);
      expect(run.stats).toMatchObject({ texts: 4, hits: 4 - run.stats.misses });
    }
  });

  test("a key that is damaged in the table, and not in its index, goes with its row, and the index is whole", () => {
    const { folder, path } = folderWithCache();
    using _ = folder;
    const [key = ""] = cacheRows(path).map((row) => row.key);
    const bytes = readFileSync(path);
    const damaged = key.replace(/^./, "X");
    const places: number[] = [];
    for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) places.push(at);
    const tried = places.map((place) => {
      const copy = Buffer.from(bytes);
      copy.write(damaged, place);
      writeFileSync(path, copy);
      using db = new Database(path, { readonly: true });
      const isInTable = db.query("SELECT 1 FROM cache NOT INDEXED WHERE key = ?").get(damaged) !== null;
      db.close();
      if (isInTable) {
        expect(deleteMalformedRows(path, [damaged])).toBe(1);
        using after = new Database(path, { readonly: true });
        expect(after.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
        expect(after.query("SELECT count(*) FROM cache").values()).toEqual([[TEXTS.length - 1]]);
      }
      return isInTable;
    });
    expect(tried).toContain(true);
  });

  test("a folder in the file's place", async () => {
    using folder = new TempFolder();
    mkdirSync(folder.join("c.sqlite"));
    const run = await embedMadeUp(folder.join("c.sqlite"), TEXTS);
    expectOneWarning(run, folder.join("c.sqlite"), { hits: 0, misses: 4 });
  });

  test("a named pipe in the file's place, which nobody waits at", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    Bun.spawnSync(["mkfifo", path]);
    expectOneWarning(await embedMadeUp(path, TEXTS), path, { hits: 0, misses: 4 });
  });

  test("a file in the folder's place", async () => {
    using folder = new TempFolder().write({ cache: "a file" });
    const path = folder.join("cache", "c.sqlite");
    expectOneWarning(await embedMadeUp(path, TEXTS), path, { hits: 0, misses: 4 });
  });

  describe("without permissions", () => {
    const privileges = "ordinary";

    test("a read-only file is read, and what is missing is computed", async () => {
      const { folder, path } = folderWithCache();
      using _ = folder;
      chmodSync(folder.path, 0o777);
      chmodSync(path, 0o444);
      const before = readFileSync(path);
      const run = await embedInChild({ backend, cachePath: path, texts: [...TEXTS, NEW], privileges });
      expectOneWarning(run, path, { hits: 4, misses: 1 });
      expect(readFileSync(path).equals(before)).toBe(true);
    });

    test("a file in a read-only folder is read, and what is missing is computed", async () => {
      const { folder, path } = folderWithCache();
      using _ = folder;
      chmodSync(path, 0o444);
      chmodSync(folder.path, 0o555);
      const run = await embedInChild({ backend, cachePath: path, texts: [...TEXTS, NEW], privileges });
      expectOneWarning(run, path, { hits: 4, misses: 1 });
    });

    test("a file that may not be read is done without", async () => {
      const { folder, path } = folderWithCache();
      using _ = folder;
      chmodSync(folder.path, 0o777);
      chmodSync(path, 0o000);
      const run = await embedInChild({ backend, cachePath: path, texts: TEXTS, privileges });
      expectOneWarning(run, path, { hits: 0, misses: 4 });
    });

    test("a folder that may not be written to or entered is done without", async () => {
      using folder = new TempFolder();
      for (const mode of [0o555, 0o000]) {
        chmodSync(folder.path, mode);
        const path = folder.join("cache", "c.sqlite");
        const run = await embedInChild({ backend, cachePath: path, texts: TEXTS, privileges });
        expectOneWarning(run, path, { hits: 0, misses: 4 });
      }
    });
  });

  describe("a disk that is full", () => {
    const many = Array.from({ length: 200 }, (_, index) => `${index}`);

    test("under a new cache: every vector is right and nothing is computed twice", async () => {
      using folder = new TempFolder();
      const reference = bitsOf((await embedMadeUp(folder.join("reference.sqlite"), many)).vectors);
      // A file may grow to 200 KiB in this process, which is less than its vectors take.
      const run = await embedInChild(
        { backend, cachePath: folder.join("c.sqlite"), texts: [...many, ...many] },
        "ulimit -f 400; trap '' XFSZ",
      );
      expect(run.bits).toEqual([...reference, ...reference]);
      expect(run.warnings.length).toBe(1);
      expect(run.stats).toMatchObject({ texts: 200, misses: 200 });
    });

    test("under a cache with rows: what is there is still found", async () => {
      const { folder, path } = folderWithCache();
      using _ = folder;
      using full = fullDisk(folder.join("mount"));
      if (full === undefined) {
        const run = await embedInChild(
          { backend, cachePath: path, texts: [...TEXTS, NEW] },
          "ulimit -f 1; trap '' XFSZ",
        );
        expectOneWarning(run, path, { hits: 4, misses: 1 });
        return;
      }
      const onDisk = full.place(INTACT);
      expectOneWarning(await embedInChild({ backend, cachePath: onDisk, texts: [...TEXTS, NEW] }), onDisk, {
        hits: 4,
        misses: 1,
      });
    });
  });

  test("a file that is deleted while it is open", async () => {
    const { folder, path } = folderWithCache();
    using _ = folder;
    const run = await embedAround(path, () => unlinkSync(path));
    expectOneWarning(run, path, { hits: 4, misses: 1 });
    expect(existsSync(path)).toBe(false);
  });

  test("a file that is replaced while it is open: the other one is not written to, and keeps its write-ahead log", async () => {
    const { folder, path } = folderWithCache();
    using _ = folder;
    let other: Database | undefined;
    const run = await embedAround(path, () => {
      for (const end of ["", "-wal", "-shm"]) if (existsSync(path + end)) unlinkSync(path + end);
      other = new Database(path, { create: true, readwrite: true });
      other.run("PRAGMA journal_mode = WAL");
      other.run("CREATE TABLE other (value TEXT)");
    });
    expectOneWarning(run, path, { hits: 4, misses: 1 });
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    other?.run("INSERT INTO other VALUES ('still here')");
    using reader = new Database(path, { readonly: true });
    expect(reader.query("SELECT value FROM other").values()).toEqual([["still here"]]);
    other?.close();
  });

  test("a table that is dropped while the file is open", async () => {
    const { folder, path } = folderWithCache();
    using _ = folder;
    const run = await embedAround(path, () => alterCache(path, "DROP TABLE cache"));
    expectOneWarning(run, path, { hits: 4, misses: 1 });
  });

  test("a prediction and a run after it, or two faults of one cache, still give one warning", async () => {
    using folder = new TempFolder().write({
      "c.sqlite": "this is not a database, whatever its name says. ".repeat(30),
    });
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    {
      await using embedder = createEmbedder({
        model: MODEL,
        cachePath: folder.join("c.sqlite"),
        modelsDirectory: NO_MODELS,
        startBackend: startMadeUpBackend,
        onWarning,
      });
      await embedder.predict(TEXTS);
      await embedder.embedMany(TEXTS);
    }
    expect(warnings.length).toBe(1);

    const path = folder.join("d.sqlite");
    copyFileSync(INTACT, path);
    using cache = VectorCache.open(path, { dimensions: MODEL.dimensions, modelId: MODEL.id, onWarning });
    alterCache(path, "DROP TABLE cache");
    cache.put([{ key: cacheKey(NEW, MODEL.id), vector: unitVector(1) }], MODEL.id);
    expect(cache.get(TEXTS.map((text) => cacheKey(text, MODEL.id))).size).toBe(0);
    expect(cache.get([cacheKey(NEW, MODEL.id)]).size).toBe(1);
    expect(warnings.length).toBe(2);
  });

  test("a run with a broken cache still embeds each text once and remembers it to its end", async () => {
    using folder = new TempFolder().write({ cache: "a file" });
    const warnings: string[] = [];
    await using embedder = createEmbedder({
      model: MODEL,
      cachePath: folder.join("cache", "c.sqlite"),
      modelsDirectory: NO_MODELS,
      startBackend: startMadeUpBackend,
      onWarning: (message) => warnings.push(message),
    });
    const first = await embedder.embedMany(TEXTS);
    let computed = 0;
    const second = await embedder.embedMany([...TEXTS, NEW], {
      onProgress: (done) => (computed = done.computed),
    });
    expect(computed).toBe(1);
    expect(bitsOf(second)).toEqual(bitsOf([...first, second[4]!]));
    expect(embedder.stats()).toMatchObject({ texts: 5, hits: 0, misses: 5 });
    expect(warnings.length).toBe(1);
  });
});

/** A run that finds its texts, has something done to the file, and then needs to write. */
async function embedAround(path: string, meanwhile: () => void): Promise<Embedded> {
  const warnings: string[] = [];
  await using embedder = createEmbedder({
    model: MODEL,
    cachePath: path,
    modelsDirectory: NO_MODELS,
    startBackend: startMadeUpBackend,
    onWarning: (message) => warnings.push(message),
  });
  const found = await embedder.embedMany(TEXTS);
  meanwhile();
  const computed = await embedder.embed(NEW);
  return { vectors: [...found, computed], stats: embedder.stats(), warnings };
}

/** Leaves a journal that has to be rolled back: the transaction has reached the file, and its process is gone. */
async function killInTransaction(path: string, statement: string): Promise<void> {
  const program = `
    const { Database } = require("bun:sqlite");
    const [path, statement] = process.argv.slice(1);
    const db = new Database(path, { readwrite: true, create: true });
    for (const pragma of ["journal_mode = DELETE", "cache_size = 1", "cache_spill = 1"]) db.run("PRAGMA " + pragma);
    db.run("BEGIN IMMEDIATE");
    db.run(statement);
    db.run("CREATE TABLE filling (bytes BLOB)");
    for (let row = 0; row < 50; row++) db.run("INSERT INTO filling VALUES (randomblob(20000))");
    process.kill(process.pid, "SIGKILL");`;
  const child = Bun.spawn([process.execPath, "-e", program, path, statement], { stderr: "inherit" });
  await child.exited;
  expect(child.signalCode).toBe("SIGKILL");
  expect(statSync(`${path}-journal`).size).toBeGreaterThan(0);
  using reader = new Database(path, { readonly: true });
  expect(() => reader.query("PRAGMA user_version").get()).toThrow("readonly");
}

interface FullDisk extends Disposable {
  /** Copies a file to the disk and fills what is left. */
  place(file: string): string;
}

/** A small file system in memory, where the user may mount one. */
function fullDisk(mountPoint: string): FullDisk | undefined {
  mkdirSync(mountPoint);
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", mountPoint], {
    stderr: "ignore",
  });
  if (!mounted.success) return undefined;
  return {
    place(file) {
      const target = `${mountPoint}/c.sqlite`;
      copyFileSync(file, target);
      try {
        writeFileSync(`${mountPoint}/filling`, new Uint8Array(1 << 20));
      } catch {
        // It is full now, which is the purpose.
      }
      return target;
    },
    [Symbol.dispose]() {
      Bun.spawnSync(["umount", mountPoint]);
    },
  };
}
