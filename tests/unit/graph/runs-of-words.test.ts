/** What has the words of a query one after the other comes first, in quotes or not. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { type FixtureDocument, fixtureGraph, nearTo, unitVector } from "../../helpers/graph-fixture.ts";

const asked = unitVector("what is asked");

function note(id: string, text: string, cosine = 0): FixtureDocument {
  return { id: `${id}.md`, title: "Note", texts: [text], vectors: [nearTo(asked, text, cosine)] };
}

const many = (count: number, make: (at: number) => FixtureDocument): FixtureDocument[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** Each word of the sentence is in many of them, and meaning is near to some. */
const others = [
  ...many(30, (at) => note(`baker-${at}`, `Bread and more bread of the day, day ${at}, give daily.`, 0.5)),
  ...many(30, (at) => note(`week-${at}`, `Our daily round of this day: give us an hour, ${at}.`, 0.4)),
  ...many(60, (at) => note(`other-${at}`, `A report of the garden, number ${at}.`)),
];
const prayer = note("prayer", "**11** Give us this day our daily *bread*.\n**12** And forgive us our debts.");

function found(query: string, documents: readonly FixtureDocument[], mode: "hybrid" | "lexical" = "hybrid") {
  using db = fixtureGraph(documents);
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 10, vector: asked, explain: true });
}

test.each(["hybrid", "lexical"] as const)("a sentence without quotation marks, in %s mode", (mode) => {
  const [first] = found("give us this day our daily bread", [...others, prayer], mode);
  expect(first?.id).toBe("prayer.md");
});

test("it is sure", () => {
  const [first, second] = found("give us this day our daily bread", [...others, prayer]);
  expect(first?.confidence).toBeGreaterThan(0.85);
  expect(second?.confidence).toBeLessThan(0.85);
});

test("after question words", () => {
  const [first] = found("where is give us this day our daily bread", [...others, prayer]);
  expect(first?.id).toBe("prayer.md");
});

test("letters with accents and capitals are the same, whole words only", () => {
  const cafe = note("cafe", "Le café du port est ouvert.");
  const cafes = note("cafes", "Le café du portail est ouvert.");
  expect(found("LE CAFE\u0301 DU PORT", [...others, cafe, cafes])[0]?.id).toBe("cafe.md");
});

test("a run of a small part of the query decides nothing", () => {
  const small = note("small", "In the end of the day the kettle was new.");
  const near = note("near", "Mending the roof before the rain sets in.", 0.9);
  const query = "what about the roof at the end of the day before rain sets in and mending takes long";
  expect(found(query, [...others, small, near])[0]?.id).toBe("near.md");
});

test("what many documents have in this order, meaning tells apart", () => {
  const alike = many(30, (at) => note(`alike-${at}`, `Reset my password now, part ${at}.`));
  const near = note("near", "A password is reset by its owner.", 0.7);
  expect(found("how do I reset my password", [...others, ...alike, near])[0]?.id).toBe("near.md");
});

describe("a run counts", () => {
  const alike = many(12, (at) =>
    note(`alike-${at}`, `In winter a roof, the slate of it, needs mending: ${at}.`),
  );
  const exactness = (text: string): number => {
    const results = found("mending the slate roof in winter", [...alike, note("roof", text, 0.5)]);
    return results.find(({ id }) => id === "roof.md")?.explain?.exactness ?? Number.NaN;
  };

  test("in a text", () => {
    expect(exactness("All about mending the slate\nroof in winter, **as we do**.")).toBeGreaterThan(0.9);
  });

  test.each([
    ["in the text of a link", "More in [Mending the slate roof in winter](roof.md) of the book."],
    ["in a title in quotes", "More in “Mending the slate roof in winter”, in the book."],
    ["across two paragraphs", "All about mending the slate\n\nRoof in winter, kettle in summer."],
  ])("not %s", (_, text) => {
    expect(exactness(text)).toBeLessThan(0.5);
  });
});

test("what has all but one telling word of a sentence is not the one that is meant", () => {
  const template = many(3, (at) =>
    note(`town-${at}`, `The harbour of town${at} is open on every day of the year.`),
  );
  const near = note("near", "Town7 and its harbour are always open.", 0.7);
  const query = "the harbour of town7 is open on every day";
  expect(found(query, [...others, ...template, near])[0]?.id).toBe("near.md");
});
