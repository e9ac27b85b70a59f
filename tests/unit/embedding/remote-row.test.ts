/** A row of a remote cache proves itself, or is a miss (I8, I9). */
import { describe, expect, test } from "bun:test";
import { cacheKey } from "../../../src/embedding/cache/index.ts";
import {
  classOf,
  decodeRow,
  encodeRow,
  maker,
  type RowFormat,
  remotePrefix,
} from "../../../src/embedding/remote/value.ts";
import { SigningKey } from "../../../src/project/remote.ts";
import { MODEL, unitVector } from "../../helpers/embedding.ts";
import { seeded } from "../../helpers/random.ts";

const format: RowFormat = { modelId: MODEL.id, dimensions: MODEL.dimensions, signingKey: undefined };
const signed: RowFormat = { ...format, signingKey: new SigningKey("a key of the team") };
const KEY = cacheKey("some text", MODEL.id);
const VECTOR = unitVector(7);

describe("A row that was written comes back bit by bit", () => {
  test("without a signature, and with one", () => {
    for (const each of [format, signed]) {
      expect(decodeRow(KEY, encodeRow(KEY, VECTOR, each), each)).toEqual(VECTOR);
    }
  });

  test("from any place in a larger buffer, in memory of its own", () => {
    const row = encodeRow(KEY, VECTOR, signed);
    for (const offset of [1, 2, 3, 7]) {
      const buffer = new Uint8Array(row.length + 16);
      buffer.set(row, offset);
      const vector = decodeRow(KEY, buffer.subarray(offset, offset + row.length), signed);
      buffer.fill(0);
      expect(vector).toEqual(VECTOR);
    }
  });

  test("of a signed row by whoever has no key, who trusts all that may write", () => {
    expect(decodeRow(KEY, encodeRow(KEY, VECTOR, signed), format)).toEqual(VECTOR);
  });

  test("its name begins with what stands for its model, and the model id itself is not in it", () => {
    expect(remotePrefix(MODEL.id)).toMatch(/^amalfa:v1:[0-9a-f]{16}:$/);
    expect(remotePrefix(MODEL.id)).not.toBe(remotePrefix(`${MODEL.id}x`));
  });
});

describe("10,000 rows of which something is wrong: none is taken", () => {
  const random = seeded(18);
  const any = (below: number) => random.between(0, below - 1);
  const kinds: Readonly<Record<string, (row: Uint8Array) => Uint8Array>> = {
    "one bit flipped": (row) => {
      const other = row.slice();
      const place = any(row.length);
      other[place] = other[place]! ^ (1 << any(8));
      return other;
    },
    "cut short": (row) => row.slice(0, any(row.length)),
    "something behind": (row) => Buffer.concat([row, new Uint8Array(1 + any(64))]),
    "bytes of chance": (row) => Uint8Array.from({ length: row.length }, () => any(256)),
    "of another key": () => encodeRow(cacheKey(`text ${any(1e9)}`, MODEL.id), VECTOR, signed),
    "of another model": () => encodeRow(KEY, VECTOR, { ...signed, modelId: "another model" }),
    "two parts exchanged": (row) =>
      Buffer.concat([row.slice(0, 8), row.slice(12, 16), row.slice(8, 12), row.slice(16)]),
  };
  const rounds = 1_430;

  for (const [name, damage] of Object.entries(kinds)) {
    test(`${rounds} times ${name}`, () => {
      const row = encodeRow(KEY, VECTOR, signed);
      for (let round = 0; round < rounds; round++) {
        const bad = damage(row);
        expect(decodeRow(KEY, bad, signed)).toBeUndefined();
        // What only the signature tells is that of a row without one.
        const plain = damage(encodeRow(KEY, VECTOR, format));
        if (name.startsWith("of another")) continue;
        expect(decodeRow(KEY, plain, format)).toBeUndefined();
      }
    });
  }

  test("with a vector that is none: not finite, not of unit length, of other dimensions", () => {
    const wrong = [VECTOR.map(() => Number.NaN), VECTOR.map((value) => value * 2), unitVector(1, 383)];
    for (const vector of wrong)
      expect(decodeRow(KEY, encodeRow(KEY, vector, format), format)).toBeUndefined();
  });
});

describe("With a signing key no row is taken that was forged", () => {
  const forged: Readonly<Record<string, Uint8Array>> = {
    "a right row without a signature": encodeRow(KEY, VECTOR, format),
    "signed with another key": encodeRow(KEY, VECTOR, { ...format, signingKey: new SigningKey("guessed") }),
    "another vector, its checksum right, below the signature of the true one": withSignatureOf(
      encodeRow(KEY, unitVector(8), signed),
      encodeRow(KEY, VECTOR, signed),
    ),
    "the signed row of another text": encodeRow(cacheKey("other", MODEL.id), VECTOR, signed),
  };
  for (const [name, row] of Object.entries(forged)) {
    test(name, () => {
      expect(decodeRow(KEY, row, signed)).toBeUndefined();
    });
  }

  test("the key is not to be seen where it is printed or turned into JSON", () => {
    const key = new SigningKey("very secret");
    expect(`${JSON.stringify({ key })} ${Bun.inspect(key)} ${String(key)}`).not.toContain("very secret");
  });
});

function withSignatureOf(row: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.concat([row.slice(0, -32), other.slice(-32)]);
}

describe("Vectors of processors that compute otherwise", () => {
  test("have names and proofs of their own; the kind with VNNI has those of the model alone", () => {
    const kinds = [
      classOf("x64", new Set(["avx2", "avx512bw", "avx512_vnni"])),
      classOf("x64", new Set(["avx2", "avx512bw"])),
      classOf("x64", new Set(["avx2"])),
      classOf("x64", new Set(["sse4_2"])),
      classOf("arm64", undefined),
      classOf("x64", undefined),
    ];
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds[0]).toBe("");
    const makers = kinds.map((kind) => maker(MODEL.id, kind));
    expect(makers[0]).toBe(MODEL.id);
    expect(new Set(makers).size).toBe(kinds.length);
  });
});
