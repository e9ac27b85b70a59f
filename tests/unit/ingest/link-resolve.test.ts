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
    ["docs/a.md", "..", "README.md"],
    ["docs/a.md", "/", "README.md"],
    ["docs/api/Client.md", ".", "docs/api/index.md"],
    ["README.md", "notes/plain.txt", "notes/plain.txt"],
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
    "image.png",
    "main.rs",
    "../std/index.html",
    "LICENSE",
    "?query",
    "",
  ])("%j is external", (target) => {
    expect(outcome("link", "docs/a.md", target)).toBe("external");
  });
});

describe("wikilinks", () => {
  test.each([
    ["the id", "README.md", "docs/guide.md", "docs/guide.md"],
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
    expect(outcome("embed", "README.md", "picture.PNG")).toBe("external");
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
