/** A number with a unit or a currency is found however others write it, and by itself where its unit stands elsewhere. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { foundIn, notes } from "../../helpers/found-in.ts";
import { type FixtureDocument, fixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";

const MODES = ["lexical", "hybrid"] as const;
const others = notes({
  rent: "Le loyer : 150 € par mois, 2 pièces, 340 kWh.",
  years: "In 2025 we paid in EUR, in $ and in mg.",
  near: "2341 EUR, 2.430,00 €, 1.048 mg, 23,40 €, $ 1250.",
  php: "PHP 8.2 is needed, and PHP 2340 is no version.",
});

function firstOf(documents: readonly FixtureDocument[], query: string, mode: "lexical" | "hybrid") {
  using db = fixtureGraph();
  writeFixture(db, documents);
  const vector = mode === "hybrid" ? unitVector(`asked: ${query}`) : undefined;
  return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 3, vector })[0];
}

const EUROS = [
  "2340 EUR",
  "EUR 2340",
  "2340EUR",
  "2340 €",
  "€2340",
  "€ 2340.00",
  "2.340,00 €",
  "€2,340.00",
  "2 340 €",
  "€ 2 340,00",
  "2.340 €",
  "EUR 2,340.00",
  "2 340 EUR",
];

describe.each(EUROS)("a text with %s", (written) => {
  test("is found by every other way to write it", () => {
    const documents = [...others, ...notes({ offer: `The repair costs ${written}, said Christ.` })];
    using db = fixtureGraph();
    writeFixture(db, documents);
    const index = new SemanticIndex(db);
    for (const query of EUROS) {
      const [first] = searchGraph(db, index, { query, mode: "lexical", limit: 3, vector: undefined });
      expect([query, first?.id, first?.lacks]).toEqual([query, "offer.md", undefined]);
      expect(first?.confidence ?? 0).toBeGreaterThan(0.7);
    }
  });
});

test.each([
  ["$1,250.50", "1250.50 USD"],
  ["1250.50 USD", "$1250.50"],
  ["145.00 GBP", "£145"],
  ["CHF 2'150.00", "2150 CHF"],
  ["13,500.00 NOK", "13500 nok"],
  ["EUR 248,500", "a budget of 248500 EUR"],
  ["1.234.567 €", "1234567 EUR"],
])("%s by %s", (written, query) => {
  const documents = [...others, ...notes({ offer: `The budget is ${written} at most.` })];
  for (const mode of MODES) expect([mode, foundIn(documents, query, mode)[0]]).toEqual([mode, "offer.md"]);
});

describe("a number whose unit stands elsewhere", () => {
  const table = "| solvent | yield in mg |\n|---|---|\n| ethanol | 1,048.9 |\n| water | 1,102.3 |";
  const documents = [...others, ...notes({ lab: table, firm: "Org. nr. 987 654 321 MVA." })];
  test.each([
    ["1048.9 mg", "lab.md"],
    ["1,102.3 mg", "lab.md"],
    ["1048,9mg", "lab.md"],
    ["987654321MVA", "firm.md"],
  ])("%s", (query, id) => {
    for (const mode of MODES) {
      const first = firstOf(documents, query, mode);
      expect([mode, first?.id, first?.lacks]).toEqual([mode, id, undefined]);
      expect(first?.confidence ?? 0).toBeGreaterThan(0.7);
    }
  });
  test("comes behind what has both", () => {
    const both = notes({ both: "The yield was 1048.9 mg this time." });
    for (const mode of MODES) expect(foundIn([...documents, ...both], "1048.9 mg", mode)[0]).toBe("both.md");
  });
  test.each(["12mg", "2025mg", "1049.9mg", "8.2MB"])("%s is nowhere", (query) => {
    expect(firstOf(documents, query, "hybrid")?.lacks).toEqual([query]);
  });
});

test("a language and its version are no amount", () => {
  expect(foundIn(others, "PHP 8.2", "lexical")[0]).toBe("php.md");
});
