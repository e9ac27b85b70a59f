/** A word of a question is found in whatever form a note has it, also where the index's stemmer keeps the forms apart. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { areForms, otherFormsOf } from "../../../src/graph/search/language/english-forms.ts";
import { excerpt } from "../../../src/graph/search/shown/excerpt.ts";
import { foundIn, notes } from "../../helpers/found-in.ts";

const MODES = ["lexical", "hybrid"] as const;

test.each([
  ["what did Amina Yusuf add", "Amina Yusuf added a unique index."],
  ["who was adding an index", "Amina Yusuf will add an index."],
  ["what did Marta choose", "Marta chose the second bidder."],
  ["what Marta wrote", "Marta writes the minutes, as she did before."],
  ["who is writing minutes", "The minutes were written by Marta."],
  ["what does Lars try", "Lars tried another valve."],
  ["why did the pump die", "The pump died in the frost."],
  ["who embeds the charts", "We embed the charts by hand."],
  ["which limit did it exceed", "It exceeded what was left."],
  ["one mouse", "Mice were in the attic."],
  ["all statuses", "Its status is unknown."],
])("%s: %s", (query, text) => {
  const others = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`other-${at}`, `Amina, Marta, Lars and all on day ${at}.`]),
  );
  for (const mode of MODES)
    expect([mode, foundIn(notes({ ...others, it: text }), query, mode)[0]]).toEqual([mode, "it.md"]);
});

test.each(["left", "led", "sat", "ground", "lives", "saw"])("%s is mostly another word", (word) => {
  expect(otherFormsOf(word)).toEqual([]);
});

test("what is shown is chosen by other forms of the words, too", () => {
  const text = `${"The rain went on and on. ".repeat(30)}Then Amina bought pumps. ${"It went on. ".repeat(30)}`;
  expect(excerpt(text, "what did Amina buy", 120)).toContain("bought");
});

test("no form has the stem of another that is listed apart, and those listed together have one", () => {
  using db = new Database(":memory:");
  db.run("CREATE VIRTUAL TABLE texts USING fts5(word, tokenize = 'porter unicode61 remove_diacritics 2')");
  db.run("CREATE VIRTUAL TABLE stems USING fts5vocab(texts, row)");
  const stemOf = (word: string): string => {
    db.run("DELETE FROM texts");
    db.run("INSERT INTO texts VALUES (?)", [word]);
    return db.query<{ term: string }, []>("SELECT term FROM stems").get()?.term ?? "";
  };
  const words =
    `add adds added adding try tries tried trying die dies died dying write writes writing wrote written
    embed embeds embedded embedding exceed exceeds exceeded exceeding choose chooses choosing chose chosen
    run runs running ran get gets getting got free frees freeing freed go goes going went alias aliases
    status statuses shelf shelves flee fleeing fled mouse mice`.split(/\s+/);
  for (const word of words) {
    const stems = [word, ...otherFormsOf(word)].map(stemOf);
    expect([word, new Set(stems).size]).toEqual([word, stems.length]);
    for (const other of words.filter((each) => areForms(word, each)))
      expect([word, other, stems]).toEqual([word, other, expect.arrayContaining([stemOf(other)])]);
  }
});
