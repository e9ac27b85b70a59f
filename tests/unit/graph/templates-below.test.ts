/** Templates have the words of the notes that are made from them, and come after those. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { templateTest } from "../../../src/knowledge/templates.ts";
import { openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("a template comes after a note that is as good, unless templates are asked for", () => {
  using folder = new TempFolder();
  using db = openFixtureGraph(folder.join("graph.db"));
  const vector = unitVector("meeting");
  writeFixture(db, [
    {
      id: "templates/meeting.md",
      title: "{{title}}",
      texts: ["Agenda and decisions: {{agenda}}"],
      vectors: [vector],
    },
    {
      id: "work/monday.md",
      title: "Monday",
      texts: ["Agenda and decisions: the roof."],
      vectors: [unitVector("x")],
    },
    {
      id: "templates/about.md",
      title: "About",
      texts: ["Agenda in prose. ".repeat(60)],
      vectors: [unitVector("y")],
    },
    ...Array.from({ length: 20 }, (_, at) => ({ id: `z${at}.md`, title: "Note", texts: [`Day ${at}`] })),
  ]);
  const index = new SemanticIndex(db);
  const isTemplate = templateTest(folder.path);
  const found = (query: string) =>
    searchGraph(db, index, { query, mode: "lexical", limit: 3, vector, isTemplate }).map(({ id }) => id);
  expect(found("agenda decisions").slice(0, 2)).toEqual(["work/monday.md", "templates/meeting.md"]);
  expect(found("agenda template")[0]).toBe("templates/meeting.md");
  // A page about templates lies in a folder of that name as well.
  const all = searchGraph(db, index, { query: "prose", mode: "lexical", limit: 3, vector, isTemplate });
  const without = searchGraph(db, index, { query: "prose", mode: "lexical", limit: 3, vector });
  expect(all).toEqual(without);
});
