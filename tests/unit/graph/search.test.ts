import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { searchGraph, searchWords } from "../../../src/graph/search/search.ts";
import { SemanticIndex } from "../../../src/graph/search/semantic.ts";
import { excerpt } from "../../../src/graph/search/shown/excerpt.ts";
import { lexicalSearch } from "../../../src/graph/search/words/lexical.ts";
import { fixtureGraph, openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const NOTES = [
  {
    id: "garden/tomatoes.md",
    title: "Tomatoes",
    texts: ["Water the plants every morning.", "Prune side shoots."],
  },
  { id: "garden/compost.md", title: "Compost", texts: ["Kitchen scraps and dry leaves, turned weekly."] },
  { id: "work/plan.md", title: "Plan", texts: ["Review the watering schedule with everybody."] },
];

describe("lexical search", () => {
  const odd = [
    '"',
    "'",
    '""',
    "AND",
    "OR NOT",
    "NEAR(a b)",
    "a*",
    "^title",
    "title:x",
    "(((",
    "{a b}:c",
    "- -- ---",
    "\u0000",
    "💥",
    "%_%",
    "a AND",
    "col : x",
    "\ud800",
    "NOT NOT",
    "+",
    "*",
    "x".repeat(100_000),
    "word ".repeat(5_000),
    "日本語",
    "é\u0301",
    "\\",
    ";DROP",
  ];
  test("no query, however odd, is an error", () => {
    using db = fixtureGraph(NOTES);
    for (const query of odd) expect(() => lexicalSearch(db, query, 10)).not.toThrow();
  });

  test.each([
    ["a word inside a clause", "東京", ["ja.md", "zh.md"]],
    ["a clause that stands nowhere, by its words", "東京タワーの高さは", ["ja.md"]],
    ["a word among others that have spaces", "compost 性能", ["garden/compost.md", "zh.md"]],
    [
      "a name from another script that a clause begins with, or has in its midst",
      "Redis",
      ["ja.md", "zh.md"],
    ],
    ["both a word alone and one inside a clause", "赤い", ["ja.md", "zh.md"]],
    ["nothing of it", "大阪", []],
    ["a short word of hiragana", "すし", ["hira.md"]],
    ["one that a dictionary would cut in two", "おちゃ", ["hira.md"]],
    ["such a word beside others", "おちゃ 東京", ["hira.md", "ja.md", "zh.md"]],
  ])("scripts without spaces: %s", (_, query, expected) => {
    using folder = new TempFolder();
    using db = openFixtureGraph(folder.join("graph.db"));
    writeFixture(db, [
      ...NOTES,
      { id: "hira.md", title: "H", texts: ["きのうすしをたべて、おちゃをのみました。"] },
      { id: "ja.md", title: "J", texts: ["東京タワーは赤いです。Redisを使う。"] },
      { id: "zh.md", title: "Z", texts: ["数据库性能优化很重要,在东京和東京。部署Redis集群。 赤い"] },
    ]);
    using reader = new Database(folder.join("graph.db"), { readonly: true, strict: true });
    const request = { query, mode: "lexical", limit: 10, vector: undefined } as const;
    const found = searchGraph(reader, new SemanticIndex(reader), request);
    expect(found.map(({ id }) => id).sort()).toEqual(expected);
  });

  test("finds other forms of a word", () => {
    using db = fixtureGraph(NOTES);
    const results = searchGraph(db, new SemanticIndex(db), {
      query: "watered",
      mode: "lexical",
      limit: 10,
      vector: undefined,
    });
    expect(results.map(({ id }) => id).sort()).toEqual(["garden/tomatoes.md", "work/plan.md"]);
  });

  test("a query of common words only still finds documents that have them all", () => {
    using db = fixtureGraph();
    const common = Array.from({ length: 4_500 }, (_, i) => ({
      id: `${i}.md`,
      texts: [i < 5 ? "alpha beta" : "alpha"],
    }));
    writeFixture(db, [...common, ...common.map(({ id }) => ({ id: `b/${id}`, texts: ["beta"] }))]);
    const found = lexicalSearch(db, "alpha beta", 100, 4_000).map(({ chunk }) => chunk);
    const both = db.query<{ id: number }, []>("SELECT id FROM chunks WHERE text = 'alpha beta'").all();
    expect(found.sort()).toEqual(both.map(({ id }) => id).sort());
  });
});

describe("semantic search", () => {
  test("ranks by the exact cosine, one result a document with its best passage", () => {
    using db = fixtureGraph(NOTES);
    const vector = unitVector("Prune side shoots.");
    const [first, ...others] = searchGraph(db, new SemanticIndex(db), {
      query: "x",
      mode: "semantic",
      limit: 3,
      vector,
    });
    expect(first).toMatchObject({
      id: "garden/tomatoes.md",
      score: 1,
      lines: [11, 19],
      snippet: "Prune side shoots.",
    });
    expect(others.map(({ id }) => id).sort()).toEqual(["garden/compost.md", "work/plan.md"]);
  });

  test("a kept index sees what another connection wrote since", () => {
    using folder = new TempFolder();
    const path = folder.join("graph.db");
    using writer = openFixtureGraph(path);
    writeFixture(writer, NOTES);
    using reader = openFixtureGraph(path);
    const index = new SemanticIndex(reader);
    const vector = unitVector("Something new.");
    const top = (): string | undefined =>
      searchGraph(reader, index, { query: "x", mode: "semantic", limit: 1, vector })[0]?.id;
    expect(top()).not.toBe("new.md");
    writeFixture(writer, [{ id: "new.md", texts: ["Something new."] }]);
    expect(top()).toBe("new.md");
  });
});

describe("hybrid search", () => {
  test("a document that both lists put first scores 1", () => {
    using db = fixtureGraph(NOTES);
    const vector = unitVector("Kitchen scraps and dry leaves, turned weekly.");
    const results = searchGraph(db, new SemanticIndex(db), {
      query: "compost scraps",
      mode: "hybrid",
      limit: 2,
      vector,
    });
    expect(results).toHaveLength(2);
    expect(results[0]).toMatchObject({ id: "garden/compost.md", score: 1 });
    expect(results[1]?.score).toBeLessThan(1);
  });

  /** Vectors as of a model that calls any two texts alike: all cosines lie between this one and 1. */
  const alike = (vector: Float32Array, floor: number): Float32Array => {
    const shared = unitVector("what all texts have in common");
    return unit(vector.map((value, at) => Math.sqrt(1 - floor) * value + Math.sqrt(floor) * shared[at]!));
  };
  const unit = (vector: Float32Array): Float32Array => {
    const norm = Math.hypot(...vector);
    return vector.map((value) => value / norm);
  };

  test.each([0, 0.5, 0.8, 0.95])(
    "weighs meaning alike, whatever cosines a model gives: from %p on",
    (floor) => {
      using db = fixtureGraph();
      const notes = Array.from({ length: 200 }, (_, i) => ({
        id: `${i}.md`,
        texts: [`note ${i}${i < 8 ? " harbour" : ""}`],
      }));
      const vectors = notes.map(({ id }) => unitVector(id));
      writeFixture(
        db,
        notes.map((note, i) => ({ ...note, vectors: [alike(vectors[i]!, floor)] })),
      );
      // Far from every note but one, which has none of the words.
      const meant = unit(vectors[100]!.map((value, at) => value + 0.6 * unitVector("noise")[at]!));
      const [first] = searchGraph(db, new SemanticIndex(db), {
        query: "harbour",
        mode: "hybrid",
        limit: 3,
        vector: alike(meant, floor),
      });
      expect(first?.id).toBe("100.md");
    },
  );

  test("copies of one text are found, though no cosine tells them apart", () => {
    using db = fixtureGraph();
    const vector = unitVector("the same");
    writeFixture(
      db,
      Array.from({ length: 40 }, (_, i) => ({ id: `${i}.md`, texts: [`copy ${i}`], vectors: [vector] })),
    );
    const found = searchGraph(db, new SemanticIndex(db), { query: "copy", mode: "hybrid", limit: 5, vector });
    expect(found).toHaveLength(5);
    for (const { score } of found) expect(score).toBeWithin(0, 1.0001);
  });
});

describe("words that are found before the vector is there", () => {
  const vector = unitVector("Kitchen scraps and dry leaves, turned weekly.");
  const request = { query: "compost scraps", mode: "hybrid", limit: 5, vector, explain: true } as const;

  test("give what a search in one go gives, and are not looked for again", () => {
    using db = fixtureGraph(NOTES);
    const index = new SemanticIndex(db);
    const words = searchWords(db, index, { ...request, vector: undefined });
    expect(searchGraph(db, index, { ...request, words })).toEqual(searchGraph(db, index, request));
    const none = { ...words, found: { list: [], terms: [], absent: 0, chunks: 0 } };
    expect(searchGraph(db, index, { ...request, words: none })).not.toEqual(searchGraph(db, index, request));
  });

  test("are looked for again where the graph has changed since", () => {
    using db = fixtureGraph(NOTES);
    const index = new SemanticIndex(db);
    const words = searchWords(db, index, { ...request, vector: undefined });
    writeFixture(db, [{ id: "new.md", texts: ["compost scraps, compost scraps"] }]);
    const found = searchGraph(db, index, { ...request, words });
    expect(found.map(({ id }) => id)).toContain("new.md");
    expect(found).toEqual(searchGraph(db, index, request));
  });
});

describe("excerpt", () => {
  test("shows the window with the most different words of the query", () => {
    const filler = "lorem ipsum dolor sit amet ".repeat(20);
    const shown = excerpt(`gears ${filler} gears turn the slow wheel ${filler}`, "slow wheels gear", 80);
    expect(shown).toContain("gears turn the slow wheel");
    expect(shown.length).toBeLessThan(90);
  });

  test("goes by the words that tell something", () => {
    const filler = "lorem ipsum dolor sit amet ".repeat(20);
    const text = `How do I do it, and what is it that you do? ${filler} The gearbox turns. ${filler}`;
    expect(excerpt(text, "how do I turn the gearbox", 80)).toContain("The gearbox turns.");
  });

  test("leaves out comments and the headings a passage begins with, unless there is nothing else", () => {
    expect(excerpt("<!-- old -->\n# A\n\n## B\n\nThe text. <a id=x></a>End", "zzz", 80)).toBe(
      "The text. End",
    );
    expect(excerpt("---\ntitle: Plan\ntags: [a]\n---", "zzz", 80)).toBe("title: Plan tags: [a]");
    expect(excerpt('## Only a heading <a id="x"></a>\n', "zzz", 80)).toBe("Only a heading");
    expect(excerpt('<h1 align="center">Name</h1>\n<p align="center"><img src="x.png"></p>', "zzz", 80)).toBe(
      "Name",
    );
    expect(excerpt("Write `<p>` for a paragraph.", "zzz", 80)).toBe("Write `<p>` for a paragraph.");
  });

  test.each([
    [
      "%% mind the gap %%\n\nThe text goes on.\n\n%%\nmore\nlines\n%%\n%% or\nlines %%\nEnd.",
      "The text goes on. End.",
    ],
    ["100%% of it, 50%% of that.", "100%% of it, 50%% of that."],
    ["```html\n<!-- shown -->\n```\nand `%%a%%` stay", "```html <!-- shown --> ``` and `%%a%%` stay"],
    ['[a]: http://e.org/x "T"\n[b]: <c d.md>\n\nThe [text][a].\n\n[c]: d.md', "The [text][a]."],
    [
      "[^1]: A footnote.\n[x]: is no place but a sentence",
      "[^1]: A footnote. [x]: is no place but a sentence",
    ],
  ])("leaves out what readers do not see, but in code: %j", (text, shown) => {
    expect(excerpt(text, "zzz", 80)).toBe(shown);
  });

  test("shows what readers do not see where nothing else has a word of the query", () => {
    expect(excerpt("The text.\n\n%% a walrus %%", "walrus", 80)).toBe("The text. %% a walrus %%");
    expect(excerpt("<!-- a walrus -->\n\nThe text.", "walrus text", 80)).toBe("The text.");
    expect(excerpt("See [it][a].\n\n[a]: http://walrus.org", "walrus", 80)).toContain("http://walrus.org");
  });

  test("folds white space and keeps a short passage whole", () => {
    expect(excerpt("a\n\n  b\tc", "zzz", 80)).toBe("a b c");
    const clause = "数据库性能优化很重要";
    const without = `${"山".repeat(200)}${clause}${"川".repeat(200)}`;
    expect(excerpt(without, "性能", 80)).toContain(clause);
    expect(excerpt(without, "性能", 80).length).toBeLessThanOrEqual(84);
  });
});
