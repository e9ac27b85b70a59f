/** The note of a day is asked for as people write days, with a year and without one, among what only looks like it. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { foundIn, notes } from "../../helpers/found-in.ts";
import { type FixtureDocument, fixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";

const MODES = ["lexical", "hybrid"] as const;
const day = (name: string, text = "Rain, and people came."): FixtureDocument => ({
  id: `journal/${name}.md`,
  title: name,
  texts: [text],
});
const journal = [
  ...["2024-04-12", "2025-04-12", "2025-04-11", "2025-04-13", "2025-04-14", "2024-04-14"].map((name) =>
    day(name),
  ),
  ...["2024-12-24", "2025-12-24", "2025-12-23", "2024-02-03", "2026-02-03", "2026-03-02"].map((name) =>
    day(name),
  ),
  ...["2026-06-05", "2026-05-06", "2025-06-05", "2025-05-12"].map((name) => day(name)),
];
const decoys = notes({
  house: "We live at house number 12-3, and at 14/04.",
  version: "What is new in version 3.2.1, after 3.2 and 1.14.",
  plan: "In April 12 people came, and 12 more: April, April, in April.",
  numbers: "12 12 12 14 14 04 04 2025 24 12 25 of April.",
  address: "The host 10.12.4.25 is at 12:04 up.",
});

/** What is found, with how sure it is and what is said to be nowhere. */
function resultsOf(documents: readonly FixtureDocument[], query: string, mode: "lexical" | "hybrid") {
  using db = fixtureGraph();
  writeFixture(db, documents);
  const vector = mode === "hybrid" ? unitVector(`asked: ${query}`) : undefined;
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 10, vector });
}

describe.each([
  "April 12",
  "april 12",
  "Apr 12",
  "12. April",
  "April 12th",
  "12 April",
  "12th of April",
  "12.4.",
  "12.04.",
  "12 avril",
  "12 de abril",
  "12 aprile",
  "4月12日",
  "April 12?",
  "Saturday, April 12",
  "Samstag, 12. April",
])("%s is that day of any year, the latest first", (query) => {
  test.each(MODES)("%s", (mode) => {
    const found = foundIn([...journal, ...decoys], query, mode);
    expect(found.slice(0, 2)).toEqual(["journal/2025-04-12.md", "journal/2024-04-12.md"]);
    for (const { lacks, confidence } of resultsOf([...journal, ...decoys], query, mode).slice(0, 2)) {
      expect(lacks).toBeUndefined();
      expect(confidence).toBeGreaterThan(0.7);
    }
  });
});

test.each(MODES)("3.2. is a day of February, and 3.2 a version: %s", (mode) => {
  const documents = [...journal, ...decoys, ...notes({ release: "We run 3.2 now." })];
  expect(foundIn(documents, "3.2.", mode).slice(0, 2)).toEqual([
    "journal/2026-02-03.md",
    "journal/2024-02-03.md",
  ]);
  expect(["release.md", "version.md"]).toContain(foundIn(documents, "3.2", mode)[0] ?? "");
  expect(foundIn(documents, "3.2.1", mode)[0]).toBe("version.md");
  expect(foundIn(documents, "1.14", mode)[0]).toBe("version.md");
});

describe.each([
  "14/04/2025",
  "04/14/2025",
  "14-04-2025",
  "2025/4/14",
  "2025年4月14日",
  "2025년 4월 14일",
  "14 avril 2025",
  "14 de abril de 2025",
  "14 de abril del 2025",
  "14 aprile 2025",
  "14 april 2025",
  "14.04.25",
  "14.4.25",
])("%s is one day", (query) => {
  test.each(MODES)("%s", (mode) => {
    const [first] = resultsOf([...journal, ...decoys], query, mode);
    expect(first?.id).toBe("journal/2025-04-14.md");
    expect(first?.lacks).toBeUndefined();
    expect(first?.confidence ?? 0).toBeGreaterThan(0.7);
  });
});

test.each(["24 décembre 2025", "24 dicembre 2025", "24 de dezembro de 2025", "24. Dezember", "24 décembre"])(
  "months of other languages: %s",
  (query) => {
    for (const mode of MODES)
      expect(foundIn([...journal, ...decoys], query, mode)[0]).toBe("journal/2025-12-24.md");
  },
);

test.each(["notes of 24/12/2025", "what rained on 24 décembre 2025"])("within a question: %s", (query) => {
  for (const mode of MODES) {
    const [first] = resultsOf([...journal, ...decoys], query, mode);
    expect([mode, first?.id]).toEqual([mode, "journal/2025-12-24.md"]);
  }
});

test.each(MODES)(
  "05/06/2026 is either of two days, and neither comes before who has it as it is written: %s",
  (mode) => {
    const both = ["journal/2026-05-06.md", "journal/2026-06-05.md"];
    const found = resultsOf([...journal, ...decoys], "05/06/2026", mode);
    expect(
      found
        .slice(0, 2)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(both);
    expect(found[0]?.lacks).toBeUndefined();
    const written = [...journal, ...decoys, ...notes({ written: "Paid on 05/06/2026, all of it." })];
    const [first, ...others] = foundIn(written, "05/06/2026", mode);
    expect(first).toBe("written.md");
    expect(others.slice(0, 2).sort()).toEqual(both);
  },
);

test.each(MODES)("24.12.25 is a version where a text has it, else a day: %s", (mode) => {
  expect(foundIn([...journal, ...decoys], "24.12.25", mode)[0]).toBe("journal/2025-12-24.md");
  const documents = [...journal, ...decoys, ...notes({ release: "Since 24.12.25 it is quicker." })];
  expect(foundIn(documents, "24.12.25", mode).slice(0, 2)).toEqual(["release.md", "journal/2025-12-24.md"]);
});

test("notes of days are found whatever they are called, by title, file or alias", () => {
  const documents: FixtureDocument[] = [
    { id: "a.md", title: "April 12th, 2023", texts: ["Rain."] },
    { id: "2022_04_12.md", title: "Saturday", texts: ["Rain."] },
    { id: "20210412.md", title: "Log", texts: ["Rain."] },
    { id: "d.md", title: "Log", texts: ["Rain."], aliases: ["12. April 2020"] },
    ...decoys,
  ];
  for (const mode of MODES)
    expect(foundIn(documents, "April 12", mode).slice(0, 4)).toEqual([
      "a.md",
      "2022_04_12.md",
      "20210412.md",
      "d.md",
    ]);
});

test.each(MODES)("a text that has the day as it is asked for is found beside its note: %s", (mode) => {
  const invoice = { id: "invoice.md", title: "Log", texts: ["The roof was paid on 14/04/2025, all of it."] };
  const documents = [...journal, ...decoys, invoice];
  expect(
    resultsOf(documents, "14/04/2025", mode)
      .map(({ id }) => id)
      .slice(0, 2),
  ).toEqual(["journal/2025-04-14.md", "invoice.md"]);
  const [first] = resultsOf(documents, "roof 14/04/2025", mode);
  expect(first?.id).toBe("invoice.md");
  expect(first?.confidence ?? 0).toBeGreaterThan(0.85);
});

test.each(MODES)("a day of which there is no note is said to be nowhere: %s", (mode) => {
  const [first] = resultsOf([...journal, ...decoys], "17/04/2025", mode);
  expect(first?.lacks ?? ["17/04/2025"]).toEqual(["17/04/2025"]);
  expect(first?.confidence ?? 0).toBeLessThan(0.3);
});

test.each([
  ["12-3", "house.md"],
  ["10.12.4.25", "address.md"],
  ["version 3.2.1", "version.md"],
])("%s is no day", (query, id) => {
  for (const mode of MODES) expect(foundIn([...journal, ...decoys], query, mode)[0]).toBe(id);
});

test.each([
  "10/12",
  "May",
  "1.14.",
  "31.2.",
  "31/02/2025",
  "Mars 12",
  "April 31",
  "3.2",
  "12-3",
  "April 2025",
  "24.13.25",
])("%s leads to no note of a day by its name", (query) => {
  const named = ["2025-10-12", "2025-12-10", "2025-05-01", "2025-03-12", "2025-02-03", "2025-12-03"].map(
    (name) => day(name),
  );
  for (const { confidence } of resultsOf([...named, ...decoys], query, "lexical").filter(({ id }) =>
    id.startsWith("journal/"),
  ))
    expect(confidence).toBeLessThan(0.7);
});

test.each([
  "2026-04-02",
  "2 April 2026",
  "April 2, 2026",
  "April 2 2026",
  "02.04.2026",
  "2 kwietnia 2026",
  "April 2",
  "notes of 02.04.2026",
])("%s leads to a note whose file says more than the day, before those that mention it", (query) => {
  const decided = "decisions/2026-04-02-queue-backend.md";
  const documents: FixtureDocument[] = [
    { id: decided, title: "Queue backend", texts: ["Jobs are kept in the database."] },
    {
      id: "decisions/2026-04-03-cache.md",
      title: "Cache",
      texts: ["It was decided on 2 April 2026."],
    },
    ...notes({
      other: "On 2026-04-02 and on 02.04.2026, April 2, 2026, 2 kwietnia 2026, it was decided: April 2.",
    }),
    ...decoys,
  ];
  for (const mode of MODES) {
    expect([mode, foundIn(documents, query, mode)[0]]).toEqual([mode, decided]);
    expect(foundIn([...documents, day("2026-04-02")], query, mode).slice(0, 2)).toEqual([
      "journal/2026-04-02.md",
      decided,
    ]);
  }
});
