/** A note without a text is found by its name, which is all there is of it. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { foundIn } from "../../helpers/found-in.ts";
import { fixtureGraph } from "../../helpers/graph-fixture.ts";

const NOTES = [
  { id: "hub.md", title: "Hub", texts: ["See [[Kubernetes migration]] and the Kubernetes migration."] },
  { id: "ideas/Kubernetes migration.md", title: "Kubernetes migration", texts: [] },
  { id: "Überblick.md", title: "Überblick", texts: [] },
  { id: "old/garden.md", title: "Garden", texts: [] },
  { id: "garden.md", title: "Garden", texts: ["Beans."] },
];

test.each([
  ["Kubernetes migration", ["ideas/Kubernetes migration.md", "hub.md"]],
  ["[[kubernetes migration]]", ["ideas/Kubernetes migration.md", "hub.md"]],
  ["my note about the Kubernetes migration", ["ideas/Kubernetes migration.md", "hub.md"]],
  ["überblick", ["Überblick.md"]],
  // What has a text as well goes before it.
  ["garden", ["garden.md", "old/garden.md"]],
])("%s", (query, expected) => {
  for (const mode of ["hybrid", "lexical"] as const) {
    const found = foundIn(NOTES, query, mode).filter((id) => id !== "decoy.md");
    expect([mode, ...found.slice(0, expected.length)]).toEqual([mode, ...expected]);
  }
});

test("nothing of it is shown but its name, and filters hold for it", () => {
  using db = fixtureGraph(NOTES);
  const asked = { query: "Kubernetes migration", mode: "lexical", limit: 1, vector: undefined } as const;
  const index = new SemanticIndex(db);
  expect(searchGraph(db, index, { ...asked, explain: true })).toMatchObject([
    { title: "Kubernetes migration", snippet: "", passages: [], confidence: 0.95, explain: { exactness: 1 } },
  ]);
  expect(searchGraph(db, index, { ...asked, filters: { paths: ["hub.md"] } })[0]?.id).toBe("hub.md");
});

test("a pasted page is no name", () => {
  expect(foundIn(NOTES, `${"a line of a log, ".repeat(10_000)} Kubernetes`, "lexical")[0]).toBe("hub.md");
});
