/** Exports and imports of the vector cache, with real files damaged in every way. */
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { exportCache, type ImportOptions, importCache } from "../../../src/embedding/cache/archive.ts";
import { cacheKey } from "../../../src/embedding/cache/row.ts";
import { VectorCache } from "../../../src/embedding/cache/vector-cache.ts";
import { alterCache, cacheRows, MODEL, unitVector } from "../../helpers/embedding.ts";
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

  test("vectors of another model are refused unless asked for, and can be left out when exporting", () => {
    using folder = new TempFolder();
    const from = folder.join("from.sqlite");
    fill(from, ["a"]);
    fill(from, ["a", "b"], "other-model:0123456789abcdef");
    exportCache(from, folder.join("both"));
    expect(() => importCache(folder.join("to.sqlite"), folder.join("both"), THIS_MODEL)).toThrow(
      /other models than this project's: other-model/,
    );
    expect(existsSync(folder.join("to.sqlite"))).toBe(false);
    expect(importCache(folder.join("to.sqlite"), folder.join("both"), ANY_MODEL).added).toBe(3);
    exportCache(from, folder.join("one"), MODEL.id);
    expect(importCache(folder.join("one.sqlite"), folder.join("one"), THIS_MODEL).added).toBe(1);
  });

  const faults: Record<string, (file: string, bytes: Buffer) => void> = {
    "is empty": (file) => writeFileSync(file, ""),
    "is cut off in its last row": (file, bytes) => truncateSync(file, bytes.length - 100),
    "is cut off in its header": (file) => truncateSync(file, 40),
    "has something after its end": (file, bytes) => writeFileSync(file, Buffer.concat([bytes, bytes])),
    "is something else": (file) => writeFileSync(file, "a note that is no archive of vectors, ".repeat(50)),
    "is of a newer version": (file, bytes) => {
      bytes.writeUInt32LE(2, 8);
      writeFileSync(file, bytes);
    },
    "claims a header of four gigabytes": (file, bytes) => {
      bytes.writeUInt32LE(0xffff_ffff, 12);
      writeFileSync(file, bytes);
    },
    "claims more rows than any disk holds": (file, bytes) =>
      writeFileSync(
        file,
        Buffer.from(bytes.toString("latin1").replace('"entries":3}]', '"entries":9e9}]'), "latin1"),
      ),
    "has a right checksum over a vector that is not of unit length": (file, bytes) => {
      const vectorAt = bytes.length - 32 - MODEL.dimensions * 4;
      bytes.fill(0, vectorAt, bytes.length - 32);
      const digest = new Bun.CryptoHasher("sha256").update(bytes.subarray(0, -32)).digest();
      writeFileSync(file, Buffer.concat([bytes.subarray(0, -32), digest]));
    },
  };

  for (const [fault, spoil] of Object.entries(faults)) {
    test(`a file that ${fault} is refused, and nothing changes`, () => {
      using folder = new TempFolder();
      const file = archiveOf(folder);
      const to = folder.join("to.sqlite");
      fill(to, ["x"]);
      const before = readFileSync(to);
      spoil(file, readFileSync(file));
      expect(() => importCache(to, file, ANY_MODEL)).toThrow(/not a usable export|newer version/);
      expect(readFileSync(to).equals(before)).toBe(true);
    });
  }

  test("a file with any one bit changed is refused", () => {
    using folder = new TempFolder();
    const file = archiveOf(folder);
    const whole = readFileSync(file);
    const random = seeded(41);
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(whole);
      const place = random.between(0, bytes.length - 1);
      bytes[place]! ^= 1 << random.between(0, 7);
      writeFileSync(file, bytes);
      expect(() => importCache(folder.join("to.sqlite"), file, ANY_MODEL)).toThrow();
      expect(existsSync(folder.join("to.sqlite"))).toBe(false);
    }
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
});
