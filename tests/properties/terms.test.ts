/** What the index's column of terms is made of, on any text. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { asToken } from "../../src/graph/search/fold.ts";
import { gluedInPieces, gluedWithSpaces } from "../../src/graph/search/glued.ts";
import { matchesOf } from "../../src/graph/search/matches.ts";
import { PROPERTY } from "./arbitrary.ts";

/** Texts of little else than what the kinds are made of. */
const marked = fc.string({
  unit: fc.constantFrom(..." abx019<>=!*/,-.:;()[]{}$^&#_@\\é→"),
  maxLength: 40,
});

/** With something of every kind; a kind of which a text has no sign is not sought. */
const EVERY_SPACED = "\nx = 5 [[a b]] \n[ ] 1 * * * *";
const EVERY_MARKED = " f(x) <div> {{date}} &amp; [x] :root $_ src/*.ts x^2";

describe("what is written together with marks", () => {
  test("is found whether or not every other kind is sought as well", () => {
    fc.assert(
      fc.property(marked, (text) => {
        const sought = `< ${text}`;
        expect(gluedWithSpaces(sought + EVERY_SPACED).slice(0, gluedWithSpaces(sought).length)).toEqual(
          gluedWithSpaces(sought),
        );
        const among = gluedInPieces(text + EVERY_MARKED);
        for (const each of gluedInPieces(text)) expect(among).toContainEqual(each);
        expect(among.filter(({ at }) => at < text.length)).toEqual(gluedInPieces(text));
      }),
      PROPERTY,
    );
  });
});

describe("matchesOf", () => {
  test("finds what matchAll does, again and again", () => {
    const expressions = [/a+(b)?/g, /(?<=a)b|\d/giu, /(?<first>\p{L})\p{N}/gu];
    fc.assert(
      fc.property(marked, (text) => {
        for (const expression of expressions) {
          const expected = [...text.matchAll(new RegExp(expression))];
          expect([...matchesOf(expression, text)]).toEqual(expected);
          expect([...matchesOf(expression, text)]).toEqual(expected);
        }
      }),
      PROPERTY,
    );
  });
});

describe("asToken", () => {
  test("leaves letters and digits as they are, and gives each ASCII mark a character of its own", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        const each = [...text].map((mark) =>
          /[a-z0-9]/i.test(mark) ? mark : String.fromCharCode(0xe100 + mark.charCodeAt(0)),
        );
        expect(asToken(text)).toBe(each.join(""));
      }),
      PROPERTY,
    );
  });
});
