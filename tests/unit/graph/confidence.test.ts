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

/** What is said of the note of this name, which is as near in meaning whatever is asked. */
function sureOf(text: string, asked: string, title = "Bergmann"): number {
  const about = { id: "about.md", title, texts: [text], vectors: [at(0.65, "about")] };
  const other = { id: "other.md", title: "Other", texts: ["The club was founded by Ida, its manager."] };
  const found = search([...notes, about, other], asked, "hybrid");
  return found.find(({ id }) => id === "about.md")?.confidence ?? 0;
}

test("what is asked about a name is less sure where the note of that name has nothing else of it", () => {
  const alone = sureOf("Makes pumps.", "Bergmann");
  const kind = sureOf("A client that makes pumps.", "client Bergmann");
  const said = sureOf("Was founded by Jens.", "who founded Bergmann");
  const paraphrased = sureOf("Its director is Jens.", "manager of Bergmann");
  const unsaid = sureOf("Makes pumps.", "who founded the bankrupt Bergmann");
  for (const sure of [alone, kind, said]) expect(sure).toBeGreaterThan(0.85);
  expect(paraphrased).toBeGreaterThan(0.6);
  expect(unsaid).toBeLessThan(0.65);
});

test("one rare name is not all of a query of several words", () => {
  const asked = "GraphQL founded manager";
  const [one, all] = ["Use GraphQL here.", "The manager founded GraphQL."].map((text) =>
    sureOf(text, asked, "Limits"),
  );
  const rare = { id: "rare.md", title: "Limits", texts: ["Use GraphQL here."], vectors: [at(0, "rare")] };
  const other = { id: "other.md", title: "Other", texts: ["Founded by its manager."] };
  const [first] = search([...notes, rare, other], asked, "lexical").filter(({ id }) => id === "rare.md");
  expect(first?.confidence).toBeLessThan(0.7);
  expect(one).toBeLessThan(all ?? 0);
});

test("nearness makes nothing sure that has no word of a query whose words are nowhere", () => {
  expect(sureOf("Makes pumps.", "jak zamówić samochód służbowy")).toBeLessThan(0.3);
  // As far as other notes have the words, it may be said in others here.
  expect(sureOf("Set up by Jens.", "club founded", "Start")).toBeGreaterThan(0.6);
});

test("nor a note with another day, for a day that some note has", () => {
  const day = { id: "day.md", title: "Day", texts: ["On 2026-04-02 it rained."] };
  const dated = {
    id: "dated.md",
    title: "Terms",
    texts: ["Since 2026-02-01."],
    vectors: [at(0.55, "dated")],
  };
  const found = search([...notes, day, dated], "2026-04-02", "hybrid");
  expect(found.find(({ id }) => id === "dated.md")?.confidence).toBeLessThan(0.3);
  expect(found[0]?.id).toBe("day.md");
});
