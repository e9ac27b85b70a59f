/** Which part of a long passage is shown: the sentence where the words of the query stand closest together. */
import { expect, test } from "bun:test";
import { excerpt } from "../../../src/graph/search/shown/excerpt.ts";

const OTHERS = "Nobody in the village knew how long the winter would last. ";
const LENGTH = 120;

test("where all words of a query stand together is shown, rather than where they first stand apart", () => {
  const apart = `The shepherd was old. ${OTHERS}He served the king.`;
  const text = `${apart} ${OTHERS.repeat(4)}So the shepherd served seven years. ${OTHERS.repeat(2)}`;
  const shown = excerpt(text, "the shepherd served", LENGTH);
  expect(shown).toStartWith("… So the shepherd served seven years. ");
});

test("what is shown begins with a sentence, so that what follows the words has room", () => {
  const asked = "In the evening of that day the shepherd was asked by his brother: “Where is the lamb?”";
  const text = `${OTHERS.repeat(3)}${asked} It was in the barn. ${OTHERS.repeat(2)}`;
  expect(excerpt(text, "shepherd brother", LENGTH)).toStartWith(`… ${asked} It was in the barn. `);
});

test("an item of a list begins what is shown as well", () => {
  const items = Array.from({ length: 9 }, (_, at) => `- the jar with number ${at}, which holds salt`);
  const text = [...items, "- pepper of Malabar, black", ...items].join("\n");
  expect(excerpt(text, "malabar", LENGTH)).toStartWith("… • pepper of Malabar, black • the jar");
});

test("a sentence that begins far away is shown from a little before the words on", () => {
  const text = `${OTHERS}${"and on and on ".repeat(20)}until the shepherd came, ${"and on and on ".repeat(20)}`;
  expect(excerpt(text, "shepherd", LENGTH)).toMatch(/^… (and |on )+until the shepherd came/);
});

test("at the end of a text little room is left where sentences before would fit", () => {
  const text = `${OTHERS.repeat(5)}It was spring. The lamb ran. The shepherd came.`;
  expect(excerpt(text, "shepherd", LENGTH)).toBe(
    `… ${OTHERS}It was spring. The lamb ran. The shepherd came.`,
  );
});

test("at the end of a text a long sentence before is shown in part", () => {
  const text = `${"and on and on ".repeat(20)}until it was spring. The shepherd came.`;
  const shown = excerpt(text, "shepherd", LENGTH);
  expect(shown).toMatch(/^… (and |on )+until it was spring\. The shepherd came\.$/);
  expect(shown.length).toBeGreaterThan(LENGTH - 10);
});

test("of one word the first place is shown, in whatever form", () => {
  const text = `${OTHERS.repeat(3)}Two shepherds came. ${OTHERS.repeat(3)}A shepherd went. ${OTHERS.repeat(3)}`;
  expect(excerpt(text, "shepherd", LENGTH)).toStartWith("… Two shepherds came.");
});

test("sentences of scripts that put no spaces between them are told", () => {
  const other = "昨日は家で本を読んでいた。".repeat(12);
  const text = `${other}今日は東京へ行く。${other}`;
  expect(excerpt(text, "東京", LENGTH)).toStartWith("… 今日は東京へ行く。昨日");
});

test("the end of a text without spaces is shown where its last word is asked for", () => {
  const text = `${"昨日は家で本を読んでいて".repeat(30)}東京`;
  expect(excerpt(text, "東京", LENGTH)).toBe(`… ${text.slice(-LENGTH)}`);
});
