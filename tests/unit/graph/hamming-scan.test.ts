import { describe, expect, test } from "bun:test";
import { nearestByHamming } from "../../../src/graph/search/hamming.ts";

function randomBits(words: number, seed: number): Uint32Array {
  return Uint32Array.from({ length: words }, (_, i) => Number(Bun.hash.xxHash32(`${seed} ${i}`)));
}

function distance(a: Uint32Array, b: Uint32Array): number {
  return a.reduce(
    (sum, word, i) => sum + ((word ^ (b[i] ?? 0)) >>> 0).toString(2).replaceAll("0", "").length,
    0,
  );
}

describe("nearestByHamming", () => {
  // 12 words are 384 dimensions; 1, 2, 4 and 5 leave words over from groups of three.
  for (const words of [1, 2, 3, 4, 5, 12]) {
    test(`finds what a sort of all distances finds, ${words} words a vector`, () => {
      const vectors = 700;
      const bits = randomBits(vectors * words, words);
      const query = randomBits(words, 99);
      const all = Array.from({ length: vectors }, (_, i) =>
        distance(bits.subarray(i * words, (i + 1) * words), query),
      );
      for (const count of [1, 7, 100, 699]) {
        const found = [...nearestByHamming(bits, query, count)];
        expect(new Set(found).size).toBe(count);
        const nearest = found.map((i) => all[i] ?? -1).sort((a, b) => a - b);
        expect(nearest).toEqual([...all].sort((a, b) => a - b).slice(0, count));
      }
    });

    test(`finds among some what a sort of their distances finds, ${words} words a vector`, () => {
      const bits = randomBits(700 * words, words);
      const query = randomBits(words, 99);
      const distanceOf = (i: number) => distance(bits.subarray(i * words, (i + 1) * words), query);
      for (const step of [2, 3, 7]) {
        const among = Uint32Array.from({ length: Math.floor(700 / step) }, (_, i) => i * step + 1);
        for (const count of [1, 20, among.length, 700]) {
          const found = [...nearestByHamming(bits, query, count, among)];
          expect(new Set(found).size).toBe(Math.min(count, among.length));
          expect(found.every((i) => among.includes(i))).toBe(true);
          const nearest = found.map(distanceOf).sort((a, b) => a - b);
          const sorted = [...among].map(distanceOf).sort((a, b) => a - b);
          expect(nearest).toEqual(sorted.slice(0, count));
        }
      }
    });
  }

  test("returns every vector when there are no more than asked for", () => {
    expect([...nearestByHamming(randomBits(36, 1), randomBits(12, 2), 10)]).toEqual([0, 1, 2]);
  });

  test("finds nothing among nothing", () => {
    expect(nearestByHamming(new Uint32Array(0), randomBits(12, 2), 10)).toHaveLength(0);
  });
});
