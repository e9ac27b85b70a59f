import { describe, expect, test } from "bun:test";
import createParser from "markdown-it";
import { type ParsedDocument, parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { randomDocument, seeded } from "../../helpers/random.ts";

const headingsOf = (text: string): [number, string, number][] =>
  parseDocument(text).headings.map(({ level, text, line }) => [level, text, line]);

/** Lines that are not blank and belong to no block, or to two. */
function misplacedLines({ text, blocks, frontMatter }: ParsedDocument): number[] {
  const owners = new Map<number, number>();
  for (const { startLine, endLine } of blocks) {
    for (let line = startLine; line <= endLine; line++) owners.set(line, (owners.get(line) ?? 0) + 1);
  }
  return text
    .split("\n")
    .flatMap((content, index) => (content.trim() === "" ? [] : [index + 1]))
    .filter((line) => line > (frontMatter?.endLine ?? 0) && owners.get(line) !== 1);
}

describe("parseDocument", () => {
  test("headings of both kinds, as plain text", () => {
    const text =
      "# A *b* `c` [d](e.md) [[f|g]] &amp; \\*h\\*\n\nSetext\nover two\n===\n\nx\n---\n\n###### Six ######\n#no\n";
    expect(headingsOf(text)).toEqual([
      [1, "A b c d g & *h*", 1],
      [1, "Setext over two", 3],
      [2, "x", 7],
      [6, "Six", 10],
    ]);
  });

  test("a heading inside a list, a quote or code is not a section of the document", () => {
    expect(headingsOf("- # a\n\n> # b\n\n```\n# c\n```\n\n    # d\n\n# e\n")).toEqual([[1, "e", 11]]);
  });

  test.each([
    ["---\ntitle: Front\n---\n# Heading\n", "Front"],
    ["---\ntags: x\n---\n\n# Heading\n", "Heading"],
    ["---\ntags: x\n---\n\ntext\n\n# Heading\n", undefined],
    ["Heading\n=======\n\ntext\n", "Heading"],
    ["## Second\n\n# First\n", undefined],
    ["## Opening\n\ntext\n\n## Other\n", undefined],
    ["text\n\n## Not a title\n", undefined],
    ['---\ntitle: "\\u200b\\u2060"\n---\n# Heading\n', "Heading"],
    ["---\ntitle: \u2800\u3164\n---\n# \u200b\u00ad\n\ntext\n", undefined],
    ["# \u{e0061}\u202e\n\ntext\n", undefined],
    ["# \u200bHeading\n", "\u200bHeading"],
    ["## A part\n\ntext\n\n# Too late\n", undefined],
    ['[a]: http://e.org/x "T"\n[b]: c.md\n\n# After definitions\n', "After definitions"],
    ["[a]: http://e.org/x\nA sentence.\n\n# Too late\n", undefined],
    ["%% mind the gap %%\n\n# After a comment of Obsidian\n", "After a comment of Obsidian"],
    ["- a list\n\n# Later\n", undefined],
    ["> # Quoted\n\n# Later\n", undefined],
    ["<!-- note -->\n\n# Heading\n", "Heading"],
    ['import { A } from "a"\n\n# Heading\n', "Heading"],
    ["import nothing but words\n\n# Later\n", undefined],
    [
      '<p align="center"><img src="logo.svg"></p>\n\n[![build](b.svg)](ci) ![x](y.svg)\n\n# Project\n',
      "Project",
    ],
    ['<h1 align="center">The <b>project</b></h1>\n\ntext\n\n# Later\n', "The project"],
    ["<div>Words</div>\n\n# Later\n", undefined],
    ["# Heading {#part}\n", "Heading"],
    ["# One<br>two\n", "One two"],
    ["[TOC]\n\n# After the contents\n", "After the contents"],
    ["[[_TOC_]]\n# After the contents\n", "After the contents"],
    ["# Heading {: #part .wide }\n", "Heading"],
    ["# Heading {.wide} #\n", "Heading"],
    ["# {#part}\n", undefined],
    ["# A set {a, b}\n", "A set {a, b}"],
    ["# Issue {#} and {}\n", "Issue {#} and {}"],
    ["", undefined],
    ["#\n", undefined],
  ])("the title of %j is %p", (text, title) => {
    expect(parseDocument(text).title).toBe(title!);
  });

  test("lines of a document with front matter count from its first line", () => {
    const { headings, blocks, links } = parseDocument("---\na: b\n---\n\n# H\n\ntext\nand [x](y.md)\n");
    expect(headings[0]?.line).toBe(5);
    expect(blocks.map(({ startLine, endLine }) => [startLine, endLine])).toEqual([
      [5, 5],
      [7, 8],
    ]);
    expect(links[0]?.line).toBe(8);
  });

  test("reference definitions and what is nested too deeply are blocks as well", () => {
    const text = `[a]: b.md\n\n${">".repeat(3_000)} deep\n\n[c]: d.md\n`;
    expect(misplacedLines(parseDocument(text))).toEqual([]);
    expect(parseDocument(text).blocks).toHaveLength(3);
  });

  test("every line that is not blank belongs to one block", () => {
    for (let seed = 0; seed < 200; seed++) {
      expect([seed, misplacedLines(parseDocument(randomDocument(seeded(seed))))]).toEqual([seed, []]);
    }
  });

  test("also where markup is random", () => {
    const pieces =
      "# |> |- |* |1. |\n|\n\n|```|~~~|    |\t|---|===|[a]: |[x](y.md)|[[z]]|<!--|-->|<div>|</div>|a|b c|`|\\|$|\f"
        .replace("$", "\u2028")
        .split("|");
    for (let seed = 0; seed < 3_000; seed++) {
      const random = seeded(seed);
      const text = `x${Array.from({ length: random.between(1, 40) }, () => random.pick(pieces)).join("")}`;
      expect([text, misplacedLines(parseDocument(text))]).toEqual([text, []]);
    }
  });

  test("a document of many windows is read as if it were read at once", () => {
    const random = seeded(5);
    const parts: string[] = [];
    for (let size = 0; size < 3_000_000; size += parts.at(-1)!.length) {
      parts.push(randomDocument(random).replaceAll(/^---$/gm, "***"));
    }
    parts.push(`[late]: late.md\n\n\`\`\`\n${"# not a heading\n".repeat(120_000)}\`\`\`\n\nThe end.\n`);
    const text = `[late]\n\n${parts.join("\n")}`;
    const whole = createParser({ html: true }).parse(text, {});
    const expected = whole.filter(({ level, map, nesting }) => level === 0 && map !== null && nesting >= 0);
    const { blocks, links } = parseDocument(text);
    const definition = text.split("\n").findIndex((line) => line.startsWith("[late]:")) + 1;
    expect(blocks.map(({ startLine }) => startLine).filter((line) => line !== definition)).toEqual(
      expected.map(({ map }) => map![0] + 1),
    );
    expect(links[0]).toEqual({ type: "link", target: "late.md", anchor: undefined, line: 1 });
  });

  test.each([
    ["brackets", "[".repeat(200_000)],
    ["brackets that end in a link", `${"[".repeat(100_000)}](a.md)`],
    ["images", `${"![".repeat(100_000)}](a.md)`],
    ["open wikilinks", `${"[[a".repeat(100_000)}]]`],
    ["open links", "[a](".repeat(50_000)],
    ["open comments", `x ${"<!-- tags: [A: ".repeat(20_000)}`],
    ["nested quotes", `${">".repeat(5_000)} deep\n`.repeat(50)],
    ["nested lists", "- ".repeat(50_000)],
    ["a long line", "word ".repeat(100_000)],
    ["a long word", "a".repeat(500_000)],
    ["emphasis in a heading", `# ${"*a_ ".repeat(100_000)}`],
    ["blank lines", "\n".repeat(500_000)],
    ["odd white space", "\t\f\v\u2028\u00a0\ufeff\n".repeat(1_000)],
    ["control characters", "\x01\x1b[31m\x7f\n".repeat(1_000)],
    ["a prototype", "[__proto__]: a.md\n[constructor]\n\n[__proto__] [constructor]\n"],
  ])("survives %s", (_, text) => {
    const parsed = parseDocument(text);
    expect(misplacedLines(parsed)).toEqual([]);
  });
});

describe("comments and anchors before a heading", () => {
  const text =
    '<!-- Old headings. -->\n\n<a id="former"></a>\n<a id="older"></a>\n\n## Threads\n\nText.\n\n<!-- more -->\n\n### Below\n\nMore.\n';

  test("belong to the heading", () => {
    const { blocks, headings } = parseDocument(text);
    expect(blocks.map(({ startLine, kind }) => [startLine, kind])).toEqual([
      [1, "heading"],
      [8, "prose"],
      [10, "heading"],
      [14, "prose"],
    ]);
    expect(headings.map(({ line }) => line)).toEqual([6, 12]);
  });

  test("stay blocks of their own where no heading follows, and so does HTML that shows something", () => {
    const kinds = (source: string) => parseDocument(source).blocks.map(({ kind }) => kind);
    expect(kinds("<!-- alone -->\n\nText.\n")).toEqual(["other", "prose"]);
    expect(kinds('<p><img src="x.png"></p>\n\n# Title\n')).toEqual(["other", "heading"]);
  });
});
