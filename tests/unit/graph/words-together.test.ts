/** What few documents have together comes before what many have a part of, unless meaning clearly says otherwise. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { type FixtureDocument, fixtureGraph, nearTo, unitVector } from "../../helpers/graph-fixture.ts";

const asked = unitVector("what is asked");

function note(id: string, text: string, cosine = 0): FixtureDocument {
  return { id: `${id}.md`, title: "Note", texts: [text], vectors: [nearTo(asked, text, cosine)] };
}

const many = (count: number, make: (at: number) => FixtureDocument): FixtureDocument[] =>
  Array.from({ length: count }, (_, at) => make(at));

const invoices = many(30, (at) =>
  note(`invoice-${at}`, `Invoice ${at} to Delta Water, due in a month.`, 0.4),
);
const skies = many(6, (at) => note(`sky-${at}`, `A cloud over the hills on walk ${at}.`));
const others = many(160, (at) => note(`other-${at}`, `A report of the garden, number ${at}.`));
const minutes = [
  note("minutes-1", "Delta Water will have no cloud before the audit.", 0.15),
  note("minutes-2", "Delta Water asked once more what the cloud costs.", 0.15),
];

function found(query: string, documents: readonly FixtureDocument[], mode: "hybrid" | "lexical"): string[] {
  using db = fixtureGraph(documents);
  const request = { query, mode, limit: 10, vector: asked };
  return searchGraph(db, new SemanticIndex(db), request).map(({ id }) => id);
}

describe.each(["hybrid", "lexical"] as const)("in %s mode", (mode) => {
  test.each([
    ["all of the words", "cloud Delta Water"],
    ["nearly all of them", "a cloud in the garden of Delta Water"],
  ])("two notes that have %s come before thirty that have a part", (_, query) => {
    const first = found(query, [...invoices, ...skies, ...others, ...minutes], mode).slice(0, 2);
    expect(first.toSorted()).toEqual(["minutes-1.md", "minutes-2.md"]);
  });
});

test("where many have all of the words, meaning tells them apart", () => {
  const alike = many(30, (at) => note(`more-${at}`, `Delta Water and its cloud, part ${at}.`));
  const near = note("near", "Delta Water is ours.", 0.7);
  expect(found("cloud Delta Water", [...alike, ...skies, ...others, near], "hybrid")[0]).toBe("near.md");
});

test("a note that is by far the nearest stays first with a part of the words", () => {
  const answer = note("answer", "Delta Water keeps its data in its own cellar.", 0.95);
  const documents = [...invoices, ...skies, ...others, ...minutes, answer];
  expect(found("cloud Delta Water", documents, "hybrid")[0]).toBe("answer.md");
});
