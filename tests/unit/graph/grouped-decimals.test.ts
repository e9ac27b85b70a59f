/** A number with decimals is found in whatever way its thousands are written. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { notes } from "../../helpers/found-in.ts";
import { fixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";

const documents = notes({
  english: "The heating took 1,140.50 that winter.",
  german: "Die Miete war 3.141,59 im Jahr.",
  french: "Le loyer était de 1 234,50 par an.",
  swiss: "The roof was 8'765.25 at last.",
  longer: "All of it: 12,345.67 and no more.",
  million: "The house: 1,148,600.75 or so.",
  near: "It was 1,140.05, then 140.50, 1.50, 1140 and 50.",
  far: "3,142.59 or 141.59, 234.50 and 1 of 234, 345.67, 12 of 345.",
  version: "Release 1140.51 and 11.40.50, host 10.1.140.51.",
});

test.each([
  ["1140.50", "english.md"],
  ["3141.59", "german.md"],
  ["1234.50", "french.md"],
  ["8765.25", "swiss.md"],
  ["12345.67", "longer.md"],
  ["1148600.75", "million.md"],
  ["1140,50", "english.md"],
  ["1.140,50", "english.md"],
  ["1,140.50", "english.md"],
  ["heating 1140.50", "english.md"],
])("%s", (query, id) => {
  using db = fixtureGraph();
  writeFixture(db, documents);
  for (const mode of ["lexical", "hybrid"] as const) {
    const vector = mode === "hybrid" ? unitVector(`asked: ${query}`) : undefined;
    const [first] = searchGraph(db, new SemanticIndex(db), { query, mode, limit: 3, vector });
    expect([mode, first?.id, first?.lacks]).toEqual([mode, id, undefined]);
    expect(first?.confidence ?? 0).toBeGreaterThan(0.5);
  }
});

test("a number that is nowhere is said to be, and what is written as it was asked for comes first", () => {
  using db = fixtureGraph();
  writeFixture(db, [...documents, ...notes({ plain: "The heating took 1140.50 this winter." })]);
  const index = new SemanticIndex(db);
  const found = (query: string) =>
    searchGraph(db, index, { query, mode: "lexical", limit: 5, vector: undefined });
  expect(
    found("1140.50")
      .slice(0, 2)
      .map(({ id }) => id),
  ).toEqual(["plain.md", "english.md"]);
  expect(found("2140.50")[0]?.lacks).toEqual(["2140.50"]);
});

test("many notes that have it are as sure as of the number as it is written", () => {
  using db = fixtureGraph();
  const many = Array.from({ length: 40 }, (_, at) => [
    `day${at}`,
    `Dentist, a crown for CHF 1,480.50. Day ${at}.`,
  ]);
  writeFixture(db, [...documents, ...notes(Object.fromEntries(many))]);
  const sure = (query: string): number[] => {
    const request = { query, mode: "hybrid", limit: 5, vector: unitVector(`asked: ${query}`) } as const;
    const found = searchGraph(db, new SemanticIndex(db), request);
    expect(found.every(({ id }) => id.startsWith("day"))).toBe(true);
    return found.map(({ confidence }) => confidence);
  };
  for (const query of ["1480.50", "1,480.50"])
    expect([query, Math.min(...sure(query))]).toEqual([query, expect.closeTo(0.9, 1)]);
});
