/** Of two versions of a note the one that holds now comes first, unless the old one is asked for. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { type FixtureDocument, fixtureGraph, unitVector } from "../../helpers/graph-fixture.ts";

const vector = unitVector("query");
const OTHERS = Array.from({ length: 20 }, (_, at) => ({
  id: `n${at}.md`,
  title: "Note",
  texts: [`Day ${at}`],
}));
const BEFORE =
  "Second class under four hours. Per diem 24 EUR, keep receipts. Per diem for a part of a day: half.";
const NOW = "Second class under four hours. Per diem 28 EUR, keep receipts for ten years.";

/** The old one has more of the words, and is nearer in meaning. */
function versions(old: Partial<FixtureDocument>, now: Partial<FixtureDocument> = {}): FixtureDocument[] {
  return [
    { id: "Admin/travel.md", title: "Rules for travel", texts: [NOW], vectors: [unitVector("now")], ...now },
    { id: "Admin/then.md", title: "Rules for travel", texts: [BEFORE], vectors: [vector], ...old },
  ];
}

function find(documents: readonly FixtureDocument[], query = "per diem for a day") {
  using db = fixtureGraph([...documents, ...OTHERS]);
  return (["hybrid", "lexical", "semantic"] as const).map((mode) =>
    searchGraph(db, new SemanticIndex(db), { query, mode, limit: 10, vector }),
  );
}

test.each([
  { id: "Archive/travel.md" },
  { id: "4 Archive/2023/travel.md" },
  { id: "Archiv/Reisen.md" },
  { id: "_old/travel.md" },
  { id: "Admin/travel old.md" },
  { id: "Admin/travel (old).md" },
  { id: "Admin/travel-superseded.md" },
  { fields: { status: ["superseded"] } },
  { fields: { status: ["Deprecated since May"] } },
  { id: "Admin/travel (draft).md" },
  { id: "Admin/draft-travel.md" },
  { fields: { status: ["draft"] } },
])("an old version or a draft comes right after the one that holds: %j", (old) => {
  const [now, before] = versions(old);
  for (const results of find(versions(old))) {
    expect(results.slice(0, 2).map(({ id }) => id)).toEqual([now?.id ?? "", before?.id ?? ""]);
    const scores = results.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  }
});

test.each([
  ["superseded_by", "Admin/then.md", "Admin/new.md"],
  ["supersedes", "Admin/new.md", "Admin/then.md"],
])("front matter that says %s decides, however little the two have in common", (type, source, target) => {
  const [, then] = versions({});
  const present = { id: "Admin/new.md", title: "Allowances", texts: ["A day costs 28 EUR."] };
  using db = fixtureGraph([present, ...(then === undefined ? [] : [then]), ...OTHERS]);
  db.query("INSERT INTO edges VALUES (?, ?, ?)").run(source, target, type);
  const request = { query: "per diem for a day", mode: "hybrid", limit: 10, vector } as const;
  const results = searchGraph(db, new SemanticIndex(db), request);
  expect(results.slice(0, 2).map(({ id }) => id)).toEqual(["Admin/new.md", "Admin/then.md"]);
  expect(results[1]?.supersededBy).toBe("Admin/new.md");
});

test("a name in the front matter is enough, without brackets", () => {
  const present = {
    id: "new.md",
    title: "Allowances",
    texts: ["A day: 28 EUR."],
    fields: { replaces: ["then"] },
  };
  const [results] = find([present, ...versions({}).slice(1)]);
  expect(results?.slice(0, 2).map(({ id, supersededBy }) => [id, supersededBy])).toEqual([
    ["new.md", undefined],
    ["Admin/then.md", "new.md"],
  ]);
});

test("what holds in its place is said although it is not found, and where the old one is asked for", () => {
  const old = versions({ fields: { status: ["superseded"] } }).slice(1);
  using db = fixtureGraph([...old, { id: "new.md", title: "New", texts: ["Allowances."] }]);
  db.query("INSERT INTO edges VALUES ('Admin/then.md', 'new.md', 'superseded_by')").run();
  for (const query of ["per diem", "previous per diem"]) {
    const request = { query, mode: "lexical", limit: 10, vector: undefined } as const;
    const results = searchGraph(db, new SemanticIndex(db), request);
    expect(results.map(({ id, supersededBy }) => [id, supersededBy])).toEqual([["Admin/then.md", "new.md"]]);
  }
});

test.each([
  ["the folder", "per diem in the archive"],
  ["a word for what is old", "previous per diem for a day"],
  ["a word that no other note has", "per diem and receipts for Dorothy"],
  ["a number that it alone has", "per diem 24 EUR for a part of a day"],
])("a query that has %s finds the old one first", (_, query) => {
  const texts = [`${BEFORE} Hand them to Dorothy.`];
  const [hybrid] = find(versions({ id: "Archive/travel.md", texts }), query);
  expect(hybrid?.[0]?.id).toBe("Archive/travel.md");
});

test.each([
  [
    "another note that lies there",
    { id: "Archive/roof.md", title: "Roof", texts: ["Per diem for a day on the roof."] },
  ],
  [
    "a note of the same name about something else",
    { id: "Archive/travel.md", texts: ["Cologne by train for a day."] },
  ],
  ["a note that is counted lower", { id: "Admin/v1.md" }],
  ["a second note", { id: "Admin/second.md" }],
  ["a note about old things", { id: "Admin/old.md" }],
] as const)("%s stays where it is", (_, other) => {
  const [, , semantic] = find(versions(other));
  expect(semantic?.[0]?.id).toBe("id" in other ? other.id : "");
});

test("a draft is not said to be superseded, unless front matter says so", () => {
  const [drafts] = find(versions({ id: "Admin/travel (draft).md" }));
  expect(drafts?.map(({ supersededBy }) => supersededBy).filter((by) => by !== undefined)).toEqual([]);
  const [now] = versions({});
  const [named] = find([
    { ...(now as FixtureDocument), fields: { replaces: ["travel (draft)"] } },
    ...versions({ id: "Admin/travel (draft).md" }).slice(1),
  ]);
  expect(named?.[1]?.supersededBy).toBe("Admin/travel.md");
});

test("an old version is less sure than the same note alone", () => {
  const old = { id: "Archive/travel.md" };
  const [both] = find(versions(old));
  const [alone] = find(versions(old).slice(1));
  expect(both?.[1]?.id).toBe(old.id);
  expect(both?.[1]?.confidence).toBeLessThan(alone?.[0]?.confidence ?? 0);
});
