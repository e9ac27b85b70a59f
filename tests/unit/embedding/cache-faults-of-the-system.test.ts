/** Faults around the file of the vector cache: permissions and space that are not there (I8). */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { VectorCache } from "../../../src/embedding/cache/vector-cache.ts";
import { createEmbedder } from "../../../src/embedding/embedder.ts";
import { embedInChild } from "../../helpers/embed-child.ts";
import {
  alterCache,
  bitsOf,
  type Embedded,
  embedMadeUp,
  MODEL,
  NO_MODELS,
  startMadeUpBackend,
  unitVector,
} from "../../helpers/embedding.ts";
import { NEW, TEXTS, useIntactCache } from "../../helpers/intact-cache.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

// Children take long to start where much else goes on.
setDefaultTimeout(300_000);

/** The cache is the point here, and not the model. */
const backend = "made up";

const intact = useIntactCache();
const { folderWithCache, expectOneWarning } = intact;

describe("I8 A cache fault is never the user's problem", () => {
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
      const onDisk = full.place(intact.path);
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
    copyFileSync(intact.path, path);
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
