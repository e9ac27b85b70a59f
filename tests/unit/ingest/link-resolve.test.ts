import { describe, expect, test } from "bun:test";
import { createLinkResolver, type LinkTarget } from "../../../src/ingest/markdown/resolve.ts";
import { seeded } from "../../helpers/random.ts";

const document = (id: string, ...aliases: string[]): LinkTarget => ({ id, aliases });

const DOCUMENTS = [
  document("README.md"),
  document("guide.md", "The Guide", "handbook"),
  document("docs/guide.md"),
  document("docs/setup.mdx"),
  document("docs/with space.md"),
  document("docs/First-Steps.md"),
  document("docs/100%25 sure.md"),
  document("docs/api/index.md"),
  document("docs/api/Client.md"),
  document("notes/deep/er/only.md", "handbook"),
  document("notes/Client.md"),
  document("notes/node.js.md"),
  document("notes/plain.txt"),
];
const resolve = createLinkResolver(DOCUMENTS);

function outcome(type: string, source: string, target: string): string {
  const resolution = resolve(source, { type, target, anchor: undefined });
  return resolution.kind === "resolved" ? resolution.id : resolution.kind;
}

describe("markdown links", () => {
  test.each([
    ["docs/a.md", "guide.md", "docs/guide.md"],
    ["docs/a.md", "./guide.md", "docs/guide.md"],
    ["docs/a.md", "../guide.md", "guide.md"],
    ["docs/a.md", "/guide.md", "guide.md"],
    ["docs/a.md", "guide", "docs/guide.md"],
    ["docs/a.md", "guide.md?plain=1", "docs/guide.md"],
    ["docs/a.md", "guide.html", "docs/guide.md"],
    ["docs/a.md", "with%20space.md", "docs/with space.md"],
    ["docs/a.md", "with space.md", "docs/with space.md"],
    ["docs/a.md", "100%25%20sure.md", "docs/100%25 sure.md"],
    ["docs/a.md", "100% sure.md", "docs/100%25 sure.md"],
    ["docs/a.md", "setup.mdx", "docs/setup.mdx"],
    ["docs/a.md", "api/", "docs/api/index.md"],
    ["docs/a.md", "api", "docs/api/index.md"],
    ["docs/a.md", "api\\Client.md", "docs/api/Client.md"],
    ["docs/a.md", "..\\notes\\node.js.md", "notes/node.js.md"],
    ["docs/a.md", "@/notes/node.js.md", "notes/node.js.md"],
    ["docs/a.md", "..", "README.md"],
    ["docs/a.md", "/", "README.md"],
    ["docs/api/Client.md", ".", "docs/api/index.md"],
    ["README.md", "notes/plain.txt", "notes/plain.txt"],
    ["docs/a.md", "with\u00a0space.md", "docs/with space.md"],
    ["docs/a.md", "guide\u200b.md", "docs/guide.md"],
    ["docs/a.md", "{filename}api/Client.md", "docs/api/Client.md"],
    ["docs/a.md", "{filename}/notes/node.js.md", "notes/node.js.md"],
    ["docs/a.md", "|filename|guide.md", "docs/guide.md"],
    ["docs/a.md", "project:guide.md", "docs/guide.md"],
  ])("from %s, %j is %s", (source, target, id) => {
    expect(outcome("link", source, target)).toBe(id);
  });

  test.each(["missing.md", "../../outside.md", "/missing.markdown", "api/missing.md#x", "GUIDE.md"])(
    "%j is unresolved",
    (target) => {
      expect(outcome("link", "docs/a.md", target.split("#")[0]!)).toBe("unresolved");
    },
  );

  test.each([
    "https://example.org/guide.md",
    "mailto:someone@example.org",
    "data:text/plain,x",
    "//example.org/guide.md",
    "../std/index.html",
    "{{ page.url }}/x",
    "~/assets/x",
    "{author}someone",
    "{tag}garden.md",
    "file:///home/someone/guide.md",
    "?query",
    "",
  ])("%j is external", (target) => {
    expect(outcome("link", "docs/a.md", target)).toBe("external");
  });
});

describe("links to what is no document", () => {
  test.each([
    ["image.png", ["docs/image.png"]],
    ["../src/main.rs", ["src/main.rs"]],
    ["LICENSE", ["docs/LICENSE"]],
    ["folder", ["docs/folder"]],
    ["/a%20b.pdf", ["a b.pdf", "a%20b.pdf"]],
    ["../../out.rs", []],
  ])("%j would lie at %j", (target, paths) => {
    expect(resolve("docs/a.md", { type: "link", target, anchor: undefined })).toEqual({
      kind: "file",
      paths,
    });
  });
});

describe("links that begin with a slash", () => {
  const site = createLinkResolver(
    [
      "site/content/en/guides/Getting Started.md",
      "site/content/en/guides/_index.md",
      "site/content/en/02-routing.mdx",
      "site/content/ja/guides/intro.md",
      "handbook/index.md",
      "other/content/en/02-routing.mdx",
      "README.md",
    ].map((id) => document(id, ...(id.includes("intro") ? ["/old/intro/"] : []))),
    [
      { prefix: "/", folder: "site/content/en/", site: "site/" },
      { prefix: "/ja/", folder: "site/content/ja/", site: "site/" },
      { prefix: "/book/", folder: "handbook/", site: "" },
      { prefix: "/", folder: "other/content/en/", site: "other/" },
    ],
  );
  const from = (source: string, target: string, anchor?: string): string => {
    const resolution = site(source, { type: "link", target, anchor });
    return resolution.kind === "resolved" ? resolution.id : resolution.kind;
  };

  test.each([
    ["/guides/", "site/content/en/guides/_index.md"],
    ["/guides/getting-started/", "site/content/en/guides/Getting Started.md"],
    ["/guides/Getting%20Started", "site/content/en/guides/Getting Started.md"],
    ["/routing/", "site/content/en/02-routing.mdx"],
    ["/routing.html", "site/content/en/02-routing.mdx"],
    ["/ja/guides/intro", "site/content/ja/guides/intro.md"],
    ["/book/", "handbook/index.md"],
    ["/old/intro", "site/content/ja/guides/intro.md"],
    ["/README.md", "README.md"],
    ["{{ site.baseurl }}/routing", "site/content/en/02-routing.mdx"],
    ["/nowhere/", "unresolved"],
    ["/nowhere.html", "unresolved"],
    ["/nowhere?x=1", "unresolved"],
    ["/img/x.png", "file"],
  ])("%j is %s", (target, expected) => {
    expect(from("site/content/en/a.md", target)).toBe(expected);
  });

  test("lead to the document's own site first", () => {
    expect(from("other/content/en/a.md", "/routing/")).toBe("other/content/en/02-routing.mdx");
    expect(from("README.md", "/ja/guides/intro/")).toBe("site/content/ja/guides/intro.md");
  });

  test("and relative ones start from the page where pages are folders", () => {
    expect(from("site/content/en/02-routing.mdx", "../guides/getting-started/")).toBe(
      "site/content/en/guides/Getting Started.md",
    );
    expect(from("site/content/en/guides/Getting Started.md", "../../routing")).toBe(
      "site/content/en/02-routing.mdx",
    );
    expect(from("site/content/en/a.md", "gone/")).toBe("unresolved");
    expect(from("README.md", "gone/")).toBe("file");
  });

  test("without any root, a folder above the document that has such a page stands for it", () => {
    const plain = createLinkResolver(["docs/en/guides/a.md", "docs/en/b.md"].map((id) => document(id)));
    const link = { type: "link", target: "/guides/a/", anchor: undefined };
    expect(plain("docs/en/b.md", link)).toMatchObject({ kind: "resolved", id: "docs/en/guides/a.md" });
    expect(plain("other.md", link)).toMatchObject({ kind: "unresolved" });
  });
});

describe("names as they are", () => {
  const odd = createLinkResolver(
    [
      "C# notes.md",
      "C.md",
      "C#.md",
      "cafe\u0301.md",
      "na\u00efve.md",
      "what?.md",
      "a%2520b.md",
      "Part: one.md",
    ].map((id) => document(id)),
  );
  test.each([
    ["wikilink", "C", " notes", "C# notes.md", undefined],
    ["wikilink", "C", "", "C#.md", undefined],
    ["wikilink", "C", "Loops", "C.md", "Loops"],
    ["link", "C%23%20notes.md", undefined, "C# notes.md", undefined],
    ["link", "C", ".md", "C#.md", undefined],
    ["link", "C.md", "loops", "C.md", "loops"],
    ["link", "caf\u00e9.md", undefined, "cafe\u0301.md", undefined],
    ["link", "caf%C3%A9", "x", "cafe\u0301.md", "x"],
    ["link", "cafe%CC%81.md", undefined, "cafe\u0301.md", undefined],
    ["link", "nai%CC%88ve.md", undefined, "na\u00efve.md", undefined],
    ["link", "nai\u0308ve.md", undefined, "na\u00efve.md", undefined],
    ["wikilink", "nai\u0308ve", undefined, "na\u00efve.md", undefined],
    ["embed", "caf\u00e9.md", undefined, "cafe\u0301.md", undefined],
    ["link", "what?.md", undefined, "what?.md", undefined],
    ["link", "a%2520b.md", undefined, "a%2520b.md", undefined],
    ["wikilink", "Part: one", undefined, "Part: one.md", undefined],
  ])("%s %j # %j is %s", (type, target, anchor, id, rest) => {
    expect(odd("x.md", { type, target, anchor })).toEqual({ kind: "resolved", id, anchor: rest });
  });
});

describe("wikilinks", () => {
  test.each([
    ["the id", "README.md", "docs/guide.md", "docs/guide.md"],
    ["a path as Windows writes it", "README.md", "docs\\guide", "docs/guide.md"],
    ["a name with blanks that do not break", "README.md", "with\u00a0space", "docs/with space.md"],
    ["a name that its file writes with hyphens", "README.md", "first steps", "docs/First-Steps.md"],
    ["the id without its extension", "README.md", "docs/api/Client", "docs/api/Client.md"],
    ["the exact id before the same folder", "docs/a.md", "guide", "guide.md"],
    ["the end of a path", "README.md", "deep/er/only", "notes/deep/er/only.md"],
    ["a stem", "README.md", "only", "notes/deep/er/only.md"],
    ["a stem in other letters", "README.md", "ONLY", "notes/deep/er/only.md"],
    ["another extension", "README.md", "setup", "docs/setup.mdx"],
    ["an alias", "README.md", "the guide", "guide.md"],
    ["the same folder first", "docs/api/x.md", "client", "docs/api/Client.md"],
    ["then the fewest segments", "README.md", "Client", "notes/Client.md"],
    ["of an alias, too", "README.md", "Handbook", "guide.md"],
    ["in its own folder", "notes/deep/er/x.md", "Handbook", "notes/deep/er/only.md"],
    ["a name with a percent sign", "README.md", "100% sure", "docs/100%25 sure.md"],
    ["a name with a dot", "README.md", "node.js", "notes/node.js.md"],
    ["a relative path", "notes/x.md", "../docs/guide", "docs/guide.md"],
  ])("by %s", (_, source, target, id) => {
    expect(outcome("wikilink", source, target)).toBe(id);
  });

  test("part of a name is not the end of a path", () => {
    expect(outcome("wikilink", "README.md", "uide")).toBe("unresolved");
  });

  test("a missing document is unresolved, a picture or a site external", () => {
    expect(outcome("wikilink", "README.md", "Vue.js")).toBe("unresolved");
    expect(outcome("embed", "README.md", "picture.PNG")).toBe("file");
    expect(outcome("wikilink", "README.md", "https://example.org")).toBe("external");
  });
});

describe("relations", () => {
  test("may be paths from the document's folder, or names", () => {
    expect(outcome("related", "docs/a.md", "guide.md")).toBe("docs/guide.md");
    expect(outcome("related", "docs/a.md", "with%20space.md")).toBe("docs/with space.md");
    expect(outcome("parent", "docs/api/Client.md", "..")).toBe("unresolved");
    expect(outcome("related", "docs/a.md", "notes/Client.md")).toBe("notes/Client.md");
    expect(outcome("related", "docs/a.md", "The Guide")).toBe("guide.md");
    expect(outcome("related", "docs/a.md", "nothing")).toBe("unresolved");
  });
});

test("the order of the documents makes no difference", () => {
  const random = seeded(3);
  const ids = Array.from({ length: 300 }, () =>
    Array.from({ length: random.between(1, 4) }, () => random.pick(["a", "b", "C", "c"])).join("/"),
  );
  const documents = [...new Set(ids)].map((id) => document(`${id}.md`, random.pick(["x", "y"])));
  const one = createLinkResolver(documents);
  const other = createLinkResolver(documents.toReversed());
  for (const { id: source } of documents) {
    for (const target of ["a", "c", "C", "b/c", "x", "Y", "a/b/C"]) {
      const link = { type: "wikilink", target, anchor: undefined };
      expect(other(source, link)).toEqual(one(source, link));
    }
  }
});

describe("references of Hugo", () => {
  const site = createLinkResolver(
    ["content/_index.md", "content/blog/post.md", "content/docs/start/index.md", "content/docs/end.md"].map(
      (id) => document(id),
    ),
    [{ prefix: "/", folder: "content/", site: "" }],
  );
  test.each([
    ["content/docs/end.md", "start", "content/docs/start/index.md"],
    ["content/docs/end.md", "post.md", "content/blog/post.md"],
    ["content/docs/end.md", "post", "content/blog/post.md"],
    ["content/docs/end.md", "/blog/post", "content/blog/post.md"],
    ["content/blog/post.md", "../docs/end.md", "content/docs/end.md"],
    ["content/blog/post.md", "/docs/start", "content/docs/start/index.md"],
    ["content/blog/post.md", "/docs/none", undefined],
    ["content/blog/post.md", "none.md", undefined],
  ])("from %s, %s", (source, target, id) => {
    const resolution = site(source, { type: "ref", target, anchor: undefined });
    expect(resolution.kind === "resolved" ? resolution.id : undefined).toBe(id);
  });
});
