/** What is said of how sure a result is: the same in a graph of whatever else, and nothing of what is no result. */
import { expect, test } from "bun:test";
import { type SearchResult, SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { type FixtureDocument, fixtureGraph, unitVector } from "../../helpers/graph-fixture.ts";

const query = unitVector("query");

/** A vector at this cosine with that of the query. */
function at(cosine: number, name: string): Float32Array {
  const other = unitVector(name);
  const along = other.reduce((sum, value, place) => sum + value * (query[place] ?? 0), 0);
  const beside = other.map((value, place) => value - along * (query[place] ?? 0));
  const length = Math.hypot(...beside);
  return query.map(
    (value, place) => cosine * value + (Math.sqrt(1 - cosine ** 2) / length) * (beside[place] ?? 0),
  );
}

function search(
  documents: readonly FixtureDocument[],
  text: string,
  mode: "hybrid" | "semantic" | "lexical",
): readonly SearchResult[] {
  using db = fixtureGraph(documents);
  const isTemplate = (id: string) => id.startsWith("templates/");
  return searchGraph(db, new SemanticIndex(db), { query: text, mode, limit: 10, vector: query, isTemplate });
}

const notes = Array.from({ length: 60 }, (_, place) => ({
  id: `n${place}.md`,
  title: "Note",
  texts: [`About ${place}.`],
  vectors: [at(((place % 7) - 3) / 20, `note ${place}`)],
}));
const near = { id: "near.md", title: "Near", texts: ["What is like it."], vectors: [at(0.4, "near")] };

test.each(["semantic", "hybrid"] as const)(
  "one file that says the same over and over makes nobody surer, %s",
  (mode) => {
    const log = {
      id: "log.md",
      title: "Log",
      texts: Array.from({ length: 600 }, (_, place) => `Started at ${place}.`),
      vectors: Array.from({ length: 600 }, (_, place) => at(-0.05, `line ${place % 3}`)),
    };
    const [before] = search([...notes, near], "unheard", mode);
    const [after] = search([...notes, near, log], "unheard", mode);
    expect([before?.id, after?.id]).toEqual(["near.md", "near.md"]);
    expect(Math.abs((after?.confidence ?? 0) - (before?.confidence ?? 0))).toBeLessThan(0.1);
  },
);

test("a template is less sure than a note that says the same, as it is lower", () => {
  const text = "Agenda and decisions on the roof.";
  const documents = [
    ...notes,
    { id: "templates/meeting.md", title: "Meeting", texts: [text], vectors: [at(0.5, "template")] },
    { id: "monday.md", title: "Monday", texts: [`${text} Tiles.`], vectors: [at(0.5, "monday")] },
  ];
  for (const mode of ["hybrid", "semantic", "lexical"] as const) {
    const [note, template] = search(documents, "decisions on the roof", mode);
    expect([note?.id, template?.id]).toEqual(["monday.md", "templates/meeting.md"]);
    expect(template?.confidence).toBeLessThan(note?.confidence ?? 0);
  }
});

test("what has nothing of the query is no result beside what has something", () => {
  const far = { id: "far.md", title: "Far", texts: ["Something else."], vectors: [at(-0.6, "far")] };
  const found = search([near, far], "unheard", "hybrid");
  expect(found.map(({ id }) => id)).toEqual(["near.md"]);
  expect(found.every(({ score }) => score > 0)).toBe(true);
});
