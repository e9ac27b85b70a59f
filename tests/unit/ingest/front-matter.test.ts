import { describe, expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";

const withFrontMatter = (yaml: string) => parseDocument(`---\n${yaml}\n---\nBody.\n`);
const relations = (yaml: string): [string, string][] =>
  withFrontMatter(yaml).links.map(({ type, target }) => [type, target]);

describe("front matter", () => {
  test("gives title, tags and aliases", () => {
    const parsed = withFrontMatter("title: A title\ntags: [one, '#two']\naliases:\n  - Other name\n  - 42");
    expect(parsed.title).toBe("A title");
    expect(parsed.tags).toEqual(["one", "two"]);
    expect(parsed.aliases).toEqual(["Other name", "42"]);
  });

  test.each([
    ["tags: one two", ["one", "two"]],
    ["tags: one, two,three", ["one", "two", "three"]],
    ['tags: "#one #two #one"', ["one", "two"]],
    ["tag: single", ["single"]],
    ["tags:", []],
    ["tags: {a: b}", []],
    ["tags: [true, null, x]", ["x"]],
  ])("%j has the tags %j", (yaml, tags) => {
    expect(withFrontMatter(yaml).tags).toEqual(tags);
  });

  test("one alias may contain spaces", () => {
    expect(withFrontMatter("alias: One name, Another").aliases).toEqual(["One name", "Another"]);
  });

  test("may be closed by three dots, and may be empty", () => {
    expect(parseDocument("---\ntitle: T\n...\nx").title).toBe("T");
    expect(parseDocument("---\n---\n# T\n").title).toBe("T");
    expect(parseDocument("---\n---\n# T\n").frontMatter?.endLine).toBe(2);
  });

  test.each([
    ["unclosed", "---\ntitle: T\n\nBody.\n"],
    ["not on the first line", "\n---\ntitle: T\n---\n"],
    ["text between two thematic breaks", "---\n\nSome prose without keys\n\n---\n"],
    ["a list", "---\n- a\n- b\n---\n"],
  ])("%s is not front matter", (_, text) => {
    const parsed = parseDocument(text);
    expect(parsed.frontMatter).toBeUndefined();
    expect(parsed.blocks.length).toBeGreaterThan(0);
  });

  test.each([
    ["broken", "title: [unclosed"],
    ["with a tab", "a:\n\tb: c"],
    ["deep", `a: ${"[".repeat(100_000)}`],
    ["enormous", `title: T\n${"k: v\n".repeat(100_000)}`],
    [
      "a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
        .split("")
        .map((key, i) => `${key}: &${key} [${Array(9).fill(`*${"abcdefg"[i]}`).join(",")}]`)
        .join("\n")}`,
    ],
  ])("%s front matter is kept apart and gives nothing", (_, yaml) => {
    const parsed = withFrontMatter(`${yaml}\nrelated: other.md`);
    expect(parsed.frontMatter?.problem).toBeString();
    expect(parsed.title).toBeUndefined();
    expect(parsed.links).toEqual([]);
    expect(parsed.blocks).toHaveLength(1);
  });

  test("a key that is repeated does not make it unreadable", () => {
    expect(withFrontMatter("title: A\ntitle: B").title).toBe("B");
  });
});

describe("front-matter relations", () => {
  test("a wikilink under any key, quoted or bare, alone or in a list", () => {
    expect(relations('Author: "[[Ada|the author]]"')).toEqual([["author", "Ada"]]);
    expect(relations("author: [[Ada]]")).toEqual([["author", "Ada"]]);
    expect(relations('authors: ["[[Ada#Life]]", nobody, "[[Grace]]"]')).toEqual([
      ["authors", "Ada"],
      ["authors", "Grace"],
    ]);
    expect(relations("authors:\n  - [[Ada]]\n  - [[Grace]]")).toEqual([
      ["authors", "Ada"],
      ["authors", "Grace"],
    ]);
  });

  test("plain names and paths only under keys that are about documents", () => {
    expect(relations("related: [a.md, ../b, Some name]\nauthor: Ada\nmatrix: [[1, 2]]")).toEqual([
      ["related", "a.md"],
      ["related", "../b"],
      ["related", "Some name"],
    ]);
    expect(relations("depends_on: a.md#part\nsuperseded_by: b")).toEqual([
      ["depends_on", "a.md"],
      ["superseded_by", "b"],
    ]);
  });

  test("a mapping of relations", () => {
    expect(relations('relations:\n  Mentions: a.md\n  builds on: ["[[b]]", c]')).toEqual([
      ["mentions", "a.md"],
      ["builds on", "b"],
      ["builds on", "c"],
    ]);
  });

  test("title, tags and aliases are never relations", () => {
    expect(relations('title: "[[a]]"\ntags: ["[[b]]"]\naliases: ["[[c]]"]')).toEqual([]);
  });

  test("name the line on which the target stands", () => {
    const { links } = parseDocument("---\ntitle: T\nrelated:\n  - one.md\n  - two.md\n---\n");
    expect(links.map(({ line }) => line)).toEqual([4, 5]);
  });
});
