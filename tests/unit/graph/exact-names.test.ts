/** What is called what is asked for, as a document or as a section, comes before what only mentions it. */
import { describe, expect, test } from "bun:test";
import { foundIn } from "../../helpers/found-in.ts";
import type { FixtureDocument } from "../../helpers/graph-fixture.ts";

describe("a document that is called what is asked for is first, however often others mention it", () => {
  const mentions = Array.from({ length: 30 }, (_, at) => ({
    id: `day-${at}.md`,
    title: `Bob and day ${at}`,
    texts: [`Bob, Bob and Bob again: bob met Bob at noon, garden plans and the Nebula project on day ${at}.`],
  }));
  const called: FixtureDocument[] = [
    { id: "people/bob.md", title: "A colleague", texts: ["Works in the garden."] },
    { id: "x1.md", title: "Garden Plans", texts: ["Later."] },
    { id: "x2.md", title: "Codename", texts: ["Secret."], aliases: ["Nebula"] },
    { id: "x3.md", title: "Soup", texts: ["Boil it."], tags: ["recipe"] },
    { id: "会議メモ.md", title: "x4", texts: ["Notes."] },
  ];
  test.each([
    ["bob", "people/bob.md"],
    ["Bob", "people/bob.md"],
    ["bob.md", "people/bob.md"],
    ["people/bob.md", "people/bob.md"],
    ["garden plans", "x1.md"],
    ["nebula", "x2.md"],
    ["recipe", "x3.md"],
    ["会議メモ", "会議メモ.md"],
  ])("%s", (query, expected) => {
    for (const mode of ["hybrid", "lexical"] as const) {
      expect([mode, foundIn([...mentions, ...called], query, mode)[0]]).toEqual([mode, expected]);
    }
  });
});

describe("the note of a day is first, however the day is written", () => {
  const days = [15, 16, 17].map((day) => ({
    id: `journals/2026_11_${day}.md`,
    title: `2026_11_${day}`,
    texts: [`Rain, and more of it: ${day} drops.`],
  }));
  const mention = { id: "contents.md", texts: ["See Nov 16th, 2026, that is 16 November 2026."] };
  test.each(["16 November 2026", "Nov 16th, 2026", "Monday, November 16, 2026", "2026-11-16", "2026_11_16"])(
    "%s",
    (query) => {
      for (const mode of ["lexical", "hybrid"] as const)
        expect([mode, foundIn([...days, mention], query, mode)[0]]).toEqual([mode, "journals/2026_11_16.md"]);
    },
  );
});

describe("a section whose heading is exactly what is asked for comes before what mentions it", () => {
  const mentions = Array.from({ length: 8 }, (_, at) => ({
    id: `mention/${at}.md`,
    texts: ["The borrow checker, the borrow checker. Usage: ask the borrow checker.", `Usage ${at}.`],
    headings: ["What the borrow checker says", "Usage"],
  }));
  const lifetimes = {
    id: "lifetimes.md",
    texts: ["Of lifetimes.", "It compares scopes to decide whether all borrows are valid.", "More."],
    headings: ["Lifetimes", "The Borrow Checker", "The Borrow Checker"],
  };
  test.each([
    ["borrow checker"],
    ["The Borrow Checker"],
    ['"borrow checker"'],
    ["“The borrow checker”"],
    ["borrow-checker?"],
  ])("%s", (query) => {
    for (const mode of ["lexical", "hybrid"] as const)
      expect([mode, foundIn([...mentions, lifetimes], query, mode)[0]]).toEqual([mode, "lifetimes.md"]);
  });

  test.each(["getStaticPaths", "getStaticPaths()", "`getStaticPaths()`", "getstaticpaths"])(
    "%s is the heading of a function, in backticks or not",
    (query) => {
      const links = Array.from({ length: 6 }, (_, at) => ({
        id: `errors/${at}.md`,
        texts: ["See getStaticPaths(), getStaticPaths, getStaticPaths."],
        headings: ["See also"],
      }));
      for (const heading of ["`getStaticPaths()`", "getStaticPaths()", "`getStaticPaths`()"]) {
        const text =
          "Pages that are made ahead need to say which there are, from a function that is called once.";
        const routing = { id: "z.md", texts: ["Of routes.", text], headings: ["Routing", heading] };
        for (const mode of ["lexical", "hybrid"] as const)
          expect([mode, heading, foundIn([...links, routing], query, mode)[0]]).toEqual([
            mode,
            heading,
            "z.md",
          ]);
      }
    },
  );

  test("what is written together and stands to the letter elsewhere comes before a heading of its words", () => {
    const drivers = {
      id: "session.md",
      texts: ["Drivers that are built in: a built-in one is a driver, drivers are built in."],
      headings: ["Built-in drivers"],
    };
    const link = { id: "config.md", texts: ["Any of [all](/session/#built-in-drivers) may be set here."] };
    for (const mode of ["lexical", "hybrid"] as const) {
      expect([mode, foundIn([drivers, link], "built-in-drivers", mode)[0]]).toEqual([mode, "config.md"]);
      expect([mode, foundIn([drivers, link], "built-in drivers", mode)[0]]).toEqual([mode, "session.md"]);
    }
  });

  test.each([
    ["--stone-flint", "Call it with --stone-flint there."],
    ["stone_flint!", "Then stone_flint!(a) expands."],
    ["__stone_flint__", "Define __stone_flint__ in it."],
    ["STONE_FLINT", "Set STONE_FLINT to it."],
  ])("%s comes before a document whose title has its words without the marks", (query, text) => {
    const title = { id: "a.md", title: "Stone flint", texts: ["Of stone and flint: a stone is no flint."] };
    const file = { id: "stone-flint.md", title: "Tools", texts: ["Of stone and flint."] };
    const has = { id: "z.md", title: "Note", texts: [text] };
    for (const mode of ["lexical", "hybrid"] as const) {
      expect([mode, foundIn([title, file, has], query, mode)[0]]).toEqual([mode, "z.md"]);
      expect(foundIn([title, file], query, mode).slice(0, 2).sort()).toEqual(["a.md", "stone-flint.md"]);
    }
  });

  test("a document that is called so comes before it, and a heading that many have is no name", () => {
    const called = { id: "called.md", title: "Borrow checker", texts: ["A note."] };
    for (const mode of ["lexical", "hybrid"] as const)
      expect(foundIn([...mentions, lifetimes, called], "borrow checker", mode).slice(0, 2)).toEqual([
        "called.md",
        "lifetimes.md",
      ]);
    const usage = { id: "usage.md", texts: ["Usage usage usage."], headings: ["Of usage"] };
    expect(foundIn([...mentions, usage], "usage", "lexical")[0]).toBe("usage.md");
  });
});
