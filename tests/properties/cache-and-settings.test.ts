/** Keys and rows of the vector cache, sizes, ages and settings files, on any value. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cacheKey, rowChecksum, vectorBytes, vectorOfRow } from "../../src/embedding/cache/row.ts";
import { validateSettingsFile } from "../../src/project/schema.ts";
import { parseAge, parseSize } from "../../src/project/units.ts";
import { unitVector } from "../helpers/embedding.ts";
import { PROPERTY } from "./arbitrary.ts";

const text = fc.string({ unit: "grapheme", maxLength: 40 });

describe("cacheKey", () => {
  test("is the SHA-256 of text and model id, whatever the text and however long", () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(1, 2000), (one, model, times) => {
        const long = one.repeat(times);
        const expected = new Bun.CryptoHasher("sha256").update(long + model, "utf8").digest("hex");
        expect(cacheKey(long, model)).toBe(expected);
      }),
      PROPERTY,
    );
  });

  test("I9 two texts never share a key, and no text has that of another model", () => {
    const [first, second] = [`a@${"0".repeat(64)}`, `b@${"1".repeat(64)}`];
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(cacheKey(one, first)).not.toBe(cacheKey(other, second));
        if (one !== other) expect(cacheKey(one, first)).not.toBe(cacheKey(other, first));
      }),
      PROPERTY,
    );
  });
});

describe("vectorOfRow", () => {
  test("I8 a row comes back bit by bit, and with any bit changed, or under another key, not at all", () => {
    fc.assert(
      fc.property(fc.nat(), text, text, fc.nat(1535), fc.nat(7), (seed, one, other, byte, bit) => {
        const [key, elsewhere] = [cacheKey(one, "m"), cacheKey(other, "m")];
        const bytes = vectorBytes(unitVector(seed % 10_000)).slice();
        const checksum = rowChecksum(key, bytes);
        expect(vectorBytes(vectorOfRow(key, bytes, checksum, 384)!)).toEqual(bytes);
        if (key !== elsewhere) expect(vectorOfRow(elsewhere, bytes, checksum, 384)).toBeUndefined();
        bytes[byte] = bytes[byte]! ^ (1 << bit);
        expect(vectorOfRow(key, bytes, checksum, 384)).toBeUndefined();
      }),
      PROPERTY,
    );
  });
});

describe("sizes and ages", () => {
  test("a number is a number of bytes, anything else a whole number of them or nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), fc.nat()), (value) => {
        const size = parseSize(value);
        expect(size === undefined || (Number.isSafeInteger(size) && size >= 0)).toBe(true);
        const age = parseAge(value);
        expect(age === undefined || (age >= 0 && age <= 100 * 365 * 86_400_000)).toBe(true);
      }),
      PROPERTY,
    );
  });
});

describe("validateSettingsFile", () => {
  const NAMES = [
    "sources",
    "excludePatterns",
    "database",
    "embeddings",
    "watch",
    "cache",
    "search",
    "links",
    "x",
  ];
  const settings = fc.dictionary(fc.oneof(fc.constantFrom(...NAMES), fc.string()), fc.anything(), {
    maxKeys: 5,
  });

  test("takes any object: what is wrong is named, and what is left is right", () => {
    fc.assert(
      fc.property(settings, (value) => {
        const { found, problems } = validateSettingsFile(value);
        for (const { message } of problems) expect(message).not.toBe("");
        expect(validateSettingsFile(found as object).problems).toEqual([]);
        if (problems.length === 0) expect(validateSettingsFile(value).found).toEqual(found);
      }),
      PROPERTY,
    );
  });
});
