/** Queries of many thousand characters, and such without a blank: all of them counts. */
import { expect, test } from "bun:test";
import { searchGraph } from "../../../src/graph/search/index.ts";
import { asksForSomething, parseQuery } from "../../../src/graph/search/query/query.ts";
import { firstFrom, liesIn, withoutOverlap } from "../../../src/graph/search/query/spans.ts";
import { useSearchableTexts } from "../../helpers/searchable-texts.ts";

const CLAUSE = "会議の議事録を共有して翌週までに確認する".repeat(8);
const TEXTS = {
  clause: `前 ${CLAUSE}灯台の点検 後`,
  word: `so ${"é".repeat(200)} said`,
  data: "harbour-lighthouse-keeper",
  thai: "ประภาคารที่ท่าเรือ",
};
const { db, index } = useSearchableTexts(TEXTS, { count: 20, text: (at) => `The report of day ${at}.` });

const found = (query: string): string[] =>
  searchGraph(db, index, { query, mode: "lexical", limit: 5, vector: undefined }).map(({ id }) => id);

const words = (query: string): string[] => parseQuery(query, []).sought.map(({ text }) => text);

test.each(["x^2^ ", "f(x) ", "0 5 * * 1 ", "5 kg ", "p < 0.05 ", "→x ", "2024 May "])(
  "what is said again and again is sought once, and the words around it: %s",
  (piece) => {
    const many = piece.repeat(Math.floor(9_000 / piece.length));
    expect(words(`harbour ${many} lighthouse`)).toEqual(
      expect.arrayContaining(["harbour", "lighthouse", ...words(`and ${piece} and`)]),
    );
    expect(words(many).length).toBeLessThan(10);
  },
);

test("hyphens of many words are those of a long text, each as before", () => {
  const { sought, excluded } = parseQuery(`shoes ${"-red -blue ".repeat(1_000)}`, []);
  expect(sought.map(({ text }) => text)).toEqual(["shoes"]);
  expect(excluded.map(({ text }) => text)).toEqual(["red", "blue"]);
  expect(parseQuery(`shoes -b ${"-a- ".repeat(1_000)}`, []).excluded).toEqual([]);
});

test("what lies where is told by order", () => {
  const spans = [
    { text: "abcd", at: 2 },
    { text: "ef", at: 8 },
  ];
  expect([0, 2, 3, 6, 8, 10].map((at) => liesIn(spans, at, 2))).toEqual([
    false,
    true,
    true,
    false,
    true,
    false,
  ]);
  expect([0, 2, 3, 8, 9].map((at) => firstFrom(spans, at))).toEqual([0, 0, 1, 1, 2]);
  expect(
    withoutOverlap([{ text: "bc", at: 1 }, { text: "c", at: 2 }, { text: "cde", at: 2 }, ...spans]),
  ).toEqual(spans);
});

test.each([
  [CLAUSE, "clause.md"],
  ["é".repeat(200), "word.md"],
  [`"${"é".repeat(200)}"`, "word.md"],
  [`${"a-b-".repeat(75)}keeper`, "data.md"],
  [`${"ความปลอดภัย".repeat(20)}ประภาคาร`, "thai.md"],
  ["회의록".repeat(70), undefined],
])("without a blank, longer than any name, is asked for all the same: %s", (query, id) => {
  expect(asksForSomething(query)).toBe(true);
  expect(found(query)[0]).toBe(id as string);
});

test("the last word of a long clause counts as the first one does, also beside others", () => {
  expect(words(`${CLAUSE}灯台`)).toEqual(expect.arrayContaining(["会議", "灯台"]));
  expect(words(`harbour ${CLAUSE}灯台`)).toEqual(expect.arrayContaining(["harbour", "灯台"]));
  // What is data is no word beside words.
  expect(words(`harbour ${"a0-".repeat(60)}`)).toEqual(["harbour"]);
});
