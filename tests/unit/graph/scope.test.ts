/** Which chunks take part in a search, in lists of any ids. */
import { expect, test } from "bun:test";
import { seededNumbers } from "../../../scripts/bench/seeded-random.ts";
import { placesIn, type Scope, scopeTest } from "../../../src/graph/search/scope.ts";

const next = seededNumbers(11);

function someOf(ids: readonly number[], share: number): number[] {
  return ids.filter(() => next() < share);
}

const all = [...new Set(Array.from({ length: 500 }, () => Math.floor(next() * 2 ** 53)))].sort(
  (a, b) => a - b,
);

function scopeOver(chunks: readonly number[], named: Scope["named"], share: number): Scope {
  const places = chunks.flatMap((_, place) => (next() < share ? [place] : []));
  return { named, chunks: Float64Array.from(chunks), places: Uint32Array.from(places) };
}

for (const named of ["only", "never"] as const) {
  test(`the places in a list are those of which each takes part, of what is named ${named}`, () => {
    for (const share of [0, 0.01, 0.5, 1]) {
      // The same list, lists that lack some of each other's, and one that has nothing.
      for (const chunks of [all, someOf(all, 0.7), []]) {
        for (const ids of [all, someOf(all, 0.7), someOf(all, 0.01), []]) {
          const scope = scopeOver(chunks, named, share);
          const takesPart = scopeTest(scope);
          const isNamed = new Set([...scope.places].map((place) => chunks[place]!));
          for (const id of ids) expect(takesPart(id)).toBe(isNamed.has(id) === (named === "only"));
          const expected = ids.flatMap((id, place) => (takesPart(id) ? [place] : []));
          expect([...placesIn(scope, Float64Array.from(ids))]).toEqual(expected);
        }
      }
    }
  });
}
