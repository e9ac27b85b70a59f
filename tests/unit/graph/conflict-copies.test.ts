/** A copy that a sync tool made of a note comes right after the note itself, and says of which it is one. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { fixtureGraph, unitVector } from "../../helpers/graph-fixture.ts";

const QUERY = "pressure of the heating";
const vector = unitVector(QUERY);
const OTHERS = [
  { id: "Other.md", title: "Other", texts: ["Tyres need pressure."] },
  ...Array.from({ length: 20 }, (_, at) => ({ id: `n${at}.md`, title: "Note", texts: [`Day ${at}`] })),
];

function find(ids: readonly string[], query = QUERY, mode: "hybrid" | "lexical" | "semantic" = "hybrid") {
  const notes = ids.map((id, at) => ({
    id,
    title: "Heating",
    // The original has fewest of the words, and is farthest in meaning.
    texts: [at === 0 ? "The heating is old." : `The pressure of the heating is 1.${at} bar.`],
    vectors: [at === 0 ? unitVector("old") : vector],
  }));
  using db = fixtureGraph([...notes, ...OTHERS]);
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 10, vector });
}

test.each([
  "House/Heating.sync-conflict-20260110-101112-ABCDEFG.md",
  "House/Heating (conflicted copy 2026-02-01).md",
  "House/Heating (Jane's conflicted copy 2026-02-01).md",
  "House/Heating (Conflicted copy Pixel 202602011010).md",
  "House/Heating (conflicted copy).md",
  "House/Heating_conflict-20260110-101112.md",
  "House/Heating (SFConflict jane@example.org 2026-02-01-10-11-12).md",
  "House/Heating (conflicted copy 2026-02-01) (conflicted copy 2026-03-01).md",
])("%s comes right after its original", (copy) => {
  for (const mode of ["hybrid", "lexical", "semantic"] as const) {
    const results = find(["House/Heating.md", copy], QUERY, mode);
    const named = results.slice(0, 2).map(({ id, conflictCopyOf }) => [id, conflictCopyOf]);
    expect([mode, named]).toEqual([
      mode,
      [
        ["House/Heating.md", undefined],
        [copy, "House/Heating.md"],
      ],
    ]);
    const scores = results.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  }
});

test("several copies keep their order, and are less sure than a note", () => {
  const copies = ["a (conflicted copy 2026-01-01).md", "a (conflicted copy 2026-01-02).md"];
  const results = find(["a.md", ...copies]);
  expect(results[0]?.id).toBe("a.md");
  expect(
    results
      .slice(1, 3)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(copies);
  const [alone] = find(["b.md", "a (conflicted copy 2026-01-01).md"]);
  expect(results[1]?.confidence).toBeLessThan(alone?.confidence ?? 0);
});

test.each([
  // A second note, and one about conflicts.
  ["Heating.md", "Heating 2.md"],
  ["Heating.md", "Heating conflict.md"],
  ["Heating.md", "Heating (conflicts of copies).md"],
  // The original is elsewhere.
  ["Heating.md", "House/Heating (conflicted copy 2026-02-01).md"],
  ["Other/Heating.md", "Heating.sync-conflict-20260110-101112-ABCDEFG.md"],
])("beside %s, %s is a note like any other", (original, other) => {
  const [first] = find([original, other]);
  expect([first?.id, first?.conflictCopyOf]).toEqual([other, undefined]);
});

test("a copy whose original says nothing of what is asked stays where it is", () => {
  const [first] = find(["Heating.md", "Heating (conflicted copy 2026-02-01).md"], "1.1 bar", "lexical");
  expect([first?.id, first?.conflictCopyOf]).toEqual([
    "Heating (conflicted copy 2026-02-01).md",
    "Heating.md",
  ]);
});
