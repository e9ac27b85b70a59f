import { describe, expect, test } from "bun:test";
import { parseDocument } from "../../../src/ingest/markdown/parse.ts";

const linksIn = (text: string): string[] =>
  parseDocument(text).links.map(
    ({ type, target, anchor, line }) =>
      `${line} ${type} ${target}${anchor === undefined ? "" : ` # ${anchor}`}`,
  );

describe("markdown links", () => {
  test.each([
    ["[a](b.md)", ["1 link b.md"]],
    ["[a](<b c.md> 'title')", ["1 link b c.md"]],
    ["[a](b%20c.md#Some%20part)", ["1 link b%20c.md # Some%20part"]],
    ["[a *b* `c`](d.md) and [e](f.md)", ["1 link d.md", "1 link f.md"]],
    ["[![image](i.png)](doc.md)", ["1 link doc.md"]],
    ["[a][ref]\n\n[ref]: b.md#x", ["1 link b.md # x"]],
    ["[Ref][] and [ref]\n\n[REF]: b.md", ["1 link b.md", "1 link b.md"]],
    ["# [a](b.md)", ["1 link b.md"]],
    ["- x\n  - [a](b.md)\n\n> q\n> [c](d.md)", ["2 link b.md", "5 link d.md"]],
    ["|a|b|\n|-|-|\n|x|y|\n|[a](b.md)|[[c\\|d]]|", ["4 link b.md", "4 wikilink c"]],
    [
      "|a|b|\n|-|-|\n|x [[c|d]]|`[[e|f]]` [g](h.md)|\n|![[i#j|k]]|y|",
      ["3 wikilink c", "3 link h.md", "4 embed i # j"],
    ],
    ['see <a class=x href="b.md#c">b</a> and <A HREF=d.md>d</A>', ["1 link b.md # c", "1 link d.md"]],
    ["<div>\n<a href='b.md'>b</a>\n<!-- <a href=\"no.md\"> -->\n</div>", ["2 link b.md"]],
    ['<LinkCard href="/x/" />\n\n<Tab>\n[a](b.md)\n</Tab>', ["1 link /x/", "4 link b.md"]],
    ["<Tab>\n```md\n[a](b.md)\n```\n</Tab>\n\n## [c](d.md)", ["7 link d.md"]],
    ["![note](my%20note.md) ![[x]]", ["1 embed my%20note.md", "1 embed x"]],
    [
      "![note|300](note.md) ![](note.md =100x20) ![](my note.md) [a](my note.md#b)",
      ["1 embed note.md", "1 embed note.md", "1 embed my note.md", "1 link my note.md # b"],
    ],
    ["![][n] ![n]\n\n[n]: note.md", ["1 embed note.md", "1 embed note.md"]],
    ['[a]({{< ref "b.md#c" >}})\nand [d]({{% relref "/blog/d" %}})', ["1 ref b.md # c", "2 ref /blog/d"]],
    ["[a]({{<ref b.md>}}) {{< relref path=\"c d.md\" lang='de' >}}", ["1 ref b.md", "1 ref c d.md"]],
    [
      '- **x** [a]({{< relref "b" >}}) ![[c]]\n\n> {{< ref `d.md` >}}',
      ["1 ref b", "1 embed c", "3 ref d.md"],
    ],
    ['<div><a href="{{< ref "b.md" >}}">b</a></div>', ["1 ref b.md"]],
    ['`{{< ref "b.md" >}}` {{< figure src="b.md" >}} {{</* ref "b.md" */>}} {{ ref }}', []],
    ["[a]({% link docs/b.md %}) [c]({% link d.md %}#e)", ["1 link /docs/b.md", "1 link /d.md # e"]],
    ["[a]({{ site.baseurl }}{% link b.md %})", ["1 link {{ site.baseurl }}/b.md"]],
    ["[a]({{ '/b/' | relative_url }}) [c]({{ \"d\" | absolute_url }}#e)", ["1 link /b/", "1 link /d # e"]],
    ["[a]({{ site.baseurl }}/b) ![c]({{ '/c.png' | relative_url }})", ["1 link {{ site.baseurl }}/b"]],
    [
      "[a]({% post_url 2024-01-31-b %}) [c]({% post_url /d/2024-02-01-e %})",
      ["1 ref 2024-01-31-b", "1 ref 2024-02-01-e"],
    ],
    ["<a href=\"{{ '/b/' | relative_url }}\">b</a>", ["1 link /b/"]],
    ["`[a]({% link b.md %})` {% link b.md %} [a](not a {{ template }} at all)", []],
    [
      '<RouterLink to="/b.html">b</RouterLink> <Link to="/c">c</Link> <Move to="/d">d</Move>',
      ["1 link /b.html", "1 link /c"],
    ],
    [
      "import A from './_a.mdx'\nimport { b } from \"@site/docs/b.md\";\nimport c from './c.ts'",
      ["1 embed ./_a.mdx", "2 embed @site/docs/b.md"],
    ],
    [
      "text\n\n{{#include b.md:3:5}} and `{{#include c.md}}`\n\n<!--@include: ./d.md{1,3}-->",
      ["3 embed b.md", "5 embed ./d.md"],
    ],
    ["{!docs/b.md!} and `{!c.md!}`, {{!d.md!}}", ["1 embed docs/b.md"]],
    ['--8<-- "docs/b.md"\n\n```\n--8<-- "c.md"\n```', ["1 embed docs/b.md"]],
    ["a[^1]\n\n[^1]: [b](b.md)", ["1 link b.md"]],
    ["a[^1]\n\n[^1]: [[b]]", ["1 wikilink b"]],
    ["[the page]([[b]]) [[c]]", ["1 wikilink b", "1 wikilink c"]],
    ["[a](Part (one).md) [b](Part(two).md#x)", ["1 link Part (one).md", "1 link Part(two).md # x"]],
    ['<div markdown="1">\n[a](b.md)\n</div>\n\n<div class="x">\n[c](d.md)\n</div>', ["2 link b.md"]],
    [
      '<map><area href="b.md"></map> <include src="c.md"/> <Snippet file="d.mdx" />',
      ["1 link b.md", "1 embed c.md", "1 embed d.mdx"],
    ],
    ["{doc}`b`, {doc}`the page <../c/d#e>` and {ref}`f`, `{doc}` `g`", ["1 ref b", "1 ref ../c/d # e"]],
    [
      "```{toctree}\n:maxdepth: 2\n\nb\nThe page <c/d>\nself\ne/*\nA site <https://example.org>\n```",
      ["4 ref b", "5 ref c/d"],
    ],
    ["```{include} ../b.md\n:start-line: 2\n```", ["1 embed ../b.md"]],
    [
      "````{note} See [a](b.md)\n[[c]]\n````\n\n```{code-block} md\n[d](e.md)\n```\n\n```{r}\nx[[1]]\n```",
      ["1 link b.md", "2 wikilink c"],
    ],
    [
      '!!! note "See [a](b.md)"\n\n    [[c]]\n\n    ```\n    [d](e.md)\n    ```\n\n[f](g.md)',
      ["1 link b.md", "3 wikilink c", "9 link g.md"],
    ],
    [
      '=== "One"\n\n    - [a](b.md)\n\n=== "Two"\n\n    ??? tip\n\n        [c](d.md)\n\n            [e](f.md)',
      ["3 link b.md", "9 link d.md"],
    ],
    [
      '{{< include b.md >}} {% include_relative c.md %} {% include "d.md" %}\n{{e.md}}\n@import "f.md"',
      ["1 embed b.md", "1 embed c.md", "1 embed d.md", "2 embed e.md", "3 embed f.md"],
    ],
    [
      '--8<--\nb c.md\nd.md:part\n--8<--\n\n{{#rustdoc_include e.md:2}} {% partial file="f.md" /%}',
      ["2 embed b c.md", "3 embed d.md", "6 embed e.md", "6 embed f.md"],
    ],
    ["{% post_link some-post 'Title' %}", ["1 ref some-post"]],
    ["a[^1]\n\n[^1]: word", []],
    ["one\ntwo `a\nb` [a](b.md)\n[c](d.md)", ["3 link b.md", "4 link d.md"]],
  ])("%j", (text, links) => {
    expect(linksIn(text)).toEqual(links);
  });

  test.each([
    "`[a](b.md)` and `[[c]]`",
    "```\n[a](b.md) [[c]] <!-- tags: [A: b] -->\n```",
    "    [a](b.md)\n    [[c]]",
    "!!! note\n\n[a]: b.md",
    "```{mermaid}\n[a](b.md)\n```",
    "\\[a](b.md)",
    "[a](#part)",
    "![image](i.png)",
    "[not a reference]",
    '<a title="[[x]] [a](b.md)">text</a>',
  ])("%j has none", (text) => {
    expect(linksIn(text)).toEqual([]);
  });
});

describe("wikilinks and embeds", () => {
  test.each([
    ["[[a]]", ["1 wikilink a"]],
    ["as said[[1]](https://example.com/a#b), and", ["1 link https://example.com/a # b"]],
    ["[[1]](notes/b.md) [[2]](./c.md)", ["1 wikilink 1", "1 link ./c.md"]],
    ["[[a]] (see there) [[b]](or there)", ["1 wikilink a", "1 wikilink b"]],
    ["[[Some name|shown]]", ["1 wikilink Some name"]],
    ["[[folder/a.md#Part one|shown]]", ["1 wikilink folder/a.md # Part one"]],
    ["x[[a]]y ![[b]]\n![[c#d]]", ["1 wikilink a", "1 embed b", "2 embed c # d"]],
    ["# See [[a]]", ["1 wikilink a"]],
    ["[[a]](b.md)", ["1 wikilink a"]],
    ["[text [[a]] more](b.md)", ["1 wikilink a"]],
  ])("%j", (text, links) => {
    expect(linksIn(text).toSorted()).toEqual(links.toSorted());
  });

  test.each(["[[#Part]]", "[[#Part|shown]]", "[[]]", "[[ ]]", "[[a\nb]]", "[[a", "\\[[a]]"])(
    "%j has none",
    (text) => {
      expect(linksIn(text)).toEqual([]);
    },
  );
});

describe("comments", () => {
  test.each([
    "<!-- [[a]] [b](c.md) -->",
    "x <!-- [[a]] --> y",
    "<!--\n\n[[a]]\n\n-->",
    "{/* [[a]] [b](c.md) */}",
    "x {/* [[a]]\n[[b]] */} y",
    "{/*\n\n[[a]]\n\n# [[b]]\n\n- [[c]]\n\n*/}",
  ])("%j hold no links", (text) => {
    expect(linksIn(text)).toEqual([]);
  });

  test.each([
    ["{/* [[a]] */} [[b]]", ["1 wikilink b"]],
    ["{/*\n\n[[a]]\n\n[[b]]\n*/} [[c]]\n\n[[d]]", ["6 wikilink c", "8 wikilink d"]],
    ["`{/*` [[a]] `*/}`", ["1 wikilink a"]],
    ["{/*.md and [[a]]\n\n[[b]]", ["1 wikilink a", "3 wikilink b"]],
    ["{/* [[a]]\n\n{/* [[b]] */}", ["1 wikilink a"]],
  ])("%j end where they end", (text, links) => {
    expect(linksIn(text)).toEqual(links);
  });
});

describe("relations in comments", () => {
  test.each([
    ["<!-- tags: [EXTENDS: base.md] -->", ["1 extends base.md"]],
    ["text <!-- tags: [Extends: base.md#part] -->", ["1 extends base.md # part"]],
    ["<!-- tags: [A: x] [B: y] -->", ["1 a x", "1 b y"]],
    ["<!-- tags: [A: x, y, B: z] -->", ["1 a x", "1 a y", "1 b z"]],
    ["<!--\ntags: [SEE ALSO: [[Some name|shown]]]\n-->", ["1 see also Some name"]],
    ["line\n\n<div>\n<!-- tags: [A: x] -->\n</div>", ["4 a x"]],
    ["line\nmore <!-- tags: [A: x] -->", ["2 a x"]],
  ])("%j", (text, links) => {
    expect(linksIn(text)).toEqual(links);
  });

  test.each([
    "<!-- [A: x] -->",
    "<!-- tags: A x -->",
    "<!-- tags: [x] -->",
    "<!-- tags: [A: ] -->",
    "tags: [A: x]",
  ])("%j has none", (text) => {
    expect(linksIn(text)).toEqual([]);
  });
});

test("however many links HTML has in one line, finding their lines takes linear time", () => {
  const started = process.cpuUsage();
  for (const each of ["<!-- tags: [A: b] -->", '<a href="b.md">b</a>', '<LinkCard href="/x/" />']) {
    expect(linksIn(`<div>\n${each.repeat(300_000)}\n${each}</div>`).at(-1)).toStartWith("3 ");
  }
  // Quadratic work on any of these takes a minute.
  expect(process.cpuUsage(started).user / 1_000).toBeLessThan(30_000);
});

test("what a document shows and is no document is kept apart", () => {
  const { attachments } = parseDocument(
    '![a](i.png)\n<img src="j.svg">\n\n![[k.png]] ![b](img/l.png =10x)\n',
  );
  expect(attachments.map(({ target, line }) => `${line} ${target}`)).toEqual([
    "1 i.png",
    "2 j.svg",
    "4 img/l.png",
  ]);
});

test("links of a very long line are found", () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `word [x](${i}.md)`).join(" ");
  const targets = new Set(parseDocument(text).links.map(({ target }) => target));
  expect(targets.size).toBeGreaterThan(19_900);
});

test("what stands for a link on the page comes along where it is asked for", () => {
  const source = [
    "[plain](a.md), [**bold** and `code`](b.md), [[c|a name of *its own*]], [[d]], ![[e|300]],",
    "[![](logo.png)](f.md), [with a blank](g h.md), [by reference][g], <https://example.org>",
    "",
    "[g]: i.md",
  ].join("\n");
  const texts = parseDocument(source, "with texts").links.map(({ target, text }) => [target, text]);
  expect(texts).toEqual([
    ["a.md", "plain"],
    ["b.md", "bold and code"],
    ["c", "a name of its own"],
    ["d", undefined],
    ["e", undefined],
    ["f.md", undefined],
    ["g h.md", "with a blank"],
    ["i.md", "by reference"],
  ]);
  expect(parseDocument(source).links.every((link) => !("text" in link))).toBe(true);
});

test.each([
  ["an entry of a table of contents", (gap: string) => `\`\`\`{toctree}\n${gap}<\nb\n\`\`\`\n\n[c](d.md)`],
  ["an import", (gap: string) => `[c](d.md)\n\nimport${gap}x`],
])("%s may be full of blanks, and links beside it are found", (_, written) => {
  expect(linksIn(written(" ".repeat(50_000))).map((link) => link.replace(/^\d+ /, ""))).toContain(
    "link d.md",
  );
});
