/** Queries of many thousand characters: all of them counts. */
import { expect, test } from "bun:test";
import { parseQuery } from "../../../src/graph/search/query.ts";
import { firstFrom, liesIn, withoutOverlap } from "../../../src/graph/search/spans.ts";

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
