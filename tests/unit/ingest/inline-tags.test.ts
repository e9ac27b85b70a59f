/** Tags in the text of a note, as people of Obsidian and Logseq write them. */
import { expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";

const tagsOf = (text: string): readonly string[] => parseDocument(text).tags;

test.each([
  ["#house and #plan/roof, #Küche.", ["house", "plan/roof", "Küche"]],
  ["## Cheese #food\n\n- bought #market\n\n> quoted #too", ["food", "market", "too"]],
  ["---\ntags: [House, garden]\n---\n\n#house #new", ["House", "garden", "new"]],
  ["#one\n#two #one #ONE", ["one", "two"]],
  ["#add #bad #FED #facade #decade #AAAA #abab", ["add", "bad", "FED", "facade", "decade", "AAAA", "abab"]],
  [
    "tags:: #one #[[two, three]] [[four]] #five,six C#, 12, [[12]]",
    ["one", "two, three", "four", "five", "six C#", "12"],
  ],
  ["type:: contact\ntags:: house, [[old trades]], #roof", ["house", "old trades", "roof"]],
  [
    "#[[multi word tag]] and (no) #[[Plan/roof]], #one, #[[ one ]], #[[12|x]]",
    ["multi word tag", "Plan/roof", "one", "12"],
  ],
  ["| a | b |\n|---|---|\n| #cell | x |", ["cell"]],
])("%j", (text, tags) => {
  expect(tagsOf(text)).toEqual([...tags]);
});

test.each([
  "# Heading\n\n## Other\n",
  "Mended in #123, see #4-5 and C#.",
  "`#code` and ``a ` #b`` stay",
  "```\n#fenced\n```\n\n    #indented\n",
  "[part](#part), [[#part]], <a href='#part'>, https://example.org/#part",
  "C#[[page]], `#[[code]]`, #[[]], #[[a [b]]",
  "The colour #1a2b3c, or #a1b.",
  "| #FFF | #FAFAFA | #aabbcc | #FFFFFFAA |\n|---|---|---|---|\n| #fff | #ffffff | #AABBCCDD | #eee |",
  "[ref]: #part\n",
])("none in %j", (text) => {
  expect(tagsOf(text)).toEqual([]);
});

test("a page that is a tag is a link where it exists, and no dead link where it does not", () => {
  const linksOf = (text: string): unknown[] =>
    parseDocument(text).links.map(({ target, tentative }) => [target, tentative]);
  expect(linksOf("#[[old trades]], C#[[a]] and ##[[b]] [[c]]\n#[[d]]")).toEqual([
    ["old trades", true],
    ["a", undefined],
    ["b", undefined],
    ["c", undefined],
    ["d", true],
  ]);
  expect(linksOf("type:: [[contact]]\ntags:: house, [[old trades]], [[roof]]\nsee [[it]]")).toEqual([
    ["contact", undefined],
    ["old trades", true],
    ["roof", true],
    ["it", undefined],
  ]);
});

test("backticks without end are text, and a text of nothing else is gone through once", () => {
  expect(tagsOf("a ` b #tag")).toEqual(["tag"]);
  const many = Array.from({ length: 20_000 }, (_, n) => "`".repeat((n % 40) + 1)).join(" #x");
  expect(tagsOf(many).length).toBeLessThan(2);
  expect(tagsOf(Array.from({ length: 5_000 }, (_, n) => `#tag${n}x`).join(" "))).toHaveLength(200);
});

test("a long line is gone through once", () => {
  const started = process.cpuUsage();
  const LENGTH = 200_000;
  const long = (sign: string): string => sign.repeat(LENGTH);
  expect(tagsOf(`tags:: a${long(" ")}b, #c ${long(" ")}#d${long(" ")}\n`)).toHaveLength(3);
  expect(tagsOf(`#a${long("/")}b and #c${long("-")}\n`)).toHaveLength(2);
  // Quadratic work on any of these takes minutes.
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(20_000);
});
