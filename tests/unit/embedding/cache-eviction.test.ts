/** The bounds of the vector cache, on real files. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import {
  evictInRounds,
  executeEviction,
  planEviction,
  usedBytes,
} from "../../../src/embedding/cache/evict.ts";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { VectorCache, type VectorCacheOptions } from "../../../src/embedding/cache/vector-cache.ts";
import { alterCache, cacheRows, MODEL, unitVector } from "../../helpers/embedding.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 5, 1);
const MIB = 1024 * 1024;

const keyOf = (index: number): string => cacheKey(String(index), MODEL.id);
const keys = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => keyOf(from + index));

/** One run at a time of our choice: looks `read` up, stores `write`, and closes. */
function run(
  path: string,
  at: number,
  work: { read?: readonly string[]; write?: readonly string[] },
  options: Partial<VectorCacheOptions> = {},
): void {
  const used = new Set([...(work.read ?? []), ...(work.write ?? [])]);
  using cache = VectorCache.open(path, {
    dimensions: MODEL.dimensions,
    modelId: MODEL.id,
    clock: () => at,
    inUse: (key) => used.has(key),
    onWarning: (message) => {
      throw new Error(`an unexpected warning: ${message}`);
    },
    ...options,
  });
  cache.read(work.read ?? []);
  cache.put(
    (work.write ?? []).map((key, seed) => ({ key, vector: unitVector(seed) })),
    MODEL.id,
  );
}

const present = (path: string) => new Set(cacheRows(path).map(({ key }) => key));

describe("The bounds of the vector cache", () => {
  test("beyond maxBytes the least recently used rows go, to nine tenths, and the file gets smaller", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    for (let day = 0; day < 10; day++) {
      run(path, NOW + day * DAY, { write: keys(day * 100, day * 100 + 100) });
    }
    // The oldest rows are used again, so that they are not the least recently used ones any more.
    run(path, NOW + 10 * DAY, { read: keys(0, 50) });
    const before = statSync(path).size;
    expect(before).toBeGreaterThan(2 * MIB);
    run(path, NOW + 11 * DAY, { write: keys(1000, 1001) }, { limits: { maxBytes: 1.5 * MIB } });

    const after = statSync(path).size;
    expect(after).toBeLessThanOrEqual(0.9 * 1.5 * MIB);
    expect(after).toBeGreaterThan(0.75 * 1.5 * MIB);
    const left = present(path);
    for (const key of [...keys(0, 50), ...keys(900, 1001)]) expect(left.has(key)).toBe(true);
    for (const key of keys(50, 300)) expect(left.has(key)).toBe(false);
    using db = new Database(path, { readonly: true });
    expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  });

  test("a cache within its cap is not touched, nor is one in whose run nothing was stored", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 1000) });
    run(path, NOW + DAY, { write: keys(1000, 1001) }, { limits: { maxBytes: 100 * MIB } });
    expect(cacheRows(path).length).toBe(1001);
    run(path, NOW + DAY, { read: keys(0, 10) }, { limits: { maxBytes: MIB } });
    expect(cacheRows(path).length).toBe(1001);
  });

  test("no row of the run goes, neither found nor stored, even where the cap is too small for them", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 1000) });
    // Within the same day their stamps are not renewed: what protects them is that they were asked for.
    const work = { read: keys(0, 600), write: keys(1000, 1200) };
    run(path, NOW + 1000, work, { limits: { maxBytes: MIB } });
    expect(present(path)).toEqual(new Set([...work.read, ...work.write]));
  });

  test("rows older than maxAge go although there is room, at the end of a run that stored something", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 30) });
    run(path, NOW + 50 * DAY, { read: keys(0, 10), write: keys(30, 40) });
    const limits = { maxBytes: 100 * MIB, maxAgeMs: 90 * DAY };
    run(path, NOW + 89 * DAY, { write: keys(40, 41) }, { limits });
    expect(cacheRows(path).length).toBe(41);
    run(path, NOW + 91 * DAY, { write: keys(41, 42) }, { limits });
    expect(present(path)).toEqual(new Set([...keys(0, 10), ...keys(30, 42)]));
  });

  test("rows with a stamp from the future count as used now: they are not the first to go, and do not stay for good", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 900) });
    alterCache(
      path,
      `UPDATE cache SET last_used = ${NOW + 1000 * DAY} WHERE key = '${keyOf(3)}'`,
      `UPDATE cache SET last_used = NULL WHERE key = '${keyOf(5)}'`,
      `UPDATE cache SET last_used = 9223372036854775807 WHERE key = '${keyOf(7)}'`,
      `UPDATE cache SET last_used = 1e300 WHERE key = '${keyOf(9)}'`,
    );
    run(path, NOW + DAY, { write: keys(900, 901) }, { limits: { maxBytes: 1.7 * MIB } });
    const left = present(path);
    expect(left.size).toBeGreaterThan(600);
    expect([3, 5, 7, 9].filter((index) => left.has(keyOf(index)))).toEqual([3, 7, 9]);
    run(path, NOW + 50 * DAY, { write: keys(1000, 1900) }, { limits: { maxBytes: 1.7 * MIB } });
    const later = present(path);
    expect(later.size).toBeGreaterThan(600);
    expect([3, 7, 9].filter((index) => later.has(keyOf(index)))).toEqual([]);
  });

  test("a row that is used between the plan and its removal stays", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 20) });
    using db = new Database(path, { readwrite: true, strict: true });
    const plan = planEviction(db, { unusedSince: NOW + DAY, now: NOW + DAY });
    expect(plan.rows.length).toBe(20);
    run(path, NOW + 2 * DAY, { read: keys(0, 5) });
    expect(executeEviction(db, plan)).toBe(15);
    expect(present(path)).toEqual(new Set(keys(0, 5)));
  });

  test("a size is reached although rows that were used at the same time do not lie together", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 3_000) });
    alterCache(path, "UPDATE cache SET last_used = last_used - (rowid * 7919) % 3001");
    using db = new Database(path, { readwrite: true, strict: true });
    evictInRounds(db, () => planEviction(db, { targetBytes: 2 * MIB, now: NOW }));
    expect(usedBytes(db)).toBeLessThanOrEqual(2 * MIB);
    expect(usedBytes(db)).toBeGreaterThan(1.5 * MIB);
  });

  test("everything there is goes at once, whatever a killed eviction left behind", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 2_000) });
    // An eviction has the file shrink at each commit while it lasts.
    alterCache(path, "PRAGMA auto_vacuum = FULL");
    using db = new Database(path, { readwrite: true, strict: true });
    expect(executeEviction(db, planEviction(db, { now: NOW }))).toBe(2_000);
    expect(cacheRows(path)).toEqual([]);
    expect(statSync(path).size).toBeLessThan(64 * 1024);
    expect(db.query("PRAGMA auto_vacuum").values()).toEqual([[2]]);
    expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  });

  test("while many rows go, a reader in another process finds what stays all the time", async () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 4_000) });
    run(path, NOW + DAY, { write: keys(4_000, 4_200) });
    const reader = Bun.spawn(
      [
        process.execPath,
        "-e",
        `import { Database } from "bun:sqlite";
         const db = new Database(process.argv[1], { readonly: true });
         const find = db.prepare("SELECT count(*) AS n FROM cache WHERE last_used > ?");
         let reads = 0;
         let asked = false;
         process.stdin.once("data", () => { asked = true; });
         for (; !asked; reads++) {
           if (find.get(${NOW + DAY - 1}).n < 200) throw new Error("a row that stays was missing");
           if (reads === 0) console.log("ready");
           await Bun.sleep(0);
         }
         console.log(reads);
         process.exit();`,
        path,
      ],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    const output = reader.stdout.getReader();
    await output.read();
    run(path, NOW + 2 * DAY, { write: keys(4_200, 4_201) }, { limits: { maxBytes: MIB } });
    reader.stdin.write("enough\n");
    await reader.stdin.end();
    expect(await reader.exited).toBe(0);
    expect(statSync(path).size).toBeLessThan(MIB);
  });

  test("a file of the first schema keeps its rows, gains the index, and is bounded as well", () => {
    using folder = new TempFolder();
    const path = folder.join("c.sqlite");
    run(path, NOW, { write: keys(0, 1000) });
    alterCache(path, "DROP INDEX cache_by_use", "DROP TABLE runs", "PRAGMA user_version = 1");
    run(path, NOW + DAY, { read: keys(0, 10) }, { access: "read" });
    run(path, NOW + DAY, { write: keys(1000, 1001) });
    expect(cacheRows(path).length).toBe(1001);
    using db = new Database(path, { readonly: true });
    expect(db.query("PRAGMA user_version").values()).toEqual([[2]]);
    expect(db.query("SELECT name FROM sqlite_schema WHERE name = 'cache_by_use'").values().length).toBe(1);
    run(path, NOW + 2 * DAY, { write: keys(1001, 1002) }, { limits: { maxBytes: MIB } });
    expect(cacheRows(path).length).toBeLessThan(600);
  });
});
