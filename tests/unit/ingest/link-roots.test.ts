import { describe, expect, test } from "bun:test";
import { findLinkRoots } from "../../../src/ingest/discovery/link-roots.ts";
import { DEFAULT_SETTINGS } from "../../../src/project/settings.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

function rootsOf(files: Readonly<Record<string, string>>, roots: { prefix: string; folder: string }[] = []) {
  using folder = new TempFolder().write(files);
  const settings = { ...DEFAULT_SETTINGS, links: { roots } };
  const documents = Object.keys(files).flatMap((id) => (/\.mdx?$/.test(id) ? { id } : []));
  return findLinkRoots({ root: folder.path, settings }, documents).map(
    ({ prefix, folder: place }) => `${prefix} ${place}`,
  );
}

describe("roots of links", () => {
  test("there are none where nothing tells of a site", () => {
    expect(rootsOf({ "a.md": "", "docs/b.md": "", "config.toml": "title = 'x'" })).toEqual([]);
  });

  test("the settings' own come first", () => {
    const roots = rootsOf({ "mkdocs.yml": "", "docs/a.md": "" }, [{ prefix: "/x/", folder: "y/" }]);
    expect(roots).toEqual(["/x/ y/", "/ docs/"]);
  });

  test("of several languages that have a folder each, the site's own comes first, whatever it is called", () => {
    const languages =
      "[languages.en]\ncontentDir = 'content/en'\n[languages.de]\ncontentDir = 'content/de'\n";
    const files = { "content/en/a.md": "", "content/de/a.md": "" };
    const first = (own: string) =>
      rootsOf({ ...files, "hugo.toml": `defaultContentLanguage = '${own}'\n${languages}` }).filter((root) =>
        root.startsWith("/ content/"),
      );
    expect(first("en")).toEqual(["/ content/", "/ content/en/", "/ content/de/"]);
    expect(first("de")).toEqual(["/ content/", "/ content/de/", "/ content/en/"]);
  });

  test.each([
    ["hugo.toml", "baseURL = 'https://example.org/'", ["/ content/", "/ static/"]],
    [
      "config.yaml",
      "baseURL: https://example.org/sub/\nlanguages:\n  en:\n    contentDir: content/en\n",
      ["/ content/", "/ content/en/", "/en/ content/en/", "/sub/ content/", "/sub/en/ content/en/"],
    ],
    [
      "docusaurus.config.js",
      "throw new Error('never run');\n// routeBasePath: 'no'\nmodule.exports = { baseUrl: '/', presets: [['classic', { docs: { path: 'handbook', routeBasePath: '/' }, blog: { path: 'news' } }]] };",
      ["/ handbook/", "/ src/pages/", "/ static/", "/blog/ news/"],
    ],
    [
      "docusaurus.config.ts",
      "export default { baseUrl: '/p/', plugins: [['@docusaurus/plugin-content-docs', { id: 'api', path: 'api', routeBasePath: 'reference' }]] };",
      ["/docs/ docs/", "/blog/ blog/", "/reference/ api/", "/p/docs/ docs/", "/p/reference/ api/"],
    ],
    ["astro.config.mjs", "export default {};", ["/ src/content/docs/", "/ src/pages/", "/ public/"]],
    [
      "astro.config.ts",
      "export default { base: '/my', srcDir: './web' };",
      ["/ web/content/docs/", "/my/ web/content/docs/"],
    ],
    [
      "mkdocs.yml",
      "site_url: https://example.org/a/\ndocs_dir: manual\nx: !!python/name:y",
      ["/ manual/", "/a/ manual/"],
    ],
    [
      ".vitepress/config.mts",
      "export default { srcDir: './pages', base: '/b/' }",
      ["/ pages/", "/b/ pages/"],
    ],
    [".vitepress/theme/index.ts", "", ["/ ", "/ public/"]],
    ["book.toml", "[book]\nsrc = 'text'", ["/ text/"]],
    ["_config.yml", "baseurl: /wiki", ["/ ", "/wiki/ "]],
  ])("%s says %s", (name, text, expected) => {
    const roots = rootsOf({ [name]: text, "a.md": "" });
    expect(roots).toEqual(expect.arrayContaining(expected));
    expect(roots.join()).not.toContain("no");
    // The same in a folder of the project.
    const below = rootsOf({ [`site/web/${name}`]: text, "site/web/a.md": "" });
    expect(below).toEqual(
      expect.arrayContaining(expected.map((each) => each.replace(/ (.*)/, " site/web/$1"))),
    );
  });

  test("none leads out of the project", () => {
    expect(rootsOf({ "mkdocs.yml": "docs_dir: ../../etc", "a.md": "" })).toEqual([]);
  });
});
