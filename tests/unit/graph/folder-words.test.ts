/** A word that is the name of a folder tells which of the documents with a rarer word is meant. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { type FixtureDocument, fixtureGraph, nearTo, unitVector } from "../../helpers/graph-fixture.ts";

const asked = unitVector("what is asked");

function note(id: string, title: string, text: string, cosine = 0): FixtureDocument {
  return { id: `${id}.md`, title, texts: [text], vectors: [nearTo(asked, id, cosine)] };
}

const many = (count: number, make: (at: number) => FixtureDocument): FixtureDocument[] =>
  Array.from({ length: count }, (_, at) => make(at));

const documents = [
  ...many(250, (at) => note(`Contracts/2024/${at}`, "Lease", "Both sides agree on the terms.")),
  ...many(40, (at) => note(`Meetings/${at}`, "Weekly", "Bergmann came by, and Bergmann left.", 0.15)),
  note("Contracts/2024/Bergmann", "Bergmann", "Both sides agree on the terms."),
];

test.each(["hybrid", "lexical"] as const)("in the singular, beside a name, in %s mode", (mode) => {
  using db = fixtureGraph(documents);
  const request = { mode, limit: 3, vector: asked };
  for (const query of ["Bergmann contract", "our contract with Bergmann"]) {
    const [first] = searchGraph(db, new SemanticIndex(db), { ...request, query });
    expect(first?.id).toBe("Contracts/2024/Bergmann.md");
  }
});
