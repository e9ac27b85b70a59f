/** A day is found by whichever way it is written, in a text or as the name of a daily note, among other days. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { groupedNumbers } from "../../../src/graph/search/terms/numbers.ts";
import { openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const MONTHS = ["January", "March", "May", "November", "December"];
const NUMBERS = ["01", "03", "05", "11", "12"];
const GERMAN = ["Januar", "März", "Mai", "November", "Dezember"];

/** Of a year, the place of a month in the lists, and a day of two digits. */
const WRITTEN: Readonly<Record<string, (year: number, month: number, day: string) => string>> = {
  ISO: (year, month, day) => `${year}-${NUMBERS[month]}-${day}`,
  underscores: (year, month, day) => `${year}_${NUMBERS[month]}_${day}`,
  digits: (year, month, day) => `${year}${NUMBERS[month]}${day}`,
  dots: (year, month, day) => `${day}.${NUMBERS[month]}.${year}`,
  words: (year, month, day) => `${Number(day)} ${MONTHS[month]} ${year}`,
  American: (year, month, day) => `${MONTHS[month]?.slice(0, 3)} ${Number(day)}, ${year}`,
  ordinal: (year, month, day) => `${MONTHS[month]} ${Number(day)}th, ${year}`,
  German: (year, month, day) => `${Number(day)}. ${GERMAN[month]} ${year}`,
};

const days = [2025, 2026].flatMap((year) =>
  MONTHS.flatMap((_, month) => ["04", "05", "11", "16"].map((day) => [year, month, day] as const)),
);

for (const [way, write] of Object.entries(WRITTEN)) {
  test.each(["a name", "a text"])(`${way}, as %s`, (place) => {
    using folder = new TempFolder();
    using db = openFixtureGraph(folder.join("graph.db"));
    const id = (at: number, written: string): string => (place === "a name" ? `${written}.md` : `n${at}x.md`);
    writeFixture(
      db,
      days.map(([year, month, day], at) => {
        const written = write(year, month, day);
        const text = place === "a name" ? "Met people." : `On ${written} we met people.`;
        return { id: id(at, written), title: place === "a name" ? written : "Log", texts: [text] };
      }),
    );
    const index = new SemanticIndex(db);
    for (const ask of Object.values(WRITTEN)) {
      for (const at of [3, 17, 25]) {
        const [year, month, day] = days[at]!;
        const query = ask(year, month, day);
        const vector = unitVector(`asked: ${query}`);
        for (const mode of ["hybrid", "lexical"] as const) {
          const [first] = searchGraph(db, index, { query, mode, limit: 3, vector });
          expect([mode, query, first?.id]).toEqual([mode, query, id(at, write(year, month, day))]);
        }
      }
    }
  });
}

test.each(Object.entries(WRITTEN))("among days that are written in other ways: %s", (way, ask) => {
  using folder = new TempFolder();
  using db = openFixtureGraph(folder.join("graph.db"));
  const ways = Object.values(WRITTEN);
  writeFixture(
    db,
    days.map(([year, month, day], at) => {
      const written = ways[at % ways.length]?.(year, month, day);
      return { id: `n${at}x.md`, title: "Log", texts: [`On ${written} we met people.`] };
    }),
  );
  const index = new SemanticIndex(db);
  for (const [at, [year, month, day]] of days.entries()) {
    const query = ask(year, month, day);
    const vector = unitVector(`asked: ${query}`);
    for (const mode of ["hybrid", "lexical"] as const) {
      const [first] = searchGraph(db, index, { query, mode, limit: 3, vector });
      expect([way, mode, query, first?.id]).toEqual([way, mode, query, `n${at}x.md`]);
    }
  }
});

test.each([
  ["v1.2.2026", "20260201"],
  ["1.2.2026.4", "20260201"],
  ["10.1.2.2026", "20260201"],
  ["10.13.2026", "20261310"],
  ["31.2.2026", "20260231"],
  ["room 16 of 2026", "202616"],
  ["16 people 2026", "202616"],
  ["16 Novembers 2026", "20261116"],
  ["1 November 20261", "20261101"],
  ["November 31, 2026", "20261131"],
])("%s is no day", (text, digits) => {
  expect(groupedNumbers(text).map((number) => number.digits)).not.toContain(digits);
});

test("a version that could be a day is found as it is written before the day, and a day before a longer version", () => {
  using folder = new TempFolder();
  using db = openFixtureGraph(folder.join("graph.db"));
  writeFixture(db, [
    { id: "day.md", title: "Log", texts: ["On 2026-02-01 we met people."] },
    { id: "version.md", title: "Release", texts: ["What is new in 1.2.2026, for people."] },
    { id: "longer.md", title: "Build", texts: ["What is new in 1.2.2026.4, for people."] },
  ]);
  const index = new SemanticIndex(db);
  const first = (query: string, mode: "hybrid" | "lexical"): string | undefined =>
    searchGraph(db, index, { query, mode, limit: 3, vector: unitVector(`asked: ${query}`) })[0]?.id;
  for (const mode of ["hybrid", "lexical"] as const) {
    expect(first("1.2.2026", mode)).toBe("version.md");
    expect(first("1.2.2026.4", mode)).toBe("longer.md");
    expect(first("2026-02-01", mode)).toBe("day.md");
  }
});
