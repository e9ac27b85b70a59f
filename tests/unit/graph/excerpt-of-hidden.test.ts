/** What is left out of an excerpt takes whole lines, and is nothing but a comment or where a link is defined. */
import { describe, expect, test } from "bun:test";
import { excerpt } from "../../../src/graph/search/shown/excerpt.ts";

const shown = (text: string, query = "zzz"): string => excerpt(text, query, 300);
const folded = (text: string): string => text.replace(/\s+/g, " ").trim();

describe("comments", () => {
  test.each([
    "In R the operator %% is the remainder, so 7 %% 3 is 1.",
    "So $x %% y$ and $y %% x$ differ.",
    "The text %%here%% goes on.",
    "%% is the remainder and %/% the quotient, 7 %% 3 is 1.",
    "Wrapped, 8\n%% 4 is 0, and 7\n%% 3 is 1.",
    "Take this:\n\n    %% of Obsidian %%\n\n    <!-- of HTML -->\n\nas it is.",
    "Write ``%% a %%`` or `` `%%` ``.",
    "```x <!-- y -->``` stays.",
    "$$\n%% first\na = b\n%%\n$$",
    "%%time\nx = 1\n\n%%\ny = 2",
    "A page begins <!-- here --> and ends.",
    "An open <!-- begins\n\nand the text ends with -->",
    "<!-- a <!-- b",
  ])("that are none, or stand in a line, are shown: %j", (text) => {
    expect(shown(text)).toBe(folded(text));
  });

  test.each([
    ["<!-- a\n\nb -->\nText.\n  <!-- c --> <!-- d -->\nMore.", "Text. More."],
    ["%%a%%\nText.\n%%\n\nb 5 % of c\n\n%%\nMore.", "Text. More."],
  ])("of whole lines are not: %j", (text, rest) => {
    expect(shown(text)).toBe(rest);
  });

  test("are found in time that grows with the text", () => {
    const started = process.cpuUsage();
    for (const part of ["<!-- ", "%% ", "\n%% ", "\n<!-- ", "`` ` ", "$$\n", "\n$$ ", "\n[a]: b "])
      shown(`x <!-- ${part.repeat(40_000)}`);
    // Quadratic work on any of these takes minutes.
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(20_000);
  });
});

describe("where links are defined", () => {
  test.each([
    "[Anna]: yes\n[Bob]: yes/no\n[Anna]: ok.\n\nI asked [Anna] about it.",
    "[deadline]: 2026-12-24\n[start]: 12/01/2026\n[ticket]: #123",
    "[Anna]: <laughs>\n[Bob]: 3.5",
  ])("is not in %j", (text) => {
    expect(shown(text)).toBe(folded(text));
  });

  test.each([
    "https://e.org/x",
    "mailto:a@e.org",
    "../up",
    "/root",
    "docs/page.html#part",
    "docs/",
    "page.md",
    "page.md#part",
    "#part",
    "<a b.md>",
  ])("is not shown: %s", (place) => {
    expect(shown(`The text.\n\n[a]: ${place}\n[b]: ${place} "Title"\n\nMore.`)).toBe("The text. More.");
  });

  test("goes by the references where a place may be a word", () => {
    expect(shown("See [it][a] and ![b].\n\n[A]: docs/guide\n[b]: logo.png\n[c]: logo.png")).toBe(
      "See [it][a] and ![b]. [c]: logo.png",
    );
  });

  test("is shown where its label is asked for and nothing refers to it", () => {
    const text = "The plan of the house.\n\n[Anna]: https://e.org/plan";
    expect(shown(text, "what did Anna send, the plan")).toContain("[Anna]: https://e.org/plan");
    expect(shown(`${text}\n\nSee [her][Anna].`, "Anna plan")).not.toContain("e.org");
  });
});
