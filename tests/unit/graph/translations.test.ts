/** Translations of one page are one result, in the language of the query. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { fixtureGraph, writeFixture } from "../../helpers/graph-fixture.ts";

type Page = readonly [id: string, language: string | undefined, text: string];

function find(pages: readonly Page[], query: string) {
  using db = fixtureGraph();
  const others = Array.from(
    { length: 20 },
    (_, at): Page => [`other/${at}.md`, "en", `Note ${at} of something else.`],
  );
  writeFixture(
    db,
    [...pages, ...others].map(([id, language, text]) => ({
      id,
      title: "Page",
      texts: [text],
      fields: language === undefined ? {} : { lang: [language] },
    })),
  );
  const found = searchGraph(db, new SemanticIndex(db), {
    query,
    mode: "lexical",
    limit: 10,
    vector: undefined,
  });
  return found.map(({ id, translations }) => [
    id,
    ...(translations ?? []).map((each) => `${each.language} ${each.id}`),
  ]);
}

const [en, ja, es] = [
  "Set studio for images.",
  "studio studio 画像を設定する",
  "Configura studio para las imágenes.",
];

describe("one page in several languages", () => {
  test.each([
    ["docs/en/a.md", "docs/ja/a.md", "docs/es/a.md"],
    ["src/content/docs/a.mdx", "src/content/docs/ja/a.mdx", "src/content/docs/es/a.mdx"],
    [
      "docs/a.md",
      "i18n/ja/docusaurus-plugin-content-docs/current/a.md",
      "i18n/es/docusaurus-plugin-content-docs/current/a.md",
    ],
    ["a.md", "a.ja.md", "a.es.md"],
    ["en/a.md", "ja/a.md", "es-MX/a.md"],
  ])("%s, %s and %s", (first, second, third) => {
    const pages: Page[] = [
      [first, "en", en],
      [second, "ja", ja],
      [third, "es", es],
    ];
    expect(find(pages, "studio").map(([id]) => id)).toEqual([first]);
    expect(find(pages, "studio")[0]?.slice(1).sort()).toEqual([`es ${third}`, `ja ${second}`]);
    expect(find(pages, "para que sirve el studio").map(([id]) => id)).toEqual([third]);
    expect(find(pages, "studioの画像").map(([id]) => id)).toEqual([second]);
  });

  test("texts in one language are no translations, whatever their folders are called", () => {
    const pages: Page[] = [
      ["team/it/a.md", "en", en],
      ["team/a.md", "en", "Another studio."],
      ["team/no/a.md", undefined, "A third studio."],
    ];
    expect(find(pages, "studio").length).toBe(3);
  });

  test.each(["und-Latn", undefined])(
    "short pages whose language is not told (%s) go by their folders",
    (told) => {
      const pages: Page[] = [
        ["docs/de/onboarding.md", told, "studio: Konto anlegen"],
        ["docs/en/onboarding.md", told, "studio: make an account"],
        ["i18n/es/faq.md", told, "studio"],
        ["i18n/fr/faq.md", "fr", "le studio est dans la ville et pour tous"],
      ];
      const found = find(pages, "studio");
      expect(found.map(([id, ...others]) => [id, ...others].length)).toEqual([2, 2]);
      expect(found.find(([id]) => id === "docs/en/onboarding.md")).toEqual([
        "docs/en/onboarding.md",
        "de docs/de/onboarding.md",
      ]);
    },
  );

  test("short pages in folders that are not all a language's, or in one language, stay apart", () => {
    const pages: Page[] = [
      ["team/a.md", undefined, "studio"],
      ["team/it/a.md", undefined, "studio one"],
      ["docs/de/b.md", "en", "studio two"],
      ["docs/en/b.md", "en", "studio three"],
    ];
    expect(find(pages, "studio").length).toBe(4);
  });

  test("what only one of them has is shown where it stands", () => {
    const pages: Page[] = [
      ["en/a.md", "en", en],
      ["ja/a.md", "ja", `${ja} OTEL_PROPAGATORS`],
    ];
    expect(find(pages, "studio OTEL_PROPAGATORS")[0]?.[0]).toBe("ja/a.md");
  });

  test("a few words that tell no language lead to the page that has most of them, and to its passage", () => {
    const pages: Page[] = [
      ["docs/en/care.md", "en", "Backups are kept for a month, and the oldest of them are removed."],
      ["docs/de/care.md", "de", "Die alten Backups löschen wir von Hand, wenn der Platz nicht reicht."],
      ["docs/es/care.md", "es", "Las copias de seguridad (backups) que son antiguas se eliminan a mano."],
    ];
    expect(find(pages, "alte Backups löschen").map(([id]) => id)).toEqual(["docs/de/care.md"]);
    expect(find(pages, "eliminan backups").map(([id]) => id)).toEqual(["docs/es/care.md"]);
    expect(find(pages, "oldest backups").map(([id]) => id)).toEqual(["docs/en/care.md"]);
    expect(find(pages, "backups").map(([id]) => id)).toEqual(["docs/en/care.md"]);
    // A query whose language is told is answered in it, though another page has more of its words.
    expect(find(pages, "was ist mit den oldest backups von hand").map(([id]) => id)).toEqual([
      "docs/de/care.md",
    ]);
  });
});
