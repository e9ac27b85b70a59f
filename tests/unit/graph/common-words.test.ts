/** Queries of nothing but common words: what is called so is first, and what has the words together is found. */
import { afterAll, describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { parseQuery } from "../../../src/graph/search/query/query.ts";
import { findByWords } from "../../../src/graph/search/words/lexical.ts";
import { firstChunksNamed } from "../../../src/graph/search/words/named.ts";
import { type FixtureDocument, openFixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

/** More passages with both words than are looked at one by one. */
const mentioning: FixtureDocument[] = [
  {
    id: "many.md",
    title: "Many",
    texts: Array.from(
      { length: 1_200 },
      (_, at) => `Note ${at} on getting people started, and getting there.`,
    ),
  },
];
const called: FixtureDocument[] = [
  { id: "a.md", title: "Getting Started", texts: ["What to do first."] },
  { id: "getting-started.md", title: "Begin", texts: ["What to do second."] },
  { id: "b.md", title: "Other", aliases: ["getting started"], texts: ["What to do third."] },
  { id: "c.md", title: "Sections", texts: ["Fourth."], headings: ["Getting started"] },
  { id: "d.md", title: "Not getting started", texts: ["Never."] },
  { id: "text.md", title: "Text", texts: ["People who are getting started."] },
];

describe("words that stand in many passages", () => {
  const folder = new TempFolder();
  const db = openFixtureGraph(folder.join("graph.db"));
  writeFixture(db, [...mentioning, ...called]);
  afterAll(() => {
    db.close();
    folder[Symbol.dispose]();
  });
  const idOf = (chunk: number) =>
    (db.query("SELECT node FROM chunks WHERE id = ?").values(chunk) as [string][])[0]?.[0];

  test.each([300_000, 0])("names are found, whether %p entries may be read for a phrase or not", (most) => {
    const found = firstChunksNamed(db, "Getting started", { mostRead: most }).map(({ chunk, called }) => [
      idOf(chunk),
      called,
    ]);
    const documents = found.filter(([, as]) => as !== "section");
    expect(documents.sort()).toEqual([
      ["a.md", "document"],
      ["b.md", "document"],
      ["getting-started.md", "file"],
    ]);
    if (most > 0) expect(found).toContainEqual(["c.md", "section"]);
  });

  test("what is called so is first in a search", () => {
    const request = { query: "getting started", mode: "lexical", limit: 10, vector: undefined } as const;
    const found = searchGraph(db, new SemanticIndex(db), request).map(({ id }) => id);
    expect(found.slice(0, 4).sort()).toEqual(["a.md", "b.md", "c.md", "getting-started.md"]);
  });

  test("where they are too many to be scored, those with the words in order come first", () => {
    const query = parseQuery("getting started", []);
    const { list } = findByWords(db, query, 20, { budget: 10, mostScored: 100 });
    expect(list.length).toBe(20);
    const inOrder = list.filter(({ score }) => score === list[0]!.score);
    expect(list.slice(0, inOrder.length)).toEqual(inOrder);
    expect(new Set(inOrder.map(({ chunk }) => idOf(chunk)))).not.toContain("many.md");
    expect(inOrder.map(({ chunk }) => idOf(chunk))).toContain("text.md");
    const whole = findByWords(db, query, 2_000, { budget: 10, mostScored: 100 });
    expect(whole.list.length).toBeGreaterThan(1_200);
  });

  test("a filter leaves what it leaves, however common the words", () => {
    const only = Float64Array.from(
      db.query("SELECT id FROM chunks WHERE node = 'text.md' ORDER BY id").values().flat() as number[],
    );
    const query = parseQuery("getting started", []);
    const scope = { named: "only", chunks: only, places: Uint32Array.from(only, (_, at) => at) } as const;
    const { list } = findByWords(db, query, 5, { budget: 10, mostScored: 100, scope });
    expect(list.map(({ chunk }) => idOf(chunk))).toEqual(["text.md"]);
  });
});
