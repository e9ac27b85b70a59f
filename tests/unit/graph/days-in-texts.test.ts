/** A day is found in texts that write it in ways which are not told when they are read: `30/09/2026`, `3 juillet 2025`. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { foundIn, notes } from "../../helpers/found-in.ts";
import { type FixtureDocument, fixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";

const MODES = ["lexical", "hybrid"] as const;
const documents = notes({
  slashed: "The purchase order covers until 30/09/2026.",
  american: "It was replaced on 04/15/2025, before the rain.",
  short: "Im Keller am 17.03.25 gemessen.",
  french: "Relance envoyée le 3 juillet 2025 : la facture n'est pas payée.",
  first: "Le bail commence le 1er août 2025.",
  spanish: "La visita fue el 14 de febrero de 2025.",
  italian: "Riunione del 21 maggio 2025.",
  german: "Besprechung am 9. Oktober 2025.",
  korean: "회의 2025년 11월 12일 오후.",
  japanese: "2025年12月24日に会いました。",
  apart: "In 2025, in 2026: 30 people on 09/2026, 3 in July, 15 of April, 14 in February, 21 in May.",
  others: "On 2026-09-29, 2026-10-01, 2025-07-04, 2025-04-16, 2025-02-13 and 2025-05-22 we were away.",
});

/** What is found first, with how sure it is and what is said to be nowhere. */
function firstOf(all: readonly FixtureDocument[], query: string, mode: "lexical" | "hybrid") {
  using db = fixtureGraph();
  writeFixture(db, all);
  const vector = mode === "hybrid" ? unitVector(`asked: ${query}`) : undefined;
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 3, vector })[0];
}

test.each([
  ["slashed.md", "30 September 2026"],
  ["slashed.md", "2026-09-30"],
  ["slashed.md", "30.09.2026"],
  ["slashed.md", "30 septembre 2026"],
  ["slashed.md", "purchase order 2026-09-30"],
  ["american.md", "15 April 2025"],
  ["american.md", "15/04/2025"],
  ["american.md", "2025-04-15"],
  ["french.md", "3 July 2025"],
  ["french.md", "July 3rd, 2025"],
  ["french.md", "03.07.2025"],
  ["french.md", "3. Juli 2025"],
  ["french.md", "la facture du 2025-07-03"],
  ["first.md", "1 August 2025"],
  ["spanish.md", "February 14, 2025"],
  ["italian.md", "2025-05-21"],
  ["german.md", "9 octobre 2025"],
  ["korean.md", "12 November 2025"],
  ["japanese.md", "2025-12-24"],
])("%s by %s", (id, query) => {
  for (const mode of MODES) {
    const first = firstOf(documents, query, mode);
    expect([mode, first?.id, first?.lacks]).toEqual([mode, id, undefined]);
    expect(first?.confidence ?? 0).toBeGreaterThan(0.85);
  }
});

test.each(["17 March 2025", "2025-03-17"])("a year of two digits, which may be a version: %s", (query) => {
  for (const mode of MODES) {
    const first = firstOf(documents, query, mode);
    expect([mode, first?.id, first?.lacks]).toEqual([mode, "short.md", undefined]);
  }
});

test.each(MODES)("what may be another day comes behind who has the day for sure: %s", (mode) => {
  const either = notes({ either: "Paid on 05/06/2026, all of it." });
  for (const query of ["5 June 2026", "6 May 2026", "2026-06-05", "2026-05-06"]) {
    expect([query, foundIn([...documents, ...either], query, mode)[0]]).toEqual([query, "either.md"]);
    expect(firstOf([...documents, ...either], query, mode)?.lacks).toBeUndefined();
  }
  const both = [...documents, ...either, ...notes({ sure: "Paid le 5 juin 2026, all of it." })];
  const found = foundIn(both, "5 June 2026", mode);
  expect(found[0]).toBe("sure.md");
  expect(found).toContain("either.md");
});

test.each(MODES)("a year that stands in the title: %s", (mode) => {
  const minutes = {
    id: "minutes.md",
    title: "Minutes of 2025",
    texts: ["On 14 August the pump was sealed."],
  };
  const other = { id: "other.md", title: "Minutes of 2024", texts: ["On 14 August the pump leaked."] };
  const first = firstOf([...documents, other, minutes], "14 August 2025", mode);
  expect([first?.id, first?.lacks]).toEqual(["minutes.md", undefined]);
});

test.each(MODES)("a day of any year in another language: %s", (mode) => {
  expect(foundIn(documents, "July 3", mode)[0]).toBe("french.md");
  expect(foundIn(documents, "9 octobre", mode)[0]).toBe("german.md");
});

test("a pasted log with many days is searched by its words", () => {
  const log = Array.from({ length: 300 }, (_, at) => `2025-${10 + (at % 3)}-${10 + (at % 18)} pump sealed`);
  expect(foundIn(documents, log.join("\n"), "lexical").length).toBeGreaterThan(0);
});
