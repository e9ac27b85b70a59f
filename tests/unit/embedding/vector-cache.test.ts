/** The vector cache as it lies on disk, looked at from outside with plain SQL and plain SHA-256. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readVectorCacheFigures } from "../../../src/embedding/cache/report.ts";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { VectorCache, type VectorCacheOptions } from "../../../src/embedding/cache/vector-cache.ts";
import { alterCache, bitsOf, cacheRows, embedOnce, MODEL, unitVector } from "../../helpers/embedding.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const DAY = 24 * 60 * 60 * 1000;

function open(path: string, options: Partial<VectorCacheOptions> = {}): VectorCache {
  return VectorCache.open(path, {
    dimensions: MODEL.dimensions,
    modelId: MODEL.id,
    onWarning: (message) => {
      throw new Error(`an unexpected warning: ${message}`);
    },
    ...options,
  });
}

const keyOf = (text: string): string => cacheKey(text, MODEL.id);
const rowOf = (text: string, seed = 1) => ({ key: keyOf(text), vector: unitVector(seed) });

describe("The vector cache on disk", () => {
  test("the key is sha256(text + model id) in lower-case hex, whatever the text's length and script", () => {
    for (const text of ["", "hello world", "Grüße, 漢字, 👍", "long ".repeat(40_000), "漢".repeat(21_000)]) {
      const expected = createHash("sha256")
        .update(Buffer.from(text + MODEL.id, "utf8"))
        .digest("hex");
      expect(keyOf(text)).toBe(expected);
      expect(keyOf(text)).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test("the table has key, vector and last_used, then further columns", async () => {
    using folder = new TempFolder();
    const path = folder.join("cache", "vector_cache.sqlite");
    open(path).close();
    using db = new Database(path, { readonly: true });
    const columns = db.query("SELECT name, type, pk FROM pragma_table_info('cache')").values();
    expect(columns).toEqual([
      ["key", "TEXT", 1],
      ["vector", "BLOB", 0],
      ["last_used", "INTEGER", 0],
      ["model", "TEXT", 0],
      ["checksum", "INTEGER", 0],
    ]);
    expect(db.query("PRAGMA journal_mode").values()).toEqual([["wal"]]);
  });

  test("hello world is stored under its key as 1,536 bytes of little-endian float32 of unit length", async () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    const before = Date.now();
    await embedOnce(path, ["hello world"]);
    const [row, ...others] = cacheRows(path);
    expect(others).toEqual([]);
    expect(row?.key).toBe(createHash("sha256").update(`hello world${MODEL.id}`).digest("hex"));
    expect(row?.model).toBe(MODEL.id);
    expect(row?.last_used).toBeGreaterThanOrEqual(before);
    expect(row?.last_used).toBeLessThanOrEqual(Date.now());
    const bytes = Buffer.from(row!.vector);
    expect(bytes.length).toBe(1_536);
    const values = Array.from({ length: 384 }, (_, place) => bytes.readFloatLE(4 * place));
    for (const [place, value] of [-0.0357, 0.0207, 0.0047, 0.0265, -0.0503].entries()) {
      expect(Math.abs(values[place]! - value)).toBeLessThan(0.002);
    }
    expect(Math.hypot(...values)).toBeCloseTo(1, 5);
  });

  test("an open database of the right version is not altered, and nothing is created in it again", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    open(path).close();
    using db = new Database(path, { readonly: true });
    const version = db.query("PRAGMA schema_version").get();
    open(path).close();
    expect(db.query("PRAGMA schema_version").get()).toEqual(version);
  });

  test("a write transaction that another process begins meanwhile does not hinder a reader that opens", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    using first = open(path);
    first.put([rowOf("a")], MODEL.id);
    using writer = new Database(path, { readwrite: true });
    writer.run("BEGIN IMMEDIATE");
    using second = open(path);
    expect(second.get([keyOf("a")]).size).toBe(1);
    writer.run("ROLLBACK");
  });
});

describe("Reading and writing the vector cache", () => {
  test("gives back what was stored, bit by bit, and nothing for what was not", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    const texts = Array.from({ length: 1_234 }, (_, index) => `text ${index}`);
    {
      using cache = open(path);
      cache.put(texts.map(rowOf), MODEL.id);
    }
    using cache = open(path);
    const keys = ["none", ...texts, "none either"].map(keyOf);
    const vectors = cache.read(keys);
    expect(vectors.length).toBe(keys.length);
    expect([vectors.at(0), vectors.at(-1)]).toEqual([undefined, undefined]);
    expect(bitsOf(vectors.slice(1, -1) as Float32Array[])).toEqual(
      bitsOf(texts.map((_, seed) => unitVector(seed))),
    );
    expect(cache.get(keys).size).toBe(texts.length);
  });

  test("storing a key again replaces its row", () => {
    using folder = new TempFolder();
    using cache = open(folder.join("vector_cache.sqlite"));
    cache.put([rowOf("a", 1)], MODEL.id);
    cache.put([rowOf("a", 2)], MODEL.id);
    expect(bitsOf([cache.get([keyOf("a")]).get(keyOf("a"))!])).toEqual(bitsOf([unitVector(2)]));
  });

  test("malformed vectors are refused on writing, and none of their batch is stored", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    using cache = open(path);
    const bad = [
      unitVector(1).fill(Number.NaN, 0, 1),
      unitVector(1).fill(Number.POSITIVE_INFINITY, 3, 4),
      unitVector(1).map((value) => value * 1.01),
      new Float32Array(MODEL.dimensions),
      unitVector(1, 128),
    ];
    for (const vector of bad) {
      expect(() => cache.put([rowOf("good"), { key: keyOf("bad"), vector }], MODEL.id)).toThrow(RangeError);
    }
    expect(cacheRows(path)).toEqual([]);
  });

  test("what one process stores, another one that was open before finds", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    using reader = open(path);
    using writer = open(path);
    expect(reader.get([keyOf("a")]).size).toBe(0);
    writer.put([rowOf("a")], MODEL.id);
    expect(reader.get([keyOf("a")]).size).toBe(1);
  });

  test("in a run that recomputes, only what it wrote itself counts", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    {
      using cache = open(path);
      cache.put([rowOf("a", 1), rowOf("b", 1)], MODEL.id);
    }
    using cache = open(path, { refresh: "recompute" });
    expect(cache.get([keyOf("a"), keyOf("b")]).size).toBe(0);
    cache.put([rowOf("b", 2)], MODEL.id);
    expect(cache.read([keyOf("a"), keyOf("b"), keyOf("c")]).map((vector) => vector !== undefined)).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("opened for reading, it creates no file and changes none", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    {
      using cache = open(path, { access: "read" });
      expect(cache.get([keyOf("a")]).size).toBe(0);
    }
    expect(readVectorCacheFigures(path)).toEqual({ entries: 0, bytes: 0 });
    {
      using cache = open(path);
      cache.put([rowOf("a")], MODEL.id);
    }
    alterCache(path, "UPDATE cache SET last_used = 1");
    {
      using cache = open(path, { access: "read" });
      expect(cache.get([keyOf("a")]).size).toBe(1);
    }
    expect(cacheRows(path)[0]?.last_used).toBe(1);
    expect(readVectorCacheFigures(path).entries).toBe(1);
    expect(readVectorCacheFigures(path).bytes).toBeGreaterThan(1_536);
  });
});

describe("last_used", () => {
  const stamps = (path: string) => new Map(cacheRows(path).map((row) => [row.key, row.last_used]));

  test("is renewed at the end, and only where it is older than a day, missing or in the future", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    const texts = ["fresh", "hour", "old", "future", "none", "unread"];
    {
      using cache = open(path);
      cache.put(texts.map(rowOf), MODEL.id);
    }
    const start = Date.now();
    const set = (text: string, stamp: number | null) =>
      `UPDATE cache SET last_used = ${stamp} WHERE key = '${keyOf(text)}'`;
    const given = {
      fresh: start - 5_000,
      hour: start - DAY / 24,
      old: start - 2 * DAY,
      unread: start - 3 * DAY,
    };
    alterCache(
      path,
      ...Object.entries(given).map(([text, stamp]) => set(text, stamp)),
      set("future", start + 30 * DAY),
      set("none", null),
    );
    {
      using cache = open(path);
      expect(cache.get(texts.slice(0, -1).map(keyOf)).size).toBe(5);
      expect(stamps(path).get(keyOf("old"))).toBe(given.old);
    }
    const after = stamps(path);
    for (const text of ["fresh", "hour", "unread"] as const) expect(after.get(keyOf(text))).toBe(given[text]);
    for (const text of ["old", "future", "none"]) {
      expect(after.get(keyOf(text))).toBeGreaterThanOrEqual(start);
      expect(after.get(keyOf(text))).toBeLessThanOrEqual(Date.now());
    }
  });

  test("reading does not turn into writing: a run of hits that are fresh changes not one page", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    {
      using cache = open(path);
      cache.put([rowOf("a"), rowOf("b")], MODEL.id);
    }
    using observer = new Database(path, { readonly: true });
    const version = () => observer.query("PRAGMA data_version").get();
    const before = version();
    {
      using cache = open(path);
      expect(cache.get([keyOf("a"), keyOf("b")]).size).toBe(2);
    }
    expect(version()).toEqual(before);
  });
});

describe("I9 No vector under another model's key", () => {
  test("the cache refuses a vector that comes from another model than its own", () => {
    using folder = new TempFolder();
    const path = folder.join("vector_cache.sqlite");
    using cache = open(path);
    expect(() => cache.put([rowOf("a")], `${MODEL.id}x`)).toThrow(RangeError);
    expect(cacheRows(path)).toEqual([]);
  });
});
