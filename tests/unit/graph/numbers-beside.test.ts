/** A number that stands in many passages tells which of the documents with a word is meant, where both are its name. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { type FixtureDocument, fixtureGraph, nearTo, unitVector } from "../../helpers/graph-fixture.ts";

const asked = unitVector("what is asked");

function note(id: string, title: string, text: string, cosine = 0): FixtureDocument {
  return { id: `${id}.md`, title, texts: [text], vectors: [nearTo(asked, id, cosine)] };
}

/** The number stands in more passages than are noted of a word. */
const others = Array.from({ length: 250 }, (_, at) =>
  note(`diary/${at}`, `Entry of ${at + 1000}`, "We were 3 at the table, and saw chapter and verse."),
);
const chapters = (called: (chapter: number) => [id: string, title: string]): FixtureDocument[] =>
  Array.from({ length: 9 }, (_, at) => {
    const [id, title] = called(at + 1);
    return note(id, title, "Who is wise, and he shall understand these things.", at === 6 ? 0.2 : 0.1);
  });

function first(query: string, documents: readonly FixtureDocument[], mode: "hybrid" | "lexical") {
  using db = fixtureGraph([...others, ...documents]);
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 3, vector: asked })[0]?.id;
}

describe.each(["hybrid", "lexical"] as const)("in %s mode", (mode) => {
  test("a title with the number", () => {
    const documents = chapters((chapter) => [`bible/hosea-${chapter}`, `Hosea ${chapter}`]);
    expect(first("Hosea chapter 3", documents, mode)).toBe("bible/hosea-3.md");
  });

  test("a file with the number, with noughts before it, in a folder", () => {
    const documents = chapters((chapter) => [`Hosea/0${chapter}`, "On wisdom"]);
    expect(first("Hosea chapter 3", documents, mode)).toBe("Hosea/03.md");
  });

  test("no day and no longer number that has it", () => {
    const documents = [
      ...chapters((chapter) => [`hosea/part ${chapter}`, "On wisdom"]),
      note("hosea/2024-03-03", "On wisdom", "Who is wise, and he shall understand these things."),
      note("hosea/13", "On wisdom", "Who is wise, and he shall understand these things."),
    ];
    expect(first("Hosea chapter 3", documents, mode)).toBe("hosea/part 3.md");
  });
});
