/** A day is asked for and found in every language for which the program has stems, as that language writes it. */
import { expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { STEMMED_LANGUAGES } from "../../../src/graph/search/language/languages.ts";
import { dayAsked } from "../../../src/graph/search/query/asked-days.ts";
import { foundIn, notes } from "../../helpers/found-in.ts";
import { fixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";

const LANGUAGES = ["en", "pl", "cs", ...STEMMED_LANGUAGES];
const DAYS = Array.from({ length: 12 }, (_, month) => `2026-${String(month + 1).padStart(2, "0")}-22`);

/** As the Unicode Common Locale Data Repository has it. */
function written(day: string, language: string): string {
  const locale = `${language}-u-ca-gregory-nu-latn`;
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(day));
}

test.each(LANGUAGES)("the days of each month are asked for in %s", (language) => {
  for (const day of DAYS) expect([day, dayAsked(written(day, language))?.days]).toEqual([day, [day]]);
});

test("a note that has the day in any of them is found by its digits, by its English name and as it is written", () => {
  const days = LANGUAGES.map(
    (_, at) => `2026-${String((at % 12) + 1).padStart(2, "0")}-${at < 12 ? 18 : 22}`,
  );
  const texts = LANGUAGES.map((language, at) => [
    language,
    `4711: ${written(days[at] ?? "", language)}, 8150.`,
  ]);
  using db = fixtureGraph();
  writeFixture(db, notes({ ...Object.fromEntries(texts), other: "22 18 2026, 4711, 8150." }));
  const index = new SemanticIndex(db);
  LANGUAGES.forEach((language, at) => {
    const day = days[at] ?? "";
    const english = written(day, "en");
    for (const query of [day, english, english.replace(",", ""), written(day, language)]) {
      const [first] = searchGraph(db, index, { query, mode: "lexical", limit: 3, vector: undefined });
      expect([query, first?.id, first?.lacks]).toEqual([query, `${language}.md`, undefined]);
      expect(first?.confidence ?? 0).toBeGreaterThan(0.85);
    }
  });
});

test.each([
  "22 lipca",
  "22 июля",
  "22 lipca 2026 r.",
  "22 июля 2026 г.",
  "2026. július 22.",
  "2026 m. liepos 22 d.",
])("%s leads to the note that is called after it", (query) => {
  const journal = ["2026-07-21", "2026-07-22", "2026-06-22"].map((day) => ({
    id: `${day}.md`,
    title: day,
    texts: ["Rain, and people came."],
  }));
  for (const mode of ["lexical", "hybrid"] as const)
    expect(foundIn(journal, query, mode)[0]).toBe("2026-07-22.md");
});
