import { expect, test } from "bun:test";
import { asksForSomething } from "../../../src/graph/search/index.ts";
import { FUNCTION_WORDS } from "../../../src/graph/search/language/function-words.ts";
import { parseQuery } from "../../../src/graph/search/query/query.ts";

const { en } = FUNCTION_WORDS;
if (en === undefined) throw new Error("there is no list of English words");

test("the list of a language says the same of a word whether it was taken apart or looked through", () => {
  const known = [...en];
  const unknown = [
    "",
    "w",
    "ith",
    "th",
    "a about",
    "about\n    also",
    "\n",
    "constructor",
    "e.g i.e",
    "bowline",
  ];
  const ask = () => [known.filter((word) => !en.has(word)), unknown.filter((word) => en.has(word))];
  expect(known.length).toBeGreaterThan(100);
  for (let round = 0; round < 5; round++) expect(ask()).toEqual([[], []]);
});

test("what is no word of its own in any list is in none", () => {
  for (const list of Object.values(FUNCTION_WORDS))
    expect([...list].filter((word) => /\s/.test(word))).toEqual([]);
});

test("a query with a plain word asks for something, as taking it apart says", () => {
  const queries = [
    "roof",
    "the",
    "-roof",
    'a -"roof tile"',
    '"roof"',
    "?! roof",
    "--",
    "  ",
    '""',
    '-"x"',
    "of the",
  ];
  for (const query of queries)
    expect([query, asksForSomething(query)]).toEqual([query, parseQuery(query, []).sought.length > 0]);
});
