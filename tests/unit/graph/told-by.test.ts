/** How much a word tells is counted in documents as well as in chunks, and a word as it is typed comes before its stem. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { foundIn } from "../../helpers/found-in.ts";
import { fixtureGraph } from "../../helpers/graph-fixture.ts";

const days = Array.from({ length: 40 }, (_, at) => ({
  id: `day-${at}.md`,
  texts: [`She is moving to the harbour, moving and moving, on day ${at}.`],
}));

describe("a word that stands in each of the many chunks of one note leads to it", () => {
  const list = {
    id: "list.md",
    texts: Array.from({ length: 300 }, (_, at) => `A purchase of item ${at} for the kitchen.`),
  };
  test.each(["purchase", "purchase?", "the purchase"])("%s", (query) => {
    for (const mode of ["hybrid", "lexical"] as const)
      expect([mode, foundIn([...days, list], query, mode)[0]]).toEqual([mode, "list.md"]);
  });
});

describe("a word as it is typed", () => {
  const notes = [
    ...days,
    { id: "plan.md", texts: ["What we planned before the old boiler was moved away."] },
  ];
  test("comes before other forms with the same stem", () => {
    for (const mode of ["hybrid", "lexical"] as const) {
      expect([mode, foundIn(notes, "moved", mode)[0]]).toEqual([mode, "plan.md"]);
      expect([mode, foundIn(notes, "moving", mode)[0]]).not.toEqual([mode, "plan.md"]);
    }
  });
  test("is said to be in those that have it", () => {
    using db = fixtureGraph(notes);
    const asked = { query: "moved", mode: "lexical", limit: 3, vector: undefined, explain: true } as const;
    const found = searchGraph(db, new SemanticIndex(db), asked);
    expect(found.map(({ explain }) => explain?.matched)).toEqual([["moved"], [], []]);
  });
});
