/** Links that front matter has under its keys. */
import { describe, expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { withFrontMatter } from "../../helpers/with-front-matter.ts";

const relations = (yaml: string): [string, string][] =>
  withFrontMatter(yaml).links.map(({ type, target }) => [type, target]);

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

  test.each([
    ["up: [[2024]]", ["2024"]],
    ["up: [[20240101120000]]", ["20240101120000"]],
    ["up: [[Foo, Bar]]", ["Foo, Bar"]],
    ["up: [[A: B]]", ["A: B"]],
    ["up: [[true]]", ["true"]],
    ["up: [[Don't stop]]", ["Don't stop"]],
    ["up: '[[Don''t stop]]'", ["Don't stop"]],
    ['up: "[[Say \\"hi\\"]]"', ['Say "hi"']],
    ["up: [[a {b} & *c* | shown]]", ["a {b} & *c*"]],
    ["up: [[2024#Part: one]]", ["2024"]],
    ["up: ![[2024]]", ["2024"]],
    ["up: [[[2024]], [[Foo, Bar]]]", ["2024", "Foo, Bar"]],
    ["up: [[a]], [[b: c]]", ["a", "b: c"]],
    ["up: [[a]] and [[b]] # why", ["a", "b"]],
    ['up: "[[a]], [[b]]"', ["a", "b"]],
    ["up:\n  - [[2024]]\n  - [[A: B]]", ["2024", "A: B"]],
    ["up:\n- - [[1]]\n  - [[2]]", ["1", "2"]],
    ["up: >\n  see [[a]]\n  and [[2024]]", ["a", "2024"]],
    ["up:\n  [[Foo, Bar]],\n  [[x]]", ["Foo, Bar", "x"]],
    ["up: [\n  [[2024]],\n  [[b]]\n]", ["2024", "b"]],
    ['up: "[A](a.md), [B](<b c.md>)"', ["a.md", "b c.md"]],
    ["note: It's # [[no]]\nup: [[7]]", ["7"]],
  ])("%j leads to %j", (yaml, targets) => {
    expect(withFrontMatter(yaml).links.map(({ target }) => target)).toEqual(targets);
    expect(withFrontMatter(yaml).links.filter(({ tentative }) => tentative)).toEqual([]);
  });

  test("in a mapping, the nearest key says what the relation is", () => {
    expect(relations("meta:\n  up: [[2024]]\n  more: {down: [[Foo, Bar]], kind: text}")).toEqual([
      ["up", "2024"],
      ["down", "Foo, Bar"],
    ]);
  });

  const certainty = (yaml: string): string[] =>
    withFrontMatter(yaml).links.map(({ target, tentative }) => target + (tentative === true ? "?" : ""));

  test("a path is a reference under keys that are about documents; a plain word may be one", () => {
    expect(certainty("related: [a.md, ../b, notes/c, Some name]\nauthor: Ada")).toEqual([
      "a.md",
      "../b",
      "notes/c",
      "Some name?",
    ]);
    expect(certainty("depends_on: a.md#part\nsuperseded_by: b")).toEqual(["a.md", "b?"]);
    expect(certainty("related: one, two.md")).toEqual(["one, two.md?", "one?", "two.md"]);
    expect(certainty("relations: {builds on: c}")).toEqual(["c"]);
  });

  test("text that only stands under such a key is no link", () => {
    expect(certainty("next: false\nprevious: no\nparent: null\nup:")).toEqual([]);
    expect(certainty("parent: UI Components\nchildren: 2\nreferences: and/or")).toEqual([
      "UI Components?",
      "2?",
      "and/or?",
    ]);
    expect(certainty('matrix: [[1, 2]]\npattern: "^[[:alpha:]]+$"\nnote: see [[a]] for more')).toEqual([
      "1, 2?",
      ":alpha:?",
      "a?",
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
