/** What the index's column of terms is made of, on any text. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { asToken } from "../../src/graph/search/language/fold.ts";
import { FUNCTION_WORDS } from "../../src/graph/search/language/function-words.ts";
import { tellLanguage } from "../../src/graph/search/language/languages.ts";
import { gluedInPieces, gluedWithSpaces } from "../../src/graph/search/terms/glued.ts";
import { matchesOf } from "../../src/graph/search/terms/matches.ts";
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

describe("tellLanguage", () => {
  const words = Object.values(FUNCTION_WORDS).flatMap((list) => [...list].slice(0, 12));
  const word = fc.oneof(
    fc.constantFrom(...words),
    fc.constantFrom("amalfa", "naïve", "x", "straße", "don't,", "unforeseeable-things", "Kelvin"),
  );
  const spaces = fc.constantFrom(" ", "\n", "\t\r\n", "\u00a0", "\u2003 ", "\u3000", "\ufeff");

  test("sees words in whatever case and with whatever white space between them", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, spaces, fc.boolean()), { maxLength: 40 }), (parts) => {
        const plain = parts.map(([each]) => `${each} `).join("");
        const written = parts.map(([each, space, isLoud]) => {
          const isPlain = /^[\x00-\x7f]*$/.test(each);
          return (isLoud && isPlain ? each.toUpperCase() : each) + space;
        });
        expect(tellLanguage(written.join(""))).toBe(tellLanguage(plain));
      }),
      PROPERTY,
    );
  });

  test("says what a count of the words says", () => {
    const sets = Object.entries(FUNCTION_WORDS).map(([code, list]) => [code, new Set(list)] as const);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), (parts) => {
        const text = parts.join(" ").slice(0, 1_000);
        const each = text.split(" ").map((part) => part.toLowerCase());
        const counts = sets.map(([code, known]) => {
          const own = each.filter((part) => part.length > 1 && part.length <= 12 && known.has(part));
          return { code, own: own.length, distinct: new Set(own).size };
        });
        const told = tellLanguage(text);
        const most = Math.max(...counts.map(({ own }) => own));
        const found = counts.find(({ code }) => code === told);
        if (told !== undefined) expect(found).toMatchObject({ own: most });
        const isClear = counts.every(({ own, distinct }) => own < most || distinct >= 4);
        if (isClear && most >= each.length * 0.12) expect(told).toBeDefined();
        if (most < each.length * 0.12) expect(told).toBeUndefined();
      }),
      PROPERTY,
    );
  });
});
