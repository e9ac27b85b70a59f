import { describe, expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";
import { addTags } from "../../../src/knowledge/tag-edit.ts";

function added(text: string, tags: readonly string[] = ["new"]): string {
  return addTags(text, tags, "a.md").text;
}

function refusal(text: string): string {
  try {
    addTags(text, ["new"], "a.md");
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "not refused";
}

describe("only the tags' bytes change", () => {
  test.each([
    ["a flow list", "---\ntags: [a, b]\n---\nx\n", "---\ntags: [a, b, new]\n---\nx\n"],
    ["an empty flow list", "---\ntags: []\n---\nx\n", "---\ntags: [new]\n---\nx\n"],
    ["a flow list with a trailing comma", "---\ntags: [a, ]\n---\n", "---\ntags: [a, new, ]\n---\n"],
    ["quoted items", "---\ntags: ['a b', \"c\"]\n---\n", "---\ntags: ['a b', \"c\", new]\n---\n"],
    [
      "a flow list over several lines",
      "---\ntags: [\n  a, # one\n  b # two\n]\n---\n",
      "---\ntags: [\n  a, # one\n  b, new # two\n]\n---\n",
    ],
    [
      "a block list",
      "---\ntags:\n  - a\n  - b\ntitle: T\n---\n",
      "---\ntags:\n  - a\n  - b\n  - new\ntitle: T\n---\n",
    ],
    ["a block list at the margin", "---\ntags:\n- a\n---\n", "---\ntags:\n- a\n- new\n---\n"],
    [
      "a block list with comments",
      "---\ntags:\n  - a # why\n  # more\ntitle: T # x\n---\n",
      "---\ntags:\n  - a # why\n  - new\n  # more\ntitle: T # x\n---\n",
    ],
    ["one word", "---\ntags: a\n---\n", "---\ntags: a, new\n---\n"],
    ["words with commas", "---\ntags: a, b # c\n---\n", "---\ntags: a, b, new # c\n---\n"],
    ["words with spaces", "---\ntags: a b\n---\n", "---\ntags: a b new\n---\n"],
    ["words in double quotes", '---\ntags: "a, b"\n---\n', '---\ntags: "a, b, new"\n---\n'],
    ["words in single quotes", "---\ntags: 'a b'\n---\n", "---\ntags: 'a b new'\n---\n"],
    ["empty quotes", '---\ntags: ""\n---\n', '---\ntags: "new"\n---\n'],
    ["a number", "---\ntags: 2024\n---\n", "---\ntags: 2024, new\n---\n"],
    ["no value", "---\ntags:\ntitle: T\n---\n", "---\ntags: [new]\ntitle: T\n---\n"],
    ["no value and a comment", "---\ntags: # none yet\n---\n", "---\ntags: [new] # none yet\n---\n"],
    ["an explicit null", "---\ntags: null\n---\n", "---\ntags: [new]\n---\n"],
    ["a tilde", "---\ntags: ~ # x\n---\n", "---\ntags: [new] # x\n---\n"],
    ["a single tag key", "---\ntag: a\n---\n", "---\ntag: a, new\n---\n"],
    [
      "no tags key",
      "---\n# comment\nz: 1\n\na:   'x'  # odd\n---\nbody",
      "---\n# comment\nz: 1\n\na:   'x'  # odd\ntags: [new]\n---\nbody",
    ],
    ["a block text at the end", "---\ntext: |\n  one\n\n---\n", "---\ntext: |\n  one\n\ntags: [new]\n---\n"],
    ["an indented mapping", "---\n# x\n  title: T\n---\n", undefined],
    ["a flow mapping", "---\n{title: T, a: [1]}\n---\n", "---\n{title: T, a: [1], tags: [new]}\n---\n"],
    ["empty front matter", "---\n---\nx", "---\ntags: [new]\n---\nx"],
    ["front matter of comments", "---\n# only\n---\nx", undefined],
    ["dots at the end", "---\ntitle: T\n...\nx", "---\ntitle: T\ntags: [new]\n...\nx"],
    ["spaces after the markers", "--- \ntitle: T\n---  \nx", "--- \ntitle: T\ntags: [new]\n---  \nx"],
    ["a byte order mark", "\uFEFF---\ntags: [a]\n---\n", "\uFEFF---\ntags: [a, new]\n---\n"],
    [
      "CRLF",
      "---\r\ntags:\r\n  - a\r\ntitle: T\r\n---\r\nx\r\n",
      "---\r\ntags:\r\n  - a\r\n  - new\r\ntitle: T\r\n---\r\nx\r\n",
    ],
    ["CRLF and no tags", "---\r\ntitle: T\r\n---\r\nx\r\n", "---\r\ntitle: T\r\ntags: [new]\r\n---\r\nx\r\n"],
    [
      "mixed line ends in the body",
      "---\ntags: [a]\n---\r\none\rtwo\n\r\n",
      "---\ntags: [a, new]\n---\r\none\rtwo\n\r\n",
    ],
    ["no front matter", "# Title\n\ntext", "---\ntags: [new]\n---\n\n# Title\n\ntext"],
    ["no front matter, an empty line first", "\n# Title\n", "---\ntags: [new]\n---\n\n# Title\n"],
    [
      "no front matter, CRLF, byte order mark",
      "\uFEFFtext\r\n",
      "\uFEFF---\r\ntags: [new]\r\n---\r\n\r\ntext\r\n",
    ],
    ["an empty document", "", "---\ntags: [new]\n---\n"],
    [
      "trailing white space and no last line end",
      "---\ntags: [a]   \n---\nx  \n\n\t",
      "---\ntags: [a, new]   \n---\nx  \n\n\t",
    ],
    [
      "anchors elsewhere",
      "---\na: &x [1]\nb: *x\ntags: [t]\n---\n",
      "---\na: &x [1]\nb: *x\ntags: [t, new]\n---\n",
    ],
    ["a nested tags key", "---\nmeta:\n  tags: [no]\ntags: [yes]\n---\n", undefined],
    [
      "duplicate words in the body",
      "---\ntags: [a]\n---\ntags: [a]\n---\n",
      "---\ntags: [a, new]\n---\ntags: [a]\n---\n",
    ],
  ])("%s", (_, before, after) => {
    if (after !== undefined) {
      expect(added(before)).toBe(after);
      return;
    }
    // Either the tag comes in without another change, or the text is refused.
    const result = refusal(before);
    expect(["not refused", "front-matter.broken", "front-matter.unsupported"]).toContain(result);
    if (result === "not refused")
      expect(added(before).replace(/(?:tags: \[new\]\n|, new|[ \t]+tags: \[new\]\n)/, "")).toBe(before);
  });

  test("several tags keep their order; those that are there, in whatever case, are not added", () => {
    expect(added("---\ntags: [Rust, a]\n---\n", ["b", "rust", "c"])).toBe(
      "---\ntags: [Rust, a, b, c]\n---\n",
    );
    const same = "---\ntags: [Rust,   a]\n---\n";
    expect(addTags(same, ["rust", "A"], "a.md")).toEqual({ text: same, added: [], tags: ["Rust", "a"] });
  });

  test("what YAML would not read as text is quoted", () => {
    const tags = [
      "2024",
      "1.5",
      "1e3",
      "0x1f",
      "true",
      "yes",
      "no",
      "on",
      "null",
      "2024-01-01",
      "12:30",
      "plain",
      "über/ärger",
    ];
    expect(added("x", tags)).toBe(
      '---\ntags: ["2024", "1.5", "1e3", "0x1f", "true", "yes", "no", "on", "null", "2024-01-01", "12:30", plain, über/ärger]\n---\n\nx',
    );
  });
});

describe("what cannot be edited safely is refused", () => {
  test.each([
    ["---\ntags: [a\n---\nx", "front-matter.broken"],
    ["---\ntitle: 'open\n---\nx", "front-matter.broken"],
    ["---\n\ttabs: no\n---\n", "front-matter.broken"],
    ["---\na: 1\na: 2\n---\n", "front-matter.broken"],
    ["---\ntags: [a]\ntags: [b]\n---\n", "front-matter.broken"],
    ["---\n- a list\n---\n", "front-matter.broken"],
    ["---\njust words\n---\n", "front-matter.broken"],
    ["---\ntitle: never closed\n\n# Text\n", "front-matter.broken"],
    ["---", "front-matter.broken"],
    ["---\rtitle: T\r---\rx", "front-matter.broken"],
    ["+++\ntitle = 'T' # why\n+++\n\nx", "front-matter.format"],
    ["\uFEFF+++\r\ntags = ['a']\r\n+++\r\nx", "front-matter.format"],
    ["\n+++\ntitle = 'T'\n+++\nx", "front-matter.format"],
    ["+++\n+++\nx", "front-matter.format"],
    ["+++\ntitle = \n+++\nx", "front-matter.broken"],
    ["+++\ntitle = 'never closed'\n\nx", "front-matter.broken"],
    ['{"title": "T"}\n\nx', "front-matter.format"],
    ['{\r\n  "tags": ["a"]\r\n}\r\nx', "front-matter.format"],
    ['{\n  "title": T\n}\nx', "front-matter.broken"],
    ["---\ntags: {a: 1}\n---\n", "front-matter.unsupported"],
    ["---\ntags: |\n  a b\n---\n", "front-matter.unsupported"],
    ["---\na: &t [x]\ntags: *t\n---\n", "front-matter.unsupported"],
    ["---\ntags: &t [x]\na: *t\n---\n", "front-matter.unsupported"],
  ])("%j", (text, code) => {
    expect(refusal(text)).toBe(code);
  });

  test.each(["+++\ntags = ['New']\n+++\nx", '{"tags": ["New"]}\nx'])(
    "%j has the tag already, which is no reason to refuse",
    (text) => {
      expect(addTags(text, ["new"], "a.md")).toEqual({ text, added: [], tags: ["New"] });
    },
  );

  test.each(["{{< figure >}}\nx", "{#anchor}\nx", "++++\nx"])("%j is no front matter", (text) => {
    expect(added(text)).toBe(`---\ntags: [new]\n---\n\n${text}`);
  });
});

describe("a page that begins with Logseq's properties", () => {
  test.each([
    ["has its tags added to", "tags:: a\n\n- x\n", "tags:: a, new, 2024\n\n- x\n"],
    ["may list them behind hashes", "tags:: #a #[[b c]]\n- x", "tags:: #a #[[b c]], new, 2024\n- x"],
    ["may list none yet", "title:: T\ntags::\nicon:: i\n", "title:: T\ntags:: new, 2024\nicon:: i\n"],
    ["may have a list that goes on", "tags:: a, \r\n- x", "tags:: a, new, 2024 \r\n- x"],
    [
      "gets a line of them",
      "title:: T\nalias:: A\n\n- x\n",
      "title:: T\nalias:: A\ntags:: new, 2024\n\n- x\n",
    ],
    ["keeps its line ends", "title:: T\r\n- x\r\n", "title:: T\r\ntags:: new, 2024\r\n- x\r\n"],
    ["may be one item", "- title:: T\n  alias:: A\n- x", "- title:: T\n  alias:: A\n  tags:: new, 2024\n- x"],
    ["may end there", "\uFEFFtitle:: T", "\uFEFFtitle:: T\ntags:: new, 2024"],
  ])("%s", (_, text, after) => {
    expect(added(text, ["new", "2024"]).replaceAll("[[2024]]", "2024")).toBe(after);
    const { tags, title } = parseDocument(added(text, ["new", "2024"]));
    expect(tags).toEqual(expect.arrayContaining(["new", "2024"]));
    expect(title).toBe(parseDocument(text).title);
    expect(added(added(text, ["new", "2024"]), ["NEW", "2024"])).toBe(added(text, ["new", "2024"]));
  });

  test.each([
    ["whose list an ingest does not read", "TAGS:: A\n\n- x\n"],
    ["that is code to an ingest", "\ttags:: a\n\nx\n"],
    ["that is code and lists no tags yet", "    title:: T\n\nx\n"],
  ])("is refused %s, also for a tag that seems to be there", (_, text) => {
    expect(refusal(text)).toBe("front-matter.unsupported");
    expect(() => addTags(text, ["a"], "a.md")).toThrow("no tags are read from");
  });

  test("and with front matter above them has its tags there", () => {
    expect(added("---\ntitle: T\n---\ntags:: a\n")).toBe("---\ntitle: T\ntags: [new]\n---\ntags:: a\n");
  });
});
