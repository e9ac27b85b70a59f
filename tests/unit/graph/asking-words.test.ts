/** The question word of a short query tells its language, and is not what is asked for. */
import { expect, test } from "bun:test";
import { parseQuery } from "../../../src/graph/search/query/query.ts";
import { foundIn } from "../../helpers/found-in.ts";

test.each([
  ["как испечь хлеб", ["испечь", "хлеб"]],
  ["где паспорт", ["паспорт"]],
  ["як спекти хліб", ["спекти", "хліб"]],
  ["jak zamówić samochód", ["zamówić", "samochód"]],
  ["cómo preparar café", ["preparar", "café"]],
  ["για αντλία", ["αντλία"]],
  // All there is, and what may be a word of English.
  ["как", ["как"]],
  ["die café", ["die", "café"]],
  ["man page", ["man", "page"]],
])("%s asks for %j", (query, words) => {
  expect(parseQuery(query, []).sought.map(({ text }) => text)).toEqual(words);
});

test("a note with the question word in its title does not come before the one that has what is asked for", () => {
  const notes = [
    { id: "start.md", title: "Как начать", texts: ["Завести учётную запись."] },
    { id: "bread.md", title: "Кухня", texts: ["Хлеб печём по средам, в большой печи."] },
    ...Array.from({ length: 20 }, (_, at) => ({ id: `${at}.md`, texts: [`The garden, day ${at}.`] })),
  ];
  for (const mode of ["hybrid", "lexical"] as const) {
    expect([mode, foundIn(notes, "как хлеб", mode)[0]]).toEqual([mode, "bread.md"]);
    expect([mode, foundIn(notes, "как хлеб", mode)]).not.toEqual([
      mode,
      expect.arrayContaining(["start.md"]),
    ]);
  }
});
