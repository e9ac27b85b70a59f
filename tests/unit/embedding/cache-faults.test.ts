/** Real files in every state that a vector cache can be found in, and what a run makes of them. */
import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { deleteFaultyRows } from "../../../src/embedding/cache/repair.ts";
import { readCacheReport } from "../../../src/embedding/cache/report.ts";
import { clearCache, compactCache, planClear } from "../../../src/maintenance/cache/prune.ts";
import { alterCache, bitsOf, cacheRows, embedMadeUp } from "../../helpers/embedding.ts";
import { NEW, TEXTS, useIntactCache } from "../../helpers/intact-cache.ts";
import { seeded } from "../../helpers/random.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

// Children take long to start where much else goes on.
setDefaultTimeout(300_000);

const intact = useIntactCache();
const { folderWithCache, expectOneWarning } = intact;

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
    const whole = readFileSync(intact.path);
    using folder = new TempFolder();
    for (let round = 0; round < 12; round++) {
      const path = folder.join(`${round}.sqlite`);
      const bytes = Buffer.from(whole);
      for (let flips = random.between(1, 40); flips > 0; flips--) {
        bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
      }
      writeFileSync(path, bytes);
      const run = await embedMadeUp(path, TEXTS);
      expect(bitsOf(run.vectors)).toEqual(intact.bits().slice(0, 4));
      expect(run.warnings.length).toBeLessThanOrEqual(1);
      expect(run.stats).toMatchObject({ texts: 4, hits: 4 - run.stats.misses });
    }
  });

  test("a key that is damaged in the table, and not in its index, goes with its row, and the index is whole", async () => {
    const { folder, path } = folderWithCache();
    using _ = folder;
    const [key = ""] = cacheRows(path).map((row) => row.key);
    const bytes = readFileSync(path);
    const damaged = key.replace(/^./, "X");
    const places: number[] = [];
    for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) places.push(at);
    let tried = 0;
    for (const place of places) {
      const copy = Buffer.from(bytes);
      copy.write(damaged, place);
      writeFileSync(path, copy);
      using db = new Database(path, { readonly: true });
      const [row] = db
        .query("SELECT CAST(rowid AS TEXT) FROM cache NOT INDEXED WHERE key = ?")
        .values(damaged)
        .flat();
      db.close();
      if (row === undefined) continue;
      tried++;
      expect(await deleteFaultyRows(path, "malformed")).toBe(1);
      using after = new Database(path, { readonly: true });
      expect(after.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
      expect(after.query("SELECT count(*) FROM cache").values()).toEqual([[TEXTS.length - 1]]);
    }
    expect(tried).toBeGreaterThan(0);
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
});

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
