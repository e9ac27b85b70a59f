/** Fences below the tags of components in MDX, however far they are indented. */
import { describe, expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";

const headings = (text: string): string[] => parseDocument(text).headings.map((heading) => heading.text);
const tabs = (...lines: string[]): string =>
  [
    "# Page",
    "",
    "<Tabs>",
    '  <TabItem label="a">',
    ...lines,
    "  </TabItem>",
    "</Tabs>",
    "",
    "## Next",
    "",
  ].join("\n");

describe("a heading below a fence in a component is a heading", () => {
  test.each([
    ["that is closed further out", tabs("    ```ts", "    # no heading", "  ```")],
    ["that is indented by a tab", tabs("  \t```ts", "    # no heading", "    ```")],
    ["of tildes, with a longer end", tabs("    ~~~", "    ``` x", "    ~~~~")],
    ["after a blank line", tabs("", "    ```ts", "    # no heading", "  ```")],
    ["below a tag of several lines", tabs("  <Code", '    lang="x"', "  >", "    ```ts", "    x", "  ```")],
  ])("%s", (_, text) => {
    expect(headings(text)).toEqual(["Page", "Next"]);
  });
});

test("its lines are one block, and links in it are none", () => {
  const { blocks, links } = parseDocument(tabs("    ```md", "    [x](a.md)", "", "    [y](b.md)", "    ```"));
  expect(links).toEqual([]);
  expect(blocks.map(({ startLine, endLine }) => [startLine, endLine])).toContainEqual([5, 9]);
});

test("elsewhere four blanks are indented code, and what opens without an end is no fence", () => {
  expect(headings("# Page\n\nAs follows:\n\n    ```\n\n## Next\n\n    ```\n")).toEqual(["Page", "Next"]);
  expect(headings("# Page\n\n<Tabs>\n    ```ts\n    x\n\n## Next\n")).toEqual(["Page", "Next"]);
});

test("a fence right below an element of HTML is a fence, and links in it are none", () => {
  for (const before of [
    "<details>\n<summary>Show me the code</summary>",
    "<details><summary>x</summary>",
    "<div>",
  ]) {
    const text = `1. Do it.\n\n   ${before.replace("\n", "\n   ")}\n   \`\`\`html\n   <a href="/gone/">x</a>\n\n   # no heading\n   \`\`\`\n   </details>\n\n## Next\n\n[y](b.md)\n`;
    expect(parseDocument(text).links.map(({ target }) => target)).toEqual(["b.md"]);
    expect(headings(text)).toEqual(["Next"]);
  }
  expect(headings("<pre>\n```\n# text\n</pre>\n\n# Heading\n\n```\n")).toEqual(["Heading"]);
  const linked = parseDocument('<details>\n<a href="a.md">a</a>\n</details>\n');
  expect(linked.links.map(({ target }) => target)).toEqual(["a.md"]);
});
