/**
 * What the files of the usual site generators say: which folders links that begin with `/` start from, and what is done
 * of pages in several languages. They are read as text and never run.
 */
import { languageTag } from "../../graph/search/index.ts";
import type { Translations } from "../markdown/index.ts";

/** A folder that a site may be made from. */
export interface Site {
  readonly names: ReadonlySet<string>;
  /** The text of a file without its comments; empty where there is none. */
  readonly read: (name: string) => string;
  readonly foldersIn: (name: string) => readonly string[];
}

/** Both folders of it, its own and that in `translations`, below the site's. */
type Root = readonly [prefix: string, folder: string, translations?: Translations];
type TranslatedRoot = readonly [prefix: string, folder: string, translations: Translations];
type Generator = (site: Site) => readonly Root[];

/** A page that is not translated is missing in that language. */
const APART: Translations = { fallback: false, own: false };

function firstOf({ names }: Site, wanted: readonly string[]): string | undefined {
  return wanted.find((name) => names.has(name));
}

function scripts(base: string): string[] {
  return ["js", "ts", "mjs", "cjs", "mts", "cts"].map((end) => `${base}.${end}`);
}

/** The text behind `key:` or `key =`, in quotes or not. */
function settingIn(text: string, key: string): string | undefined {
  const found = new RegExp(
    `(?:^|[\\s,{])["']?${key}["']?\\s*[:=]\\s*(?:["'\`]([^"'\`\\n]*)["'\`]|([^\\s"'\`,}#]+))`,
    "m",
  ).exec(text);
  return found?.[1] ?? found?.[2];
}

/** What stands between the braces that follow `key:`. */
function blockOf(text: string, key: string): string | undefined {
  const found = new RegExp(`(?:^|[\\s,{[])["'\`]?${key}["'\`]?\\s*[:,]\\s*\\{`, "m").exec(text);
  if (found === null) return undefined;
  const start = found.index + found[0].length;
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && --depth === 0) return text.slice(start, at);
  }
  return text.slice(start);
}

/** The path that an address or a base has, with `/` at both ends. */
function addressOf(written: string | undefined): string {
  const path = (written ?? "").replace(/^[a-z]+:\/\/[^/]*/i, "").replace(/^\/+|\/+$/g, "");
  return path === "" ? "/" : `/${path}/`;
}

function under(base: string, written: string): string {
  return addressOf(`${base}${written}`.replaceAll(/\/{2,}/g, "/"));
}

/** Roots as they are, and below the path that the whole site is served under. */
function based(base: string, roots: readonly Root[], translations: Translations): TranslatedRoot[] {
  const all = roots.map(([prefix, folder, own]): TranslatedRoot => [prefix, folder, own ?? translations]);
  return base === "/"
    ? all
    : all.flatMap(([prefix, folder, own]): TranslatedRoot[] => [
        [prefix, folder, own],
        [under(base, prefix), folder, own],
      ]);
}

/** The languages that a part of the settings lists, by their names or as keys. */
function languagesIn(text: string | undefined): string[] {
  const named = [...(text ?? "").matchAll(/["'`]?\b([a-z]{2}(?:[-_][A-Za-z\d]{2,4})?)\b["'`]?\s*[:,\]]/g)];
  return [...new Set(named.map(([, name]) => languageTag(name!)))].sort();
}

/** What is known of the languages of a site, leaving out what is not. */
function translated(
  fallback: boolean,
  own: boolean,
  language: string | undefined,
  languages: readonly string[] = [],
): Translations {
  return {
    fallback,
    own,
    ...(language === undefined || language === "root" ? {} : { language: languageTag(language) }),
    ...(languages.length === 0 ? {} : { languages }),
  };
}

/** The text from a bracket to the one that closes it. */
function listOf(text: string, key: string): string | undefined {
  return new RegExp(`(?:^|[\\s,{])["']?${key}["']?\\s*[:=]\\s*(\\[[^\\]]*\\])`, "m").exec(text)?.[1];
}

const hugo: Generator = (site) => {
  const names = ["toml", "yaml", "yml", "json"].flatMap((end) => [`hugo.${end}`, `config.${end}`]);
  const own = firstOf(site, names);
  const inFolder = site.names.has("config") && site.names.has("content");
  const text = [
    ...(own === undefined ? [] : [own]),
    ...(inFolder ? names.map((name) => `config/_default/${name}`) : []),
    ...(inFolder ? ["toml", "yaml", "yml", "json"].map((end) => `config/_default/languages.${end}`) : []),
  ]
    .map(site.read)
    .join("\n");
  const isHugo = own?.startsWith("hugo.") || /\bbaseURL\b|\bcontentDir\b/i.test(text);
  if (!isHugo) return [];
  const folders = [...text.matchAll(/contentDir["']?\s*[:=]\s*["']?([^"'\s,}]+)/gi)].map(
    ([, folder]) => folder!,
  );
  const first = settingIn(text, "defaultContentLanguage");
  folders.sort((a, b) => Number(lastPart(b) === first) - Number(lastPart(a) === first));
  const content: Root[] = ["content", ...folders].flatMap((folder): Root[] => {
    const language = lastPart(folder);
    return folder === "content"
      ? [["/", folder]]
      : [
          ["/", folder],
          [`/${language}/`, folder],
        ];
  });
  return based(
    addressOf(settingIn(text, "baseURL")),
    [...content, ["/", "static"], ["/", "assets"]],
    translated(false, true, first ?? "en", hugoLanguages(text)),
  );
};

/** Of TOML the tables, of YAML the keys below `languages`. */
function hugoLanguages(text: string): string[] {
  const tables = [...text.matchAll(/^[ \t]*\[(?:languages\.)?([a-z]{2}(?:-[A-Za-z\d]{2,4})?)\]/gm)];
  const [, below = ""] = /^languages:[ \t]*\n((?:[ \t].*\n?)*)/m.exec(text) ?? [];
  const keys = [...below.matchAll(/^[ \t]+["']?([a-z]{2}(?:-[A-Za-z\d]{2,4})?)["']?:[ \t\r]*$/gm)];
  return [...new Set([...tables, ...keys].map(([, name]) => languageTag(name!)))].sort();
}

function lastPart(folder: string): string {
  return /([^/]*)\/?$/.exec(folder)?.[1] ?? "";
}

const docusaurus: Generator = (site) => {
  const config = firstOf(site, scripts("docusaurus.config"));
  if (config === undefined) return [];
  const text = site.read(config);
  const languages = blockOf(text, "i18n");
  const rules = translated(true, true, undefined);
  const section = (kind: string, block = "", instance = "default"): Section => ({
    address: addressOf(settingIn(block, "routeBasePath") ?? kind),
    folder: settingIn(block, "path") ?? kind,
    plugin: instance === "default" ? kind : `${kind}-${instance}`,
  });
  const plugins = text.split(/plugin-content-docs["'`]\s*,/).slice(1);
  const sections = [
    section("docs", blockOf(text, "docs")),
    section("blog", blockOf(text, "blog")),
    ...plugins.map((rest) => {
      const block = blockOf(`x:${rest}`, "x") ?? rest.slice(0, 500);
      return section("docs", block, settingIn(block, "id"));
    }),
    { address: "/", folder: "src/pages", plugin: "pages" },
  ];
  const roots: Root[] = [
    ...sections.map(({ address, folder }): Root => [address, folder]),
    ["/", "static"],
    ...site
      .foldersIn("i18n")
      .filter((language) => language !== settingIn(languages ?? "", "defaultLocale"))
      .flatMap((language) => sections.flatMap((each) => translationsOf(site, each, language, rules))),
  ];
  return based(addressOf(settingIn(text, "baseUrl")), roots, rules);
};

interface Section {
  readonly address: string;
  readonly folder: string;
  /** What the folders of its translations are called after. */
  readonly plugin: string;
}

/** Docusaurus keeps a language's pages in a folder of their own, and of docs those of each version. */
function translationsOf(
  site: Site,
  { address, folder, plugin }: Section,
  language: string,
  rules: Translations,
): Root[] {
  const place = `i18n/${language}/docusaurus-plugin-content-${plugin}`;
  const root = (prefix: string, below: string, of: string): Root => [
    under(`/${language}/`, prefix),
    `${place}${below}`,
    { ...rules, tag: languageTag(language), of },
  ];
  if (!plugin.startsWith("docs")) return [root(address, "", folder)];
  const instance = plugin.slice("docs-".length);
  const versioned = instance === "" ? "" : `${instance}_`;
  return site.foldersIn(place).flatMap((version): Root[] => {
    if (version === "current") return [root(address, "/current", folder)];
    const of = `${versioned}versioned_docs/${version}`;
    const name = version.replace(/^version-/, "");
    return [root(under(address, `${name}/`), `/${version}`, of)];
  });
}

const astro: Generator = (site) => {
  const config = firstOf(site, scripts("astro.config"));
  if (config === undefined) return [];
  const text = site.read(config);
  const source = settingIn(text, "srcDir")?.replace(/^\.?\/|\/$/g, "") ?? "src";
  const roots: Root[] = ["content/docs", "pages", "content"].map((folder) => ["/", `${source}/${folder}`]);
  // Starlight shows a page in the first language where a translation is missing, Astro where it is told so.
  const fallback = /\bstarlight\b/i.test(text) || /\bfallback["']?\s*:/.test(text);
  const languages = languagesIn(blockOf(text, "locales") ?? listOf(text, "locales"));
  return based(
    addressOf(settingIn(text, "base")),
    [...roots, ["/", "public"]],
    translated(fallback, false, settingIn(text, "defaultLocale"), languages),
  );
};

const mkdocs: Generator = (site) => {
  const config = firstOf(site, ["mkdocs.yml", "mkdocs.yaml"]);
  if (config === undefined) return [];
  const text = site.read(config);
  const isTranslated = /^\s*-?\s*["']?i18n["']?\s*:/m.test(text);
  const languages = [...text.matchAll(/locale\s*:\s*["']?([\w-]+)/g)].map(([, name]) => languageTag(name!));
  const fallback = !/fallback_to_default\s*:\s*false/.test(text);
  const first = /locale\s*:\s*["']?([\w-]+)[^\n]*\n(?:(?!\s*-\s).*\n)*?\s*default\s*:\s*true/.exec(text)?.[1];
  return based(
    addressOf(settingIn(text, "site_url")),
    [["/", settingIn(text, "docs_dir") ?? "docs"]],
    isTranslated ? translated(fallback, true, first, languages) : APART,
  );
};

const vitepress: Generator = (site) => {
  if (!site.names.has(".vitepress") && !site.names.has(".vuepress")) return [];
  const folder = site.names.has(".vitepress") ? ".vitepress" : ".vuepress";
  const text = scripts(`${folder}/config`).map(site.read).join("\n");
  const source = settingIn(text, "srcDir") ?? ".";
  const files = [`${source}/public`, `${folder}/public`].map((place): Root => ["/", place]);
  return based(addressOf(settingIn(text, "base")), [["/", source], ...files], APART);
};

const mdbook: Generator = (site) => {
  if (!site.names.has("book.toml")) return [];
  return [["/", settingIn(site.read("book.toml"), "src") ?? "src", APART]];
};

const jekyll: Generator = (site) => {
  if (!site.names.has("_config.yml")) return [];
  return based(addressOf(settingIn(site.read("_config.yml"), "baseurl")), [["/", "."]], APART);
};

export const GENERATORS: readonly Generator[] = [hugo, docusaurus, astro, mkdocs, vitepress, mdbook, jekyll];
