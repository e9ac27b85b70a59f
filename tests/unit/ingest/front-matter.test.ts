/** What front matter says: titles, tags, aliases, what cannot be read, and other languages than YAML. */
import { describe, expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { withFrontMatter } from "../../helpers/with-front-matter.ts";

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
    ["tags: [true, null, x]", ["true", "x"]],
    ["tags: 1.10 007", ["1.10", "007"]],
    [
      "tags: [1.10, 2024-01-02, no, 0x1F, 0o17, 1e3, .5, 1_000]",
      "1.10 2024-01-02 no 0x1F 0o17 1e3 .5 1_000".split(" "),
    ],
    ["tags: [[work]]", ["work"]],
    ["tags: [[a, b], c]", ["a", "b", "c"]],
  ])("%j has the tags %j", (yaml, tags) => {
    expect(withFrontMatter(yaml).tags).toEqual(tags);
  });

  test("keys are meant whatever their case, those as they are documented first", () => {
    const parsed = withFrontMatter("Title: A title\nTAGS: [one]\nAliases: [Other]");
    expect(parsed).toMatchObject({ title: "A title", tags: ["one"], aliases: ["Other"] });
    expect(withFrontMatter("Title: One\ntitle: Two")).toMatchObject({ title: "Two" });
  });

  test("one alias may contain spaces", () => {
    expect(withFrontMatter("alias: One name, Another").aliases).toEqual(["One name", "Another"]);
  });

  test.each([
    "1.10",
    "007",
    "21E08",
    "20240101120000123",
    "0x1F",
    "0o17",
    "2024.10",
    "true",
    "no",
    "2024-01-02",
    "12:30",
    "-0",
    ".inf",
    "1_000",
  ])("%s stays as it is written, as title, alias and tag", (written) => {
    const parsed = withFrontMatter(`title: ${written}\naliases: [${written}]\ntags:\n  - ${written}`);
    expect(parsed).toMatchObject({ title: written, aliases: [written], tags: [written] });
    expect(withFrontMatter(`title: "${written}"\nalias: ${written}`)).toMatchObject({
      title: written,
      aliases: [written],
    });
  });

  test("what is empty, or null without quotes, is nothing", () => {
    expect(withFrontMatter("title: null\naliases: [~, null]\ntags: [null]")).toMatchObject({
      title: undefined,
      aliases: [],
      tags: [],
    });
    expect(withFrontMatter("title: 'null'\naliases: ['null']")).toMatchObject({
      title: "null",
      aliases: ["null"],
    });
  });

  test("an alias in a list may hold commas, a colon and brackets", () => {
    expect(
      withFrontMatter("aliases:\n  - Smith, Jane\n  - Part one: the start\n  - [[Other]]").aliases,
    ).toEqual(["Smith, Jane", "Part one: the start", "Other"]);
  });

  test("may be closed by three dots, and may be empty", () => {
    expect(parseDocument("---\ntitle: T\n...\nx").title).toBe("T");
    expect(parseDocument("---\n---\n# T\n").title).toBe("T");
    expect(parseDocument("---\n---\n# T\n").frontMatter?.endLine).toBe(2);
  });

  test.each([
    ["a break and prose", "---\nA thought: it goes on.\n\nBody.\n"],
    ["a shortcode", '{{< figure "x" >}}\n\nBody.\n'],
    ["a text that begins with an object", '{"a": 1} is an object.\n'],
    ["a line of plus signs", "+++\n\nBody, and more of it.\n\n+++\n"],
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
    ["endless", "a: &a\n  b:\n    - *a"],
    [
      "a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh"
        .split("")
        .map((key, i) => `${key}: &${key} [${Array(9).fill(`*${"abcdefg"[i]}`).join(",")}]`)
        .join("\n")}`,
    ],
  ])("%s front matter is kept apart and gives nothing", (kind, yaml) => {
    const parsed = withFrontMatter(`${yaml}\nrelated: other.md`);
    expect(parsed.frontMatter?.problem).toBeString();
    expect(parsed.title).toBeUndefined();
    // What stands beside it in a block that somebody wrote by hand is read.
    const isWritten = kind !== "deep" && kind !== "enormous";
    expect(parsed.links.map(({ target }) => target)).toEqual(isWritten ? ["other.md"] : []);
    expect(parsed.blocks).toHaveLength(1);
  });

  test.each([
    ["title: Part one: the start", "Part one: the start"],
    ["title: [draft] The start", "[draft] The start"],
    ["title: @bob and I", "@bob and I"],
    ["title: `code` first", "`code` first"],
    ["title: *starred*", "*starred*"],
    ["title: %done", "%done"],
    ["title: - and on", "- and on"],
    ["title: > quoted", "> quoted"],
    ['title: "Half" quoted # aside', '"Half" quoted'],
  ])("a line that is no YAML, %s, says what is written, and the others what they say", (line, title) => {
    const parsed = withFrontMatter(`tags:\n  - a\n${line}\nrelated: "[[Other]]"\ndate: 2024-03-01`);
    expect(parsed).toMatchObject({ title, tags: ["a"], fields: { date: ["2024-03-01"] } });
    expect(parsed.links.map(({ target, line: at }) => [target, at])).toEqual([["Other", 5]]);
    expect(parsed.frontMatter?.problem).toBeString();
    expect(parsed.frontMatter?.problemLine).toBe(4);
    expect(parsed.frontMatter?.faults.map(({ asText }) => asText)).toEqual([true]);
  });

  test("a page before or after, as VitePress and Starlight have it with a text of its own, is a link", () => {
    const { links } = withFrontMatter("prev: false\nnext:\n  text: The other guide\n  link: /guide/other.md");
    expect(links).toMatchObject([{ type: "next", target: "/guide/other.md" }]);
  });

  test("wikilinks in a line that is no YAML are links", () => {
    const { links } = withFrontMatter("summary: Met [[@bob]] about [[Foo, Bar]]: good");
    expect(links.map(({ target }) => target)).toEqual(["@bob", "Foo, Bar"]);
  });

  test("a key that is repeated does not make it unreadable, and is named with its line", () => {
    const parsed = withFrontMatter("title: A\nx:\n  y: 1\ntitle: B");
    expect(parsed.title).toBe("B");
    expect(parsed.frontMatter).toMatchObject({
      problem: 'the key "title" is there twice, and only the last one counts',
      problemLine: 5,
    });
    expect(withFrontMatter("a:\n  b: 1\n  b: 2").frontMatter?.problemLine).toBe(4);
    expect(withFrontMatter("a: {x: 1}\nb: {x: 1}").frontMatter?.problem).toBeUndefined();
  });

  test.each([
    ["---\ntitle: T\n\nBody.\n", "a line ---"],
    ["+++\ntitle = 'T'\n\nBody.\n", "a line +++"],
    ['{\n  "title": "T",\n\nBody.\n', "the brace that belongs to its first one"],
  ])("%j is never closed: all of it is body, and that is said", (text, closing) => {
    const { frontMatter, blocks, title } = parseDocument(text);
    expect(frontMatter).toMatchObject({
      endLine: 0,
      problem: `it is never closed by ${closing}`,
      problemLine: 1,
    });
    expect(blocks[0]?.startLine).toBe(1);
    expect(title).toBeUndefined();
  });

  test.each([
    ['title: "The talk\ntags: [a]\ndate: x', 2, 'a quotation mark is opened here and never closed by "'],
    ["a: 1\ntitle: 'The talk\nb: c", 3, "a quotation mark is opened here and never closed by '"],
    ['a: "b"\ntags: ["a", "b]\nb: c', 3, 'a quotation mark is opened here and never closed by "'],
    ["title: [open\nx: y", 2, "a bracket is opened here and never closed by ]"],
    ["a: [b]\nc: {d: e\n\nx: y", 3, "a bracket is opened here and never closed by }"],
    ["title: T\nfoo\nbar: 1", 3, "it has no key"],
    ["a: 1\n\tb: 2", 3, "Tabs are not allowed as indentation"],
  ])("%j is at fault in line %d", (yaml, line, problem) => {
    expect(withFrontMatter(yaml).frontMatter).toMatchObject({ problem, problemLine: line });
  });

  test("the line is that of the file, also below what is left out of a text", () => {
    const drawing = `icon: "data:image/png;base64,\\\n${`${"iVBORw0KGgo".repeat(7)}\\\n`.repeat(12)}AAAA"`;
    const line = `${drawing}\n`.split("\n").length + 1;
    expect(withFrontMatter(`${drawing}\nx: [open\ny: z`).frontMatter?.problemLine).toBe(line);
  });
});

describe("front matter of other languages than YAML", () => {
  const toml = [
    "+++",
    "# Hugo's",
    'title = "The talk" # why',
    "date = 2024-03-01",
    "updated = 2024-03-02T10:00:00Z",
    "draft = false",
    "weight = 7",
    'tags = ["one", "#two"]',
    'aliases = ["Other name"]',
    'related = ["other.md"]',
    "[params]",
    'hero = "x.png"',
    "+++",
    "",
    "Body.",
  ].join("\n");
  const json = [
    "{",
    '  "title": "The talk",',
    '  "date": "2024-03-01", "updated": "2024-03-02T10:00:00Z",',
    '  "draft": false, "weight": 7,',
    '  "tags": ["one", "#two"], "aliases": ["Other name"],',
    '  "params": { "hero": "x {\\" }.png" },',
    '  "related": ["other.md"]',
    "}",
    "",
    "Body.",
  ].join("\n");

  test.each([
    ["TOML", toml, 13, 10],
    ["JSON", json, 8, 7],
  ])("%s gives title, tags, aliases, fields and relations", (format, text, endLine, line) => {
    const { title, tags, aliases, fields, links, frontMatter, blocks } = parseDocument(text);
    expect({ title, tags, aliases }).toEqual({
      title: "The talk",
      tags: ["one", "two"],
      aliases: ["Other name"],
    });
    expect(fields).toMatchObject({ draft: ["false"], weight: ["7"], date: ["2024-03-01"] });
    expect(Date.parse(fields.updated?.[0] ?? "")).toBe(Date.UTC(2024, 2, 2, 10));
    expect(links).toMatchObject([{ target: "other.md", type: "related", line }]);
    expect(frontMatter).toMatchObject({ format, endLine, problem: undefined });
    expect(blocks).toHaveLength(1);
  });

  test.each([
    [
      "TOML",
      [
        "+++",
        "title = 1.10 # as it is",
        "tags = [1.10, 007,",
        "  '3.0', 1_000]",
        'note = "x = 2.10, [3.10]"',
        "more = [0x1F, 1e10]",
        "[1.20]",
        "date = 2024-03-01",
        "+++",
        "Body.",
      ].join("\n"),
    ],
    [
      "JSON",
      '{"title": 1.10, "tags": [1.10, "007", "3.0", "1_000"],\n "note": "x = 2.10, [3.10]",\n "more": ["0x1F", 1e10]}\n\nBody.\n',
    ],
  ])("numbers of %s keep their spelling", (format, text) => {
    const { title, tags, fields, frontMatter } = parseDocument(text);
    expect(frontMatter).toMatchObject({ format, problem: undefined });
    expect({ title, tags }).toEqual({ title: "1.10", tags: ["1.10", "007", "3.0", "1_000"] });
    expect(fields).toMatchObject({ note: ["x = 2.10, [3.10]"], more: ["0x1F", "1e10"] });
  });

  test.each([
    ["+++\ntitle = 'T'\nx = \n+++\nBody.\n", 3],
    ["+++\ntitle = 'T'\ntitle = 'U'\n+++\nBody.\n", 3],
    ['{\n  "title": "T"\n  "x": 1\n}\nBody.\n', 3],
    [`+++\na = ${"[".repeat(100_000)}\n+++\nBody.\n`, undefined],
    [`{"a":\n${'{"b":'.repeat(100_000)}1${"}".repeat(100_001)}\nBody.\n`, undefined],
  ])("what cannot be read of it is named, and gives nothing", (text, line) => {
    const { title, frontMatter, blocks } = parseDocument(text);
    expect(title).toBeUndefined();
    expect(blocks).toHaveLength(1);
    expect(frontMatter?.problem).toBeString();
    if (line !== undefined) expect(frontMatter?.problemLine).toBe(line);
  });

  test.each([
    ["brackets", "a: #", "[", "]", ""],
    ["brackets that are never closed", "a: #", "[", "", ""],
    ["brackets over lines", "a: #", "[ \n  ", "]", ""],
    ["braces", "a: #", "{b: ", "}", "1"],
    ["lists in one line", "a:\n  #", "- ", "", "x"],
    ["keys in one line", "a:\n  #", "? ", "", "x"],
  ])("%s that nest by the thousand are named, and lose nothing else", (_, around, open, close, inmost) => {
    const started = process.cpuUsage();
    for (const depth of [150, 1_000, 2_000]) {
      const deep = around.replace("#", open.repeat(depth) + inmost + close.repeat(depth));
      const { title, frontMatter } = withFrontMatter(`title: T\n${deep}\ntags: [one]`);
      expect(frontMatter?.problem).toBe("is nested more than 100 deep");
      expect(frontMatter?.problemLine).toBeGreaterThan(2);
      expect(title).toBe("T");
    }
    const deepest = around.replace("#", open.repeat(30_000) + inmost + close.repeat(30_000));
    expect(withFrontMatter(deepest).frontMatter?.problem).toBe("is nested more than 100 deep");
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(20_000);
  });

  test("brackets in quotes and blocks nest nothing, nor do those that are side by side", () => {
    const brackets = "[".repeat(500);
    const text = `title: "${brackets}"\nb: |\n  ${brackets}\nc: '${brackets}'\nd:\n${"  - [x]\n".repeat(200)}`;
    const { title, frontMatter } = withFrontMatter(text);
    expect(frontMatter?.problem).toBeUndefined();
    expect(title).toBe(brackets);
  });

  test("JSON that nests as deep as the stack says the same", () => {
    const { frontMatter } = parseDocument(`{"a": ${"[".repeat(30_000)}${"]".repeat(30_000)}}\nBody.\n`);
    expect(frontMatter?.problem).toBe("is nested more than 100 deep");
  });
});
