/** What a search finds in documents that a test makes up. */
import { SemanticIndex, searchGraph } from "../../src/graph/search/index.ts";
import { type FixtureDocument, fixtureGraph, unitVector, writeFixture } from "./graph-fixture.ts";

/** Ids of what is found, best first; in hybrid mode the query's vector leads away from every answer. */
export function foundIn(
  documents: readonly FixtureDocument[],
  query: string,
  mode: "hybrid" | "lexical",
): string[] {
  using db = fixtureGraph();
  const decoy = unitVector("decoy");
  writeFixture(db, [...documents, { id: "decoy.md", texts: ["Near in meaning."], vectors: [decoy] }]);
  const vector = mode === "hybrid" ? decoy : undefined;
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 10, vector }).map(({ id }) => id);
}

export const notes = (texts: Readonly<Record<string, string>>): FixtureDocument[] =>
  Object.entries(texts).map(([name, text]) => ({ id: `${name}.md`, title: "Note", texts: [text] }));
