/** Which words of a query a text shows, and how it is folded to one line. */
import { expect, test } from "bun:test";
import { onOneLine, showsAll, wordsShown } from "../../../src/graph/search/shown/excerpt.ts";

test.each([
  ["of a word, another form", "configurations", "It is configured once.", true],
  ["of a word, its beginning alone", "configurations", "A confit of duck.", false],
  ["of a short word, itself", "cup", "Who won the cup?", true],
  ["of a short word, a longer one", "cup", "The cupboard is old.", false],
  ["of two words, one", "copper tuna", "Tuna has iron.", false],
  ["of two words, both in other forms", "copper tuna", "TUNAS and coppers", true],
  ["of a clause without spaces, the words in it", "東京", "昨日は東京へ行った。", true],
])("%s", (_, query, text, isShown) => {
  expect(showsAll(text, query)).toBe(isShown);
  expect(wordsShown(text, query).length === wordsShown(query, query).length).toBe(isShown);
});

const ENDINGS = ["", "s", "ed", "ing", "ation", "ational", "y", "ies"];

test("a text shows all of a query exactly where it shows each word of it, whatever their endings", () => {
  for (const stem of ["ba", "bake", "relat", "internation"])
    for (const asked of ENDINGS)
      for (const written of ENDINGS) {
        const [query, text] = [`${stem}${asked} garden`, `Gardens: ${stem}${written}.`];
        expect([query, text, showsAll(text, query)]).toEqual([
          query,
          text,
          wordsShown(text, query).length === 2,
        ]);
      }
});

test("any run of white space becomes one space", () => {
  expect(onOneLine(" a  b\nc \n d\u00a0\u00a0e\u00a0f\t g\r\nh ")).toBe("a b c d e f g h");
});
