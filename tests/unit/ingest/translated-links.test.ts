import { describe, expect, test } from "bun:test";
import { discover } from "../../../src/ingest/discovery/discover.ts";
import { findLinkRoots } from "../../../src/ingest/discovery/link-roots.ts";
import { createLinkResolver } from "../../../src/ingest/markdown/resolve.ts";
import { DEFAULT_SETTINGS } from "../../../src/project/settings.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

type Files = Readonly<Record<string, string>>;

/** Where the links of a site lead that is made of these files; documents need no text. */
function linksOf(files: Files): (source: string, target: string, type?: string) => string {
  using folder = new TempFolder().write(files);
  const found = discover({ root: folder.path, sources: ["."], excludePatterns: [] }).files;
  const roots = findLinkRoots({ root: folder.path, settings: DEFAULT_SETTINGS }, found);
  const resolve = createLinkResolver(
    found.map(({ id }) => ({ id, aliases: [] })),
    roots,
  );
  return (source, target, type = "link") => {
    const outcome = resolve(source, { type, target, anchor: undefined });
    return outcome.kind === "resolved" ? outcome.id : outcome.kind;
  };
}

function documents(...ids: readonly string[]): Files {
  return Object.fromEntries(ids.map((id) => [id, "words\n"]));
}

describe("where a translation is missing", () => {
  const starlight = (rest: string) => ({
    "astro.config.mjs": `import starlight from '@astrojs/starlight';\nexport default { integrations: [starlight({ ${rest} })] };`,
  });

  test("Starlight shows the page in the site's first language, which has no folder", () => {
    const docs = "src/content/docs";
    const from = linksOf({
      ...starlight("locales: { root: { lang: 'en' }, de: { label: 'Deutsch' }, 'pt-br': { label: 'P' } }"),
      ...documents(`${docs}/guides/x.md`, `${docs}/de/guides/y.md`, `${docs}/guides/v1.2.md`),
    });
    const german = `${docs}/de/guides/y.md`;
    for (const target of [
      "/de/guides/x/",
      "../x/",
      "/de/guides/x.html",
      "/pt-br/guides/x",
      "/de/guides/x?a=1",
    ])
      expect([target, from(german, target)]).toEqual([target, `${docs}/guides/x.md`]);
    expect(from(german, "/de/guides/v1.2")).toBe(`${docs}/guides/v1.2.md`);
    expect(from(german, "/de/guides/gone/")).toBe("unresolved");
    expect(from(german, "/fr/guides/x/")).toBe("unresolved");
    // A file is what it says, and not there.
    expect(from(german, "./x.md")).toBe("unresolved");
    expect(from(german, "/de/guides/x.png")).toBe("file");
  });

  test("or in the folder that its settings name, and never the other way round", () => {
    const docs = "src/content/docs";
    const from = linksOf({
      ...starlight("defaultLocale: 'en', locales: { en: { label: 'E' }, de: { label: 'D' } }"),
      ...documents(`${docs}/en/guides/x.md`, `${docs}/de/guides/y.md`, `${docs}/de/nur.md`),
    });
    expect(from(`${docs}/de/guides/y.md`, "/de/guides/x/")).toBe(`${docs}/en/guides/x.md`);
    expect(from(`${docs}/en/guides/x.md`, "/en/nur/")).toBe("unresolved");
  });

  test("without any settings that of which there is most, where folders are languages'", () => {
    const from = linksOf(documents("en/a.md", "en/b.md", "en/guides/x.md", "ja/a.md"));
    expect(from("ja/a.md", "/ja/guides/x/")).toBe("en/guides/x.md");
    const apart = linksOf(documents("it/servers.md", "missing.md"));
    expect(apart("it/servers.md", "/it/missing/")).toBe("unresolved");
  });

  test("VitePress, Hugo and plain Astro have no such page", () => {
    const vitepress = linksOf({ ".vitepress/config.ts": "", ...documents("a.md", "x.md", "de/a.md") });
    expect(vitepress("de/a.md", "/de/x")).toBe("unresolved");
    const hugo = linksOf({
      "hugo.toml": "[languages.en]\ncontentDir = 'content/en'\n[languages.de]\ncontentDir = 'content/de'\n",
      ...documents("content/en/a.md", "content/en/x.md", "content/de/a.md"),
    });
    expect(hugo("content/de/a.md", "/de/x/")).toBe("unresolved");
    const astro = linksOf({
      "astro.config.ts": "export default { i18n: { defaultLocale: 'en', locales: ['en', 'de'] } }",
      ...documents("src/pages/en/x.md", "src/pages/de/a.md"),
    });
    expect(astro("src/pages/de/a.md", "/de/x/")).toBe("unresolved");
  });
});

describe("links from a translation", () => {
  test("lead to translations as Docusaurus lays them out, else to what it shows instead", () => {
    const german = "i18n/de/docusaurus-plugin-content-docs";
    const from = linksOf({
      "docusaurus.config.js": `module.exports = { i18n: { defaultLocale: 'en', locales: ['en', 'de'] },
        presets: [['classic', { docs: { path: 'handbook', routeBasePath: 'docs' } }]],
        plugins: [['@docusaurus/plugin-content-docs', { id: 'api', path: 'api', routeBasePath: 'reference' }]] };`,
      ...documents("handbook/a.md", "handbook/b.md", "handbook/c.md", "versioned_docs/version-1.0/o.md"),
      ...documents("api/f.md", "api/g.md", `${german}-api/current/f.md`, "blog/2024-01-01-p.md"),
      ...documents(`${german}/current/a.md`, `${german}/current/b.md`, `${german}/version-1.0/p.md`),
      ...documents("i18n/de/docusaurus-plugin-content-blog/2024-01-01-p.md"),
    });
    const source = `${german}/current/b.md`;
    expect(from(source, "./a.md")).toBe(`${german}/current/a.md`);
    expect(from(source, "/docs/a")).toBe(`${german}/current/a.md`);
    expect(from(source, "./c.md")).toBe("handbook/c.md");
    expect(from(source, "/de/docs/c/")).toBe("handbook/c.md");
    expect(from(source, "/reference/f")).toBe(`${german}-api/current/f.md`);
    expect(from(`${german}-api/current/f.md`, "./g.md")).toBe("api/g.md");
    expect(from(`${german}/version-1.0/p.md`, "./o.md")).toBe("versioned_docs/version-1.0/o.md");
    expect(from("i18n/de/docusaurus-plugin-content-blog/2024-01-01-p.md", "/docs/a")).toBe(
      `${german}/current/a.md`,
    );
    expect(from(source, "./gone.md")).toBe("unresolved");
    expect(from("handbook/a.md", "./b.md")).toBe("handbook/b.md");
  });

  test("lead to the file of their language where Hugo has languages in names", () => {
    const names = ["p.md", "p.de.md", "other.md", "other.de.md", "nur.de.md", "solo.md", "_index.de.md"];
    const from = linksOf({
      "hugo.yaml": "defaultContentLanguage: en\nlanguages:\n  en:\n    weight: 1\n  de:\n    weight: 2\n",
      ...documents(...names.map((name) => `content/docs/${name}`)),
    });
    const german = "content/docs/p.de.md";
    for (const target of ["other.md", "/de/docs/other/", "../other/", "/docs/other/", "other.de.md"])
      expect([target, from(german, target)]).toEqual([target, "content/docs/other.de.md"]);
    expect(from(german, "other.md", "ref")).toBe("content/docs/other.de.md");
    expect(from(german, "other", "ref")).toBe("content/docs/other.de.md");
    expect(from(german, "nur.md")).toBe("content/docs/nur.de.md");
    expect(from(german, "/de/docs/")).toBe("content/docs/_index.de.md");
    expect(from(german, "/de/docs/solo/")).toBe("unresolved");
    // The same page in the other language is what is meant, not the page itself.
    expect(from(german, "p.md")).toBe("content/docs/p.md");
    expect(from("content/docs/p.md", "other.md")).toBe("content/docs/other.md");
  });

  test("as those of MkDocs with languages in names", () => {
    const from = linksOf({
      "mkdocs.yml":
        "plugins:\n  - i18n:\n      languages:\n        - locale: en\n          default: true\n        - locale: fr\n",
      ...documents("docs/a.md", "docs/a.fr.md", "docs/b.md", "docs/b.fr.md", "docs/c.en.md"),
    });
    expect(from("docs/a.fr.md", "b.md")).toBe("docs/b.fr.md");
    expect(from("docs/a.fr.md", "c.md")).toBe("docs/c.en.md");
  });

  test("lead to the file that they name where nothing makes a site of the files", () => {
    const from = linksOf(documents("README.md", "README.zh-CN.md", "docs/guide.md", "docs/guide.zh-CN.md"));
    expect(from("README.zh-CN.md", "README.md")).toBe("README.md");
    expect(from("README.zh-CN.md", "docs/guide.md")).toBe("docs/guide.md");
  });
});
