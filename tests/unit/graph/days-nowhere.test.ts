/** A day that no document has, in any form, is said to be nowhere; one that some document has is not. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { notes } from "../../helpers/found-in.ts";
import { fixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";

const documents = notes({
  minutes: "Minutes of 12 August 2025: the pump was sealed.",
  lab: "Lab notes: in August 2025 the lamp was 15 hours on.",
  slashed: "Paid until 16/08/2025, by Mira.",
  either: "Paid on 07/08/2025, by Jonas.",
  french: "Le 18 août 2025, la hotte est en panne.",
  other: "On 15 July 2025 and on 14 August 2024 we were away.",
});

function resultsOf(query: string, mode: "lexical" | "hybrid") {
  using db = fixtureGraph();
  writeFixture(db, documents);
  const vector = mode === "hybrid" ? unitVector(`asked: ${query}`) : undefined;
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 10, vector });
}

test.each([
  ["15 August 2025", "15 August 2025"],
  ["August 15, 2025", "August 15, 2025"],
  ["15. August 2025", "15. August 2025"],
  ["15 août 2025", "15 août 2025"],
  ["15.08.2025", "15.08.2025"],
  ["2025-08-15", "2025-08-15"],
  ["15/08/2025", "15/08/2025"],
  ["minutes of 14 August 2025", "14 August 2025"],
  ["lab notes of 15 August 2025", "15 August 2025"],
  ["lab notes of 2025-08-15", "2025-08-15"],
])("%s", (query, lacked) => {
  for (const mode of ["lexical", "hybrid"] as const) {
    const found = resultsOf(query, mode);
    if (mode === "hybrid") expect(found.length).toBeGreaterThan(0);
    for (const { lacks, confidence } of found) {
      expect([mode, lacks]).toEqual([mode, [lacked]]);
      expect(confidence).toBeLessThan(0.3);
    }
  }
});

test.each([
  "12 August 2025",
  "minutes of 2025-08-12",
  "16 August 2025",
  "7 August 2025",
  "8 July 2025",
  "August 18, 2025",
  "what broke on 18 August 2025",
])("%s is somewhere", (query) => {
  for (const mode of ["lexical", "hybrid"] as const)
    expect(resultsOf(query, mode).map(({ lacks }) => lacks)).not.toContainEqual(expect.anything());
});

test("a day is the smaller part of a long question", () => {
  const [first] = resultsOf(
    "why was the pump sealed by Mira and Jonas while lamp and hotte were on, 15 August 2025",
    "lexical",
  );
  expect(first?.lacks).toBeUndefined();
});
