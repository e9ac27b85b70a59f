/** What of a document is shown: text rather than its front matter, and of a long passage the place that is meant. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { sentencesOf, undecidedAmong } from "../../../src/graph/search/shown/sentences.ts";
import { openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const FRONT_MATTER = "---\ntitle: Starter\ntags:\n  - bread\n  - kitchen\nstatus: open\n---";
const BODY = "Feed it each morning with equal weights of flour and water.";

function firstOf(query: string, vector: Float32Array | undefined, texts: readonly string[]) {
  using folder = new TempFolder();
  const db = openFixtureGraph(folder.join("graph.db"));
  writeFixture(db, [{ id: "starter.md", title: "Starter", texts }]);
  const mode = vector === undefined ? "lexical" : "hybrid";
  const [first] = searchGraph(db, new SemanticIndex(db), { query, mode, limit: 1, vector });
  return first;
}

test.each([
  ["a name that the front matter and the title have", "starter", undefined],
  ["a meaning that only the front matter is near to", "levain", unitVector(FRONT_MATTER)],
])("for %s the text is shown", (_, query, vector) => {
  const found = firstOf(query, vector, [FRONT_MATTER, BODY]);
  expect(found?.snippet).toBe(BODY);
  expect(found?.lines).toEqual([11, 19]);
  expect(found?.passages).toEqual([]);
});

test.each([
  ["bread", "tags: - bread - kitchen … "],
  ["status open", "status: open … "],
])("of a front matter that alone has %s, that field is shown, and the text", (query, field) => {
  const found = firstOf(query, undefined, [FRONT_MATTER, BODY]);
  expect(found?.snippet).toBe(field + BODY);
  expect(found?.lines).toEqual([1, 19]);
});

test("a document that is a front matter and nothing else shows it", () => {
  expect(firstOf("bread", undefined, [FRONT_MATTER])?.snippet).toContain("bread");
});

test.each([
  ["starter", BODY],
  ["bread", `tags: ["bread","kitchen"] … ${BODY}`],
])("a front matter in JSON is one as well: for %s", (query, snippet) => {
  const json = '{"title": "Starter", "tags": ["bread", "kitchen"], "weight": 98}';
  expect(firstOf(query, undefined, [json, BODY])?.snippet).toBe(snippet);
});

const INTRODUCTION = "Tuna is a fish of the sea. Tuna has many names, and tuna is eaten in many countries.";
const ROWS = ["| Energy | 470 kJ |", "| Ash | 1.11 g |", "| Protein | 24.5 g |", "| Calcium | 9.82 mg |"];

test("the passage that has all of a query is shown before one that is about its title", () => {
  const table = `| component | value |\n|---|---|\n${ROWS.join("\n")}`;
  using folder = new TempFolder();
  using db = openFixtureGraph(folder.join("graph.db"));
  const others = Array.from({ length: 30 }, (_, at) => ({
    id: `fish-${at}.md`,
    title: `Fish ${at}`,
    texts: [table],
  }));
  writeFixture(db, [{ id: "tuna.md", title: "Tuna", texts: [INTRODUCTION, table] }, ...others]);
  const asking = (query: string, mode: "hybrid" | "lexical") => {
    const request = { query, mode, limit: 1, vector: unitVector(INTRODUCTION) };
    return searchGraph(db, new SemanticIndex(db), request)[0];
  };
  for (const mode of ["hybrid", "lexical"] as const) {
    expect([mode, asking("calcium in tuna", mode)?.snippet]).toEqual([mode, expect.stringContaining("9.82")]);
    expect(asking("calcium in tuna", mode)?.passages.map(({ snippet }) => snippet)).toEqual([
      expect.stringContaining("Tuna is a fish"),
    ]);
    expect(asking("names of tuna", mode)?.snippet).toContain("many names");
  }
});

test("of a long passage that place is shown which has what the title does not say", () => {
  const long = `${INTRODUCTION} ${"It swims far and fast, and nobody knows where to. ".repeat(12)}`;
  const found = (query: string) => {
    using folder = new TempFolder();
    using db = openFixtureGraph(folder.join("graph.db"));
    const text = `${long}Calcium of tuna: 9.82 mg. ${"It is sold in cans and by the slice. ".repeat(8)}`;
    writeFixture(db, [{ id: "tuna.md", title: "Tuna", texts: [text] }]);
    const request = { query, mode: "hybrid", limit: 1, vector: unitVector(text) } as const;
    const results = searchGraph(db, new SemanticIndex(db), request);
    return { snippet: results[0]?.snippet, undecided: undecidedAmong(db, query, results).length };
  };
  expect(found("calcium in tuna")).toEqual({ snippet: expect.stringContaining("9.82 mg"), undecided: 0 });
  expect(found("tuna").snippet).toStartWith("Tuna is a fish");
  expect(found("price of tuna").undecided).toBe(1);
});

const TAGS = '<p>\n<Since v="2.1.0" />\n</p>';

test.each([
  ["below", [BODY, TAGS, "Bread since then."], "Bread since then."],
  ["before, where nothing is below", ["Bread since then.", TAGS], "Bread since then."],
])("instead of tags of components alone, the text %s is shown", (_, texts, shown) => {
  for (const vector of [undefined, unitVector(TAGS)]) {
    const found = firstOf("since", vector, texts);
    expect(found?.snippet).toBe(shown);
    expect(found?.passages.map(({ snippet }) => snippet)).not.toContain(TAGS);
  }
});

test.each([
  ["J400020", "job J400020"],
  ["81137", "no 81137"],
  ["3f9c2a17", "commit 3f9c2a17e5d8"],
])("of a long log that line is shown which has %s, and none that only begins like it", (query, shown) => {
  const lines = Array.from(
    { length: 40 },
    (_, at) => `job J4000${String(at).padStart(2, "0")} ended with no 811${at + 17} at the last step`,
  );
  const log = [...lines, "commit 3f9c2a15b0aa", "commit 3f9c2a17e5d8 is the one that broke it"].join("\n");
  expect(firstOf(query, undefined, [log])?.snippet).toContain(shown);
});

test("a document that is tags alone shows them", () => {
  expect(firstOf("since", undefined, [TAGS])?.snippet).toContain("Since");
});

const SENTENCES = [
  "In January we painted the shed and oiled its hinges, all of which took until noon.",
  "February was for the accounts, which took three evenings and a lot of tea in the end.",
  "The tomatoes died.",
  "In September the chimney was swept by a man from the next village, who found a nest in it.",
  "October went by with raking the leaves of the two old maples in front of the house.",
];

test("of a long passage with few words of the query, its sentences are to choose from; with most of them, not", () => {
  using folder = new TempFolder();
  const db = openFixtureGraph(folder.join("graph.db"));
  const text = SENTENCES.join(" ");
  writeFixture(db, [
    { id: "year.md", texts: [text] },
    { id: "short.md", texts: ["The chimney smokes."] },
  ]);
  const index = new SemanticIndex(db);
  const asking = (query: string) => {
    const request = { query, mode: "hybrid", limit: 5, vector: unitVector(text) } as const;
    return undecidedAmong(db, query, searchGraph(db, index, request));
  };
  const [undecided, ...others] = asking("plants perished from drought");
  expect(others).toEqual([]);
  expect(undecided?.result.id).toBe("year.md");
  expect(undecided?.sentences.map(({ text }) => text)).toEqual(SENTENCES);
  // It begins there, unless the end of the text leaves room for sentences before.
  expect(undecided?.from(undecided.sentences[1]!)).toStartWith("… February was for the accounts");
  expect(undecided?.from(undecided.sentences[4]!)).toBe(`… ${SENTENCES.slice(1).join(" ")}`);
  expect(asking("chimney nest")).toEqual([]);
});

test("sentences are those of paragraphs that are wrapped, of lists and of scripts with marks of their own", () => {
  const text = `A line that is wrapped
goes on here. It ends there at last!

- the first entry of a list
- the second entry of it
Ok. 彼は昨日東京へ行った。今日は家で本を読んでいる。`;
  expect(sentencesOf(text).map((each) => each.text)).toEqual([
    "A line that is wrapped goes on here.",
    "It ends there at last!",
    "- the first entry of a list",
    "- the second entry of it Ok.",
    "彼は昨日東京へ行った。",
    "今日は家で本を読んでいる。",
  ]);
});
