/** An emoji that is all of a query means one thing: where no document has it, that is said. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { notes } from "../../helpers/found-in.ts";
import { fixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";

test.each(["lexical", "hybrid", "semantic"] as const)("in %s mode", (mode) => {
  using db = fixtureGraph();
  writeFixture(
    db,
    notes({ status: "🔴 The pump is down.", party: "The party is on Friday.", other: "Rain." }),
  );
  const index = new SemanticIndex(db);
  const ask = (query: string) =>
    searchGraph(db, index, { query, mode, limit: 3, vector: unitVector(`asked: ${query}`) });
  for (const { lacks, confidence } of ask("🔥")) {
    expect(lacks).toEqual(["🔥"]);
    expect(confidence).toBeLessThan(0.3);
  }
  for (const query of ["🔴", "🎉 party", "party 🎉"])
    expect([query, ask(query)[0]?.lacks]).toEqual([query, undefined]);
});
