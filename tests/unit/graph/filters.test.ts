/** Filters are equal to looking at every document, in every mode. */
import { expect, test } from "bun:test";
import { seededNumbers } from "../../../scripts/bench/seeded-random.ts";
import {
  type Filters,
  languageOfDocument,
  SemanticIndex,
  searchGraph,
} from "../../../src/graph/search/index.ts";
import { fixtureGraph, openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const FILTERS = Number(process.env.AMALFA_FILTERS ?? 200);

const next = seededNumbers(6);
const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
const FOLDERS = ["docs", "docs/deep", "notes", "log"];
const TAGS = ["plan", "plan/house", "idea", "done"];
const documents = Array.from({ length: 300 }, (_, at) => ({
  id: `${pick(FOLDERS)}/${at}.md`,
  title: `Note ${at}`,
  tags: [pick(TAGS), pick(TAGS)],
  fields: {
    date: [`202${Math.floor(next() * 4)}-0${1 + Math.floor(next() * 9)}-15`],
    // Now and then nothing, or the script alone, is known of it.
    ...(next() < 0.2 ? {} : { lang: [pick(["en", "de", "pt-BR", "und-Latn", "und-Cyrl"])] }),
    ...(next() < 0.5 ? { status: [pick(["open", "closed"]), "seen"] } : {}),
    ...(next() < 0.5 ? { type: [pick(["note", "log"])] } : {}),
  } as Record<string, string[]>,
  texts: [`The roof of house ${at} leaks.`, "Another roof."],
}));

function randomFilters(): Filters {
  const maybe = <T>(value: T): T | undefined => (next() < 0.3 ? value : undefined);
  return {
    paths: maybe([pick([...FOLDERS, "docs/**", "*/1*.md", "./log/"])]),
    tags: maybe([pick(["plan", "plan/house", "#idea", "DONE"])]),
    type: maybe(pick(["note", "log", "Log"])),
    since: maybe(pick(["2021", "2021-05", "2022-03-15"])),
    until: maybe(pick(["2022", "2021-08", "2022-06-15"])),
    language: maybe(pick(["en", "de", "pt", "ru"])),
    where: maybe({ status: pick(["open", "SEEN"]) }),
  };
}

/** As a reader of the documentation would look through all of them. */
function isLet(filters: Filters, { id, tags, fields }: (typeof documents)[number]): boolean {
  const folder = filters.paths?.[0]?.replace("./", "").replace(/\/$/, "");
  const inPath =
    folder === undefined ||
    id.startsWith(`${folder.replace("/**", "")}/`) ||
    (folder === "*/1*.md" && /^[^/]+\/1[^/]*\.md$/.test(id));
  const tag = filters.tags?.[0]?.replace("#", "").toLowerCase();
  const date = fields.date![0]!;
  return (
    inPath &&
    (tag === undefined || tags.some((own) => own === tag || own.startsWith(`${tag}/`))) &&
    (filters.type === undefined || fields.type?.[0] === filters.type.toLowerCase()) &&
    (filters.since === undefined || date >= filters.since) &&
    (filters.until === undefined ||
      date <= `${filters.until}-99`.slice(0, 10) ||
      date.startsWith(filters.until)) &&
    (filters.language === undefined || mayBeIn(fields.lang?.[0], filters.language)) &&
    (filters.where === undefined || (fields.status ?? []).includes(filters.where.status!.toLowerCase()))
  );
}

/** Whether it is not known to be in another language. */
function mayBeIn(tag: string | undefined, language: string): boolean {
  if (tag === undefined) return true;
  if (tag === "und-Cyrl") return language === "ru";
  return tag === "und-Latn" ? language !== "ru" : tag.startsWith(language);
}

test(`${FILTERS} random filters let through what each document's own words say`, () => {
  using db = fixtureGraph(documents);
  const index = new SemanticIndex(db);
  const vector = unitVector("roof");
  for (let round = 0; round < FILTERS; round++) {
    const filters = randomFilters();
    const mode = pick(["hybrid", "lexical", "semantic"] as const);
    const found = searchGraph(db, index, { query: "roof", mode, limit: 1_000, vector, filters });
    const expected = documents.filter((document) => isLet(filters, document)).map(({ id }) => id);
    expect({ filters, mode, found: found.map(({ id }) => id).sort() }).toEqual({
      filters,
      mode,
      found: expected.sort(),
    });
  }
});

test("a date counts however it is written, so long as it is one day; else that of the name or the file does", () => {
  using folder = new TempFolder();
  using db = openFixtureGraph(folder.join("graph.db"));
  const written = (
    "2026-05-05|2026/05/05|2026/5/5|05.05.2026|5.5.2026|May 5, 2026|5 May 2026|5. Mai 2026|05/05/2026|" +
    "2026/05/05 10:00|[[2026-05-05]]|2026-05-05T23:59:00Z"
  ).split("|");
  const others = ["05/06/2026", "31.06.2026", "next week", "25/12/2025", "12/25/2025", "24.12.2025"];
  const names = ["5.5.2026.md", "log/05.05.2026 plan.md", "May 5, 2026.md", "v5.5.2026.md", "5.5.2026.1.md"];
  writeFixture(db, [
    ...[...written, ...others].map((date, at) => ({
      id: `n${at}.md`,
      texts: ["Roof."],
      fields: { date: [date] },
    })),
    ...names.map((id) => ({ id, texts: ["Roof."] })),
  ]);
  const search = (since: string, until: string) =>
    searchGraph(db, new SemanticIndex(db), {
      query: "roof",
      mode: "lexical",
      limit: 100,
      vector: undefined,
      filters: { since, until },
    })
      .map(({ id }) => id)
      .sort();
  const of = (from: readonly string[], first: number) => from.map((_, at) => `n${first + at}.md`);
  expect(search("2026-05-05", "2026-05-05")).toEqual([...of(written, 0), ...names.slice(0, 3)].sort());
  expect(search("2025-12", "2025-12-25")).toEqual(of(others.slice(3), written.length + 3));
});

test("a filter keeps the order of what it lets through, by words and by meaning", () => {
  using db = fixtureGraph(documents);
  const index = new SemanticIndex(db);
  const vector = unitVector("roof");
  for (const mode of ["lexical", "semantic"] as const) {
    const search = (filters: Filters | undefined) =>
      searchGraph(db, index, { query: "another roof", mode, limit: 1_000, vector, filters });
    const all = search(undefined).map(({ id }) => id);
    const docs = search({ paths: ["docs"], language: "de" }).map(({ id }) => id);
    expect(docs.length).toBeGreaterThan(5);
    expect(all.filter((id) => docs.includes(id))).toEqual(docs);
  }
});

test("many documents that are let through are found although as many that are not have better words", () => {
  using db = fixtureGraph();
  const vectors = [unitVector("the same for all")];
  const written = (path: string, text: string) =>
    Array.from({ length: 2_100 }, (_, at) => ({ id: `${path}/${at}.md`, texts: [text], vectors }));
  writeFixture(db, [
    ...written("out", "roof"),
    ...written("in", "a roof among walls, doors, floors and stairs"),
  ]);
  const request = { query: "roof", mode: "lexical", limit: 20, vector: undefined } as const;
  const found = searchGraph(db, new SemanticIndex(db), { ...request, filters: { paths: ["in"] } });
  expect(found).toHaveLength(20);
  expect(found.every(({ id }) => id.startsWith("in/"))).toBe(true);
  const none = searchGraph(db, new SemanticIndex(db), {
    ...request,
    filters: { where: { constructor: "x" } },
  });
  expect(none).toEqual([]);
});

test("short notes are found in the languages that their letters and folders leave open", () => {
  using folder = new TempFolder();
  using db = openFixtureGraph(folder.join("graph.db"));
  const texts: Record<string, string> = {
    "docs/en/roof.md": "Roof: leaks.",
    "docs/de/roof.md": "Roof: Ziegel fehlen.",
    "docs/ru/only.md": "Roof крыша",
    "notes/it/server.md": "Roof server.",
    "notes/a.md": "Roof tiles.",
    "notes/b.md": "roof: крыша протекает",
    "notes/c.md": "roof 123",
    "notes/d.md": "roof στέγη",
    "notes/e.md": "roof 屋根を直す",
    "notes/code.md": "roof",
  };
  const told = (id: string, text: string) =>
    id === "notes/code.md" ? "TypeScript" : languageOfDocument(text.replace(/roof/i, ""));
  writeFixture(
    db,
    Object.entries(texts).map(([id, text]) => {
      const lang = told(id, text);
      return { id, texts: [text], fields: lang === undefined ? {} : { lang: [lang] } };
    }),
  );
  const found = (language: string) =>
    searchGraph(db, new SemanticIndex(db), {
      query: "roof",
      mode: "lexical",
      limit: 20,
      vector: undefined,
      filters: { language },
    })
      .map(({ id }) => id)
      .sort();
  const open = ["notes/c.md", "notes/code.md"];
  const latin = ["notes/a.md", ...open, "notes/it/server.md"];
  expect(found("en")).toEqual(["docs/en/roof.md", ...latin]);
  expect(found("de")).toEqual(["docs/de/roof.md", ...latin]);
  // Of Cyrillic letters alone; the folder says more of one of them.
  for (const language of ["uk", "bg"]) expect(found(language)).toEqual(["notes/b.md", ...open]);
  expect(found("ru")).toEqual(["docs/ru/only.md", "notes/b.md", ...open]);
  expect(found("el")).toEqual([...open, "notes/d.md"]);
  expect(found("ja")).toEqual([...open, "notes/e.md"]);
});

test("accented letters are the same whether they are one character or two, in files and in filters", () => {
  using db = fixtureGraph();
  const [one, two] = ["NFC", "NFD"].map((form) => (text: string) => text.normalize(form));
  const written = [one!, two!].map((form, at) => ({
    id: form(`caf\u00e9 ${at}/\ud55c\uad6d\uc5b4.md`),
    tags: [form("\u0111\u01b0\u1eddng/\u1ea9m")],
    fields: { type: [form("r\u00e9union")], stadt: [form("Z\u00fcrich")] },
    texts: ["words"],
  }));
  writeFixture(db, written);
  const index = new SemanticIndex(db);
  for (const form of [one!, two!]) {
    const found = (filters: Filters) =>
      searchGraph(db, index, { query: "words", mode: "lexical", limit: 9, vector: undefined, filters })
        .length;
    expect(found({ paths: [form("caf\u00e9 0/"), form("caf\u00e9 1")] })).toBe(2);
    expect(found({ paths: [form("caf\u00e9*/\ud55c*.md")] })).toBe(2);
    expect(found({ tags: [form("\u0110\u01b0\u1eddng")] })).toBe(2);
    expect(found({ type: form("R\u00c9UNION") })).toBe(2);
    expect(found({ where: { stadt: form("z\u00fcrich") } })).toBe(2);
  }
});

test("a field that is a link is found by its page, however either is written", () => {
  using db = fixtureGraph();
  const fields = {
    related: ["[[Plans/Roof#Tiles|the roof]]"],
    up: ["[House](../House.md)"],
    area: ["Garden"],
  };
  writeFixture(db, [{ id: "a.md", title: "A", fields, texts: ["leaks"] }]);
  const finds = (where: Record<string, string>): boolean =>
    searchGraph(db, new SemanticIndex(db), {
      query: "leaks",
      mode: "lexical",
      limit: 5,
      vector: undefined,
      filters: { where },
    }).length === 1;
  for (const related of [
    "[[Plans/Roof#Tiles|the roof]]",
    "[[plans/roof]]",
    "[[Roof]]",
    "Roof",
    "Plans/Roof.md",
    "the roof",
  ])
    expect([related, finds({ related })]).toEqual([related, true]);
  for (const up of ["House", "[[House]]", "House.md"]) expect([up, finds({ up })]).toEqual([up, true]);
  expect(finds({ area: "[[Garden]]" })).toBe(true);
  for (const related of ["oof", "[[Plans]]", "Roof.txt", "[[Roof]] and more"])
    expect([related, finds({ related })]).toEqual([related, false]);
});

test("filters leave the nearest of what they let through, however many others are nearer", () => {
  const many = Array.from({ length: 1_500 }, (_, at) => ({
    id: `${at % 3 === 0 ? "docs" : "notes"}/${at}.md`,
    title: `Note ${at}`,
    texts: [`Word${at} of a note about ${pick(["roofs", "rain", "gardens"])}.`],
  }));
  using db = fixtureGraph(many);
  const index = new SemanticIndex(db);
  for (let round = 0; round < 20; round++) {
    const vector = unitVector(`query ${round}`);
    const nearest = (filters?: Filters) =>
      searchGraph(db, index, { query: "roof", mode: "semantic", limit: 20, vector, filters });
    const isIn = (id: string) => id.startsWith("docs/");
    expect(nearest({ paths: ["notes", "docs"] })).toEqual(nearest());
    const [few, others] = [nearest({ paths: ["docs"] }), nearest({ paths: ["notes"] })];
    expect(few.every(({ id }) => isIn(id))).toBe(true);
    expect(others.some(({ id }) => isIn(id))).toBe(false);
    expect(few.length + others.length).toBe(40);
    // Among fewer, the scan of sign bits overlooks no more than among all.
    for (const [at, each] of nearest()
      .filter(({ id }) => isIn(id))
      .entries())
      expect(few[at]!.score).toBeGreaterThanOrEqual(each.score);
  }
});
