/** A mistyped word: what is nearly the same is looked for as well, and said; what means one thing is left alone. */
import { describe, expect, test } from "bun:test";
import { findInGraph, nearInAll, nearLine, SemanticIndex } from "../../../src/graph/search/index.ts";
import { fixtureGraph, openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { useSearchableTexts } from "../../helpers/searchable-texts.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const TEXTS = {
  storm: "The Typhoon destroyed the harbour in a night.",
  cluster: "Kubernetes holds the containers of the shop.",
  query: "Queries of the database are answered from an index.",
  file: "Each file has a name, and a field of barley has none.",
  apple: "An apple a day.",
  ticket: "Mend JIRA-4821, and port 8080.",
  accent: "Die Überschwemmung kam im März.",
  running: "She was running along the river.",
  bun: "Bun runs scripts.",
  endings:
    "A generator feeds penetration tests, identically; diminutives and deduplication are matters of security and retention.",
};
const { db, index } = useSearchableTexts(TEXTS, { count: 30, text: (at) => `The report of day ${at}.` });

/** Meaning leads to a note that has nothing of it. */
const vector = unitVector(TEXTS.file);
const search = (query: string, mode: "hybrid" | "lexical" = "lexical") =>
  findInGraph(db, index, { query, mode, limit: 5, vector });

test("a word that only shares a stem with words of one language is sought as the nearest of them", () => {
  const texts = [
    [
      "offer.md",
      "Offerta",
      "Una tavola di castagno per la casa che non è in centro, con la consegna in due mesi.",
    ],
    ["wood.md", "Castagno", "720 kg/m³, 900 CHF."],
    ["saying.md", "Nota", "Le case che sono in centro non sono per la famiglia, come si dice, ma di altri."],
  ] as const;
  using graph = fixtureGraph(texts.map(([id, title, text]) => ({ id, title, texts: [text] })));
  const find = (query: string) =>
    findInGraph(graph, new SemanticIndex(graph), { query, mode: "lexical", limit: 5, vector: undefined });
  for (const query of ["castagnio", "castagni"]) {
    const { results, near } = find(query);
    expect([query, results[0]?.id, near]).toEqual([query, "wood.md", [{ word: query, near: ["Castagno"] }]]);
  }
  expect(find("castagno").near).toEqual([]);
  expect(find("famiglie").near).toEqual([{ word: "famiglie", near: ["famiglia"] }]);
});

describe("a word that stands nowhere", () => {
  for (const [typed, meant, note] of [
    ["tyhpoon", "Typhoon", "storm"],
    ["typhon", "Typhoon", "storm"],
    ["ytphoon", "Typhoon", "storm"],
    ["kubernetse", "Kubernetes", "cluster"],
    ["Kuberntes", "Kubernetes", "cluster"],
    ["databsae", "database", "query"],
    ["quereis", "Queries", "query"],
    ["runing", "running", "running"],
    ["fiel", "file", "file"],
    ["aple", "apple", "apple"],
    ["applw", "apple", "apple"],
    ["rivr", "river", "running"],
    ["bnu", "bun", "bun"],
    ["überschwemung", "Überschwemmung", "accent"],
    // The index's stem of each of these is without an ending that has the slip, or that is a long one.
    ["secrity", "security", "endings"],
    ["generatro", "generator", "endings"],
    ["penetratoin", "penetration", "endings"],
    ["identicllay", "identically", "endings"],
    ["dimunitives", "diminutives", "endings"],
    ["dudeplication", "deduplication", "endings"],
  ] as const) {
    test(`${typed} is sought as ${meant} as well`, () => {
      for (const mode of ["lexical", "hybrid"] as const) {
        const { results, near } = search(typed, mode);
        expect(near).toEqual([{ word: typed, near: [meant] }]);
        expect(results[0]?.id).toBe(`${note}.md`);
      }
    });
  }

  test("counts for less than a word that is there", () => {
    const { results, near } = search("tyhpoon containers");
    expect(near).toEqual([{ word: "tyhpoon", near: ["Typhoon"] }]);
    expect(results.map(({ id }) => id)).toEqual(["cluster.md", "storm.md"]);
  });

  test("leaves a doubt that the word itself does not", () => {
    const [typed, meant] = ["tyhpoon", "typhoon"].map((query) => search(query).results[0]?.confidence ?? 0);
    expect(typed).toBeGreaterThan(0.2);
    expect(typed).toBeLessThan(meant as number);
  });

  test("is shown where its near word stands", () => {
    const long = `${"Much was said of other things. ".repeat(20)}Then a hurricane came.${" And more was said.".repeat(20)}`;
    writeFixture(db, [{ id: "long.md", title: "Note", texts: [long] }]);
    expect(search("hurricnae").results[0]?.snippet).toContain("a hurricane came");
  });
});

describe("no other word is offered", () => {
  for (const query of [
    "typhoon",
    "JIRA-4812",
    "8081",
    "getUsreName",
    "src/typhon.ts",
    "TYPHN was ours",
    // Other words than slips of those that are there.
    "able",
    "fire",
    "banana",
    "bin",
    "fila",
    "liver",
    // Long ones with two other letters, beside "retention".
    "reception",
    "intention",
    "zz",
    '"tyhpoon harbour"',
    "a".repeat(3_000),
  ])
    test(query.slice(0, 40), () => expect(search(query).near).toEqual([]));

  test("in a pasted page", () => {
    const page = Array.from({ length: 25 }, (_, at) => `word${String.fromCharCode(97 + at)}`).join(" ");
    expect(search(`tyhpoon ${page}`).near).toEqual([]);
  });
});

test("what is called as a query was meant comes first, as if that had been typed", () => {
  using folder = new TempFolder();
  using own = openFixtureGraph(folder.join("graph.db"));
  writeFixture(own, [
    { id: "named.md", title: "Borrow checker", texts: ["Scopes are compared here."] },
    ...Array.from({ length: 12 }, (_, at) => ({
      id: `n${at}.md`,
      title: `Note ${at}`,
      texts: [
        "You may borrow and borrow; to borrow is to borrow what others borrow.",
        "A checker of spelling.",
      ],
    })),
  ]);
  for (const mode of ["lexical", "hybrid"] as const)
    for (const query of ["borrow checker", "borrow chekcer", "Borow Chekcer"]) {
      const request = { query, mode, limit: 5, vector: unitVector("You may borrow") };
      const [first] = findInGraph(own, new SemanticIndex(own), request).results;
      expect([mode, query, first?.id]).toEqual([mode, query, "named.md"]);
    }
});

test("a word is offered only where what is searched has it", () => {
  using folder = new TempFolder();
  using own = openFixtureGraph(folder.join("graph.db"));
  writeFixture(own, [
    { id: "weather/storm.md", title: "Storm", texts: ["The typhoon came at night."] },
    { id: "harbour/ship.md", title: "Ship", texts: ["The Typhon is a ship with sources2 on board."] },
  ]);
  const near = (query: string, paths?: string[]) =>
    findInGraph(own, new SemanticIndex(own), {
      query,
      mode: "lexical",
      limit: 5,
      vector: undefined,
      filters: paths && { paths },
    }).near.flatMap((each) => each.near);
  expect(near("typhoom")).toEqual(["typhoon"]);
  expect(near("typhoom", ["weather"])).toEqual(["typhoon"]);
  expect(near("typhoom", ["harbour"])).toEqual([]);
  expect(near("tyhpon", ["harbour"])).toEqual(["Typhon"]);
  expect(near("tyhpoon", ["weather"])).toEqual(["typhoon"]);
  expect(near("typhoom -night")).toEqual([]);
  expect(near("sorces")).toEqual([]);
});

test("a word that everybody knows is no slip of another one", () => {
  using own = fixtureGraph([
    { id: "a.md", title: "Soupe", texts: ["Laisser mijoter une heure, wordless, the yaks."] },
  ]);
  const near = (query: string) =>
    findInGraph(own, new SemanticIndex(own), { query, mode: "lexical", limit: 5, vector: undefined }).near;
  for (const query of ["here", "what do I do Here", "works", "yes"])
    expect([query, near(query)]).toEqual([query, []]);
  expect(near("heurre")).toMatchObject([{ word: "heurre", near: ["heure"] }]);
});

test("of several graphs, a word that one of them has is no slip", () => {
  const near = [{ word: "tyhpoon", near: ["typhoon"] }];
  expect(nearInAll([near, undefined])).toEqual([]);
  expect(nearInAll([near, [{ word: "tyhpoon", near: ["typhoon", "typhoons"] }]])).toEqual([
    { word: "tyhpoon", near: ["typhoon", "typhoons"] },
  ]);
  expect(nearInAll([])).toEqual([]);
  expect(nearLine(near)).toBe('No document has "tyhpoon"; did you mean "typhoon"?');
});
