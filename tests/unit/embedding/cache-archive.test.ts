/** Exports and imports of the vector cache, with real files damaged in every way. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { isArchive } from "../../../src/embedding/cache/archive.ts";
import { exportCache } from "../../../src/embedding/cache/export.ts";
import { type ImportOptions, importCache } from "../../../src/embedding/cache/import.ts";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { VectorCache } from "../../../src/embedding/cache/vector-cache.ts";
import { alterCache, cacheRows, fillCache, MODEL, unitVector } from "../../helpers/embedding.ts";
import { seeded } from "../../helpers/random.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const THIS_MODEL: ImportOptions = { modelId: MODEL.id, models: "this model" };
const ANY_MODEL: ImportOptions = { modelId: MODEL.id, models: "any model" };

function fill(path: string, texts: readonly string[], modelId: string = MODEL.id): void {
  using cache = VectorCache.open(path, {
    dimensions: MODEL.dimensions,
    modelId,
    onWarning: (message) => {
      throw new Error(message);
    },
  });
  cache.put(
    texts.map((text, seed) => ({ key: cacheKey(text, modelId), vector: unitVector(seed) })),
    modelId,
  );
}

const lasting = (path: string) => cacheRows(path).map(({ last_used, ...row }) => row);

function archiveOf(folder: TempFolder, texts: readonly string[] = ["a", "b", "c"]): string {
  fill(folder.join("from.sqlite"), texts);
  exportCache(folder.join("from.sqlite"), folder.join("file"));
  return folder.join("file");
}

describe("Export and import", () => {
  test("a new cache gets the same rows, bit by bit", () => {
    using folder = new TempFolder();
    const file = archiveOf(folder);
    const report = importCache(folder.join("to/c.sqlite"), file, THIS_MODEL);
    expect(report).toMatchObject({ entries: 3, added: 3, kept: 0, repaired: 0 });
    expect(lasting(folder.join("to/c.sqlite"))).toEqual(lasting(folder.join("from.sqlite")));
  });

  test("a merge adds what is missing, replaces malformed rows, and leaves good ones as they are", () => {
    using folder = new TempFolder();
    const file = archiveOf(folder);
    const to = folder.join("to.sqlite");
    fill(to, ["x", "b", "c"]);
    alterCache(
      to,
      `UPDATE cache SET checksum = 1 WHERE key = '${cacheKey("c", MODEL.id)}'`,
      "UPDATE cache SET last_used = 5",
    );
    const good = () => cacheRows(to).find(({ key }) => key === cacheKey("b", MODEL.id));
    const before = good();
    expect(importCache(to, file, THIS_MODEL)).toMatchObject({ added: 1, kept: 1, repaired: 1 });
    expect(good()).toEqual(before!);
    expect(cacheRows(to).length).toBe(4);
    expect(importCache(to, file, THIS_MODEL)).toMatchObject({ added: 0, kept: 3, repaired: 0 });
  });

  test("malformed rows are left out of an export", () => {
    using folder = new TempFolder();
    fill(folder.join("from.sqlite"), ["a", "b", "c"]);
    alterCache(
      folder.join("from.sqlite"),
      `UPDATE cache SET vector = x'00' WHERE key = '${cacheKey("b", MODEL.id)}'`,
    );
    expect(exportCache(folder.join("from.sqlite"), folder.join("file"))).toMatchObject({
      entries: 2,
      skipped: 1,
    });
    expect(importCache(folder.join("to.sqlite"), folder.join("file"), THIS_MODEL).added).toBe(2);
  });

  test("vectors of another model are left out unless asked for, and a file of nothing else is refused", () => {
    using folder = new TempFolder();
    const from = folder.join("from.sqlite");
    fill(from, ["a"]);
    fill(from, ["a", "b"], "other-model:0123456789abcdef");
    exportCache(from, folder.join("other"), "other-model:0123456789abcdef");
    expect(() => importCache(folder.join("to.sqlite"), folder.join("other"), THIS_MODEL)).toThrow(
      /other models than this project's: other-model/,
    );
    exportCache(from, folder.join("both"));
    const alone = { ...THIS_MODEL, models: "this model alone" } as const;
    expect(() => importCache(folder.join("to.sqlite"), folder.join("both"), alone)).toThrow(/other models/);
    expect(existsSync(folder.join("to.sqlite"))).toBe(false);
    expect(importCache(folder.join("own.sqlite"), folder.join("both"), THIS_MODEL)).toMatchObject({
      added: 1,
      leftOut: 2,
    });
    expect(importCache(folder.join("to.sqlite"), folder.join("both"), ANY_MODEL)).toMatchObject({
      added: 3,
      leftOut: 0,
    });
    exportCache(from, folder.join("one"), MODEL.id);
    expect(importCache(folder.join("one.sqlite"), folder.join("one"), THIS_MODEL).added).toBe(1);
  });

  test("an export is one file: nothing lies beside it, and whatever lay in the place that it is written to was not written to", () => {
    using folder = new TempFolder();
    folder.write({ mine: "mine\n" });
    symlinkSync(folder.join("mine"), folder.join(`file.${process.pid}.partial`));
    const file = archiveOf(folder);
    expect(readFileSync(folder.join("mine"), "utf8")).toBe("mine\n");
    expect([...new Bun.Glob("file*").scanSync(folder.path)]).toEqual(["file"]);
    expect(isArchive(file)).toBe(true);
  });

  test("where an export cannot be written, its place is named and not the cache", () => {
    using folder = new TempFolder();
    fill(folder.join("from.sqlite"), ["a"]);
    expect(() => exportCache(folder.join("from.sqlite"), folder.join("nowhere/file"))).toThrow(
      /nowhere\/file\S* cannot be written/,
    );
  });

  test("an export that is killed leaves what was there under its name, and a file that tells what it is", async () => {
    using folder = new TempFolder();
    const file = archiveOf(folder);
    const before = readFileSync(file);
    fillCache(folder.join("large.sqlite"), 10_000);
    const program = `
      import { exportCache } from ${JSON.stringify(resolve(import.meta.dir, "../../../src/embedding/cache/export.ts"))};
      exportCache(${JSON.stringify(folder.join("large.sqlite"))}, ${JSON.stringify(file)});`;
    const partials = () => [...new Bun.Glob("file.*").scanSync(folder.path)];
    // One that is over before it is killed shows nothing, and replaces the file.
    for (let seen = false; !seen; ) {
      writeFileSync(file, before);
      const child = Bun.spawn([process.execPath, "-e", program], { stdio: ["ignore", "ignore", "inherit"] });
      while (child.exitCode === null && partials().length === 0) await Bun.sleep(1);
      child.kill("SIGKILL");
      await child.exited;
      seen = partials().length > 0;
    }
    expect(partials()).toEqual([expect.stringMatching(/^file\.\d+\.partial$/)]);
    expect(readFileSync(file).equals(before)).toBe(true);
  }, 300_000);

  /** Statements that another program might run on an export; what they leave has the mark of one. */
  const altered =
    (...statements: string[]) =>
    (file: string) =>
      alterCache(file, "PRAGMA ignore_check_constraints = ON", ...statements);

  const faults: Record<string, (file: string, bytes: Buffer) => void> = {
    "is empty": (file) => writeFileSync(file, ""),
    "is cut off in its last row": (file, bytes) => truncateSync(file, bytes.length - 100),
    "is cut off by a page": (file, bytes) => truncateSync(file, bytes.length - 8_192),
    "is cut off in its header": (file) => truncateSync(file, 40),
    "is cut off after its header": (file) => truncateSync(file, 100),
    "has something after its end": (file, bytes) => writeFileSync(file, Buffer.concat([bytes, bytes])),
    "is followed by a hole of many gigabytes": (file) => truncateSync(file, 2 ** 36),
    "is something else": (file) => writeFileSync(file, "a note that is no archive of vectors, ".repeat(50)),
    "is another program's database": altered("PRAGMA application_id = 0"),
    "is of a newer version": altered("PRAGMA user_version = 3"),
    "is of a version that never was": altered("PRAGMA user_version = 0"),
    "has a view beside its table": altered("CREATE VIEW more AS SELECT * FROM cache"),
    "has a view instead of its table": altered(
      "ALTER TABLE cache RENAME TO rows",
      "CREATE VIEW cache AS SELECT key, zeroblob(1000000000) AS vector, model, checksum FROM rows",
    ),
    "has a trigger": altered("CREATE TRIGGER more AFTER INSERT ON cache BEGIN DELETE FROM cache; END"),
    "has an index": altered("CREATE INDEX more ON cache (key)"),
    "has a column that is computed": altered("ALTER TABLE cache ADD COLUMN more INTEGER AS (length(vector))"),
    "has a table of the same columns without their checks": altered(
      "CREATE TABLE rows AS SELECT * FROM cache",
      "DROP TABLE cache",
      "ALTER TABLE rows RENAME TO cache",
    ),
    "has a value too long for a vector": altered(
      "UPDATE cache SET vector = zeroblob(100000000) WHERE rowid = 2",
    ),
    "has a value too long for the name of a model": altered(
      "UPDATE cache SET model = hex(zeroblob(1000)) WHERE rowid = 2",
    ),
    "has a key that is none": altered("UPDATE cache SET key = upper(key) WHERE rowid = 2"),
    "has another key": altered("UPDATE cache SET key = substr(key, 1, 63) || 'f' WHERE rowid = 2"),
    "has a vector of other dimensions": altered(
      "UPDATE cache SET vector = substr(vector, 1, 4) WHERE rowid = 2",
    ),
    "has a wrong checksum": altered("UPDATE cache SET checksum = checksum + 1 WHERE rowid = 2"),
    "has the vector of another row": altered(
      "UPDATE cache SET vector = (SELECT vector FROM cache WHERE rowid = 1) WHERE rowid = 2",
    ),
    "has a right checksum over a vector that is not of unit length": (file) => {
      using db = new Database(file);
      const row = db.query<{ key: string; model: string }, []>("SELECT key, model FROM cache LIMIT 1").get()!;
      const zeros = new Uint8Array(MODEL.dimensions * 4);
      db.run("UPDATE cache SET vector = ?, checksum = ? WHERE key = ?", [
        zeros,
        Bun.hash.crc32(zeros, Bun.hash.crc32(`${row.key} ${row.model}`)),
        row.key,
      ]);
    },
  };

  for (const [fault, spoil] of Object.entries(faults)) {
    test(`a file that ${fault} is refused, and nothing changes`, () => {
      using folder = new TempFolder();
      const file = archiveOf(folder);
      refuses(folder, file, () => spoil(file, readFileSync(file)));
    });
  }

  function refuses(folder: TempFolder, file: string, spoil: () => void): void {
    const to = folder.join("to.sqlite");
    fill(to, ["x"]);
    const before = readFileSync(to);
    spoil();
    expect(() => importCache(to, file, ANY_MODEL)).toThrow(/not a usable export|newer version/);
    expect(readFileSync(to).equals(before)).toBe(true);
  }

  test("a file with any one bit changed is refused, or has the same rows", () => {
    using folder = new TempFolder();
    const file = archiveOf(folder);
    const whole = readFileSync(file);
    const random = seeded(41);
    let refused = 0;
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(whole);
      const place = random.between(0, bytes.length - 1);
      bytes[place]! ^= 1 << random.between(0, 7);
      writeFileSync(file, bytes);
      const to = folder.join(`to-${round}.sqlite`);
      try {
        importCache(to, file, ANY_MODEL);
        expect(lasting(to)).toEqual(lasting(folder.join("from.sqlite")));
      } catch {
        refused++;
        expect(existsSync(to)).toBe(false);
      }
    }
    expect(refused).toBeGreaterThan(0);
  });

  test.if(process.platform !== "win32")("a named pipe is not waited for", () => {
    using folder = new TempFolder();
    Bun.spawnSync(["mkfifo", folder.join("pipe")]);
    expect(() => importCache(folder.join("to.sqlite"), folder.join("pipe"), ANY_MODEL)).toThrow(
      /it is no file/,
    );
  });

  test("an export that fails leaves no half file", () => {
    using folder = new TempFolder();
    fill(folder.join("from.sqlite"), ["a"]);
    copyFileSync(folder.join("from.sqlite"), folder.join("damaged.sqlite"));
    writeFileSync(
      folder.join("damaged.sqlite"),
      readFileSync(folder.join("from.sqlite")).fill(0xa5, 8_192, 12_288),
    );
    expect(() => exportCache(folder.join("damaged.sqlite"), folder.join("file"))).toThrow(/damaged/);
    expect(existsSync(folder.join("file"))).toBe(false);
    expect([...new Bun.Glob("file*").scanSync(folder.path)]).toEqual([]);
  });

  describe("the earlier format", () => {
    const EARLIER = resolve(import.meta.dir, "../../fixtures/vectors-format-1.amalfa");

    function copyOf(folder: TempFolder): string {
      copyFileSync(EARLIER, folder.join("file"));
      return folder.join("file");
    }

    test("is read, and known as an export", () => {
      using folder = new TempFolder();
      fill(folder.join("from.sqlite"), ["a", "b", "c"]);
      expect(isArchive(EARLIER)).toBe(true);
      expect(importCache(folder.join("to.sqlite"), EARLIER, THIS_MODEL)).toMatchObject({
        entries: 3,
        added: 3,
      });
      expect(lasting(folder.join("to.sqlite"))).toEqual(lasting(folder.join("from.sqlite")));
    });

    /** Puts the digest right again. */
    const digested = (bytes: Uint8Array): Buffer =>
      Buffer.concat([bytes, new Bun.CryptoHasher("sha256").update(bytes).digest()]);

    const earlierFaults: Record<string, (bytes: Buffer) => Uint8Array> = {
      "is cut off in its last row": (bytes) => bytes.subarray(0, -100),
      "is cut off in its header": (bytes) => bytes.subarray(0, 40),
      "has something after its end": (bytes) => Buffer.concat([bytes, bytes]),
      "claims a header of four gigabytes": (bytes) => {
        bytes.writeUInt32LE(0xffff_ffff, 12);
        return digested(bytes.subarray(0, -32));
      },
      "claims more rows than any disk holds": (bytes) =>
        digested(
          Buffer.from(
            bytes.subarray(0, -32).toString("latin1").replace('"entries":3}]', '"entries":9e9}]'),
            "latin1",
          ),
        ),
      "claims a part of a row": (bytes) =>
        digested(
          Buffer.from(
            bytes.subarray(0, -32).toString("latin1").replace('"entries":3}]', '"entries":2.5}]'),
            "latin1",
          ),
        ),
      "has a header that is none": (bytes) =>
        digested(
          Buffer.from(
            bytes.subarray(0, -32).toString("latin1").replace('{"createdAt"', '["createdAt"'),
            "latin1",
          ),
        ),
      "has a right checksum over a vector that is not of unit length": (bytes) => {
        bytes.fill(0, bytes.length - 32 - MODEL.dimensions * 4, bytes.length - 32);
        return digested(bytes.subarray(0, -32));
      },
    };

    for (const [fault, spoiled] of Object.entries(earlierFaults)) {
      test(`a file that ${fault} is refused, and nothing changes`, () => {
        using folder = new TempFolder();
        const file = copyOf(folder);
        refuses(folder, file, () => writeFileSync(file, spoiled(readFileSync(file))));
      });
    }

    test("a file with any one bit changed is refused", () => {
      using folder = new TempFolder();
      const file = copyOf(folder);
      const whole = readFileSync(file);
      const random = seeded(41);
      for (let round = 0; round < 60; round++) {
        const bytes = Buffer.from(whole);
        bytes[random.between(0, bytes.length - 1)]! ^= 1 << random.between(0, 7);
        writeFileSync(file, bytes);
        expect(() => importCache(folder.join("to.sqlite"), file, ANY_MODEL)).toThrow();
        expect(existsSync(folder.join("to.sqlite"))).toBe(false);
      }
    });
  });
});
