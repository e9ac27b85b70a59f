/**
 * Where links that begin with `/` start from: what the settings say, and what the files of the usual site generators
 * tell.
 *
 * Their files are read as text and never run, so a guess sees what is written out and nothing that code would
 * compute. A wrong one costs nothing: a link counts as resolved only where the document exists.
 */
import type { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { posix } from "node:path";
import { readMeta } from "../../graph/index.ts";
import type { Project } from "../../project/index.ts";
import { readSmallFile } from "../../system/files/index.ts";
import { folderOfId, type LinkRoot } from "../markdown/index.ts";

/** Folders that are looked into: as deep as sites lie in projects, and no more than take a few milliseconds. */
const DEEPEST = 2;
const MOST_FOLDERS = 500;
/** Nobody writes more by hand. */
const LARGEST_FILE = 1 << 20;

interface Site {
  /** Below the project root: empty, or ending with `/`. */
  readonly folder: string;
  readonly names: ReadonlySet<string>;
  readonly read: (name: string) => string;
}

type Root = readonly [prefix: string, folder: string];
type Generator = (site: Site) => readonly Root[];

/** In order of their prefixes, what the settings say first. */
export function findLinkRoots(
  { root, settings }: Pick<Project, "root" | "settings">,
  documents: readonly { readonly id: string }[],
): LinkRoot[] {
  const roots = settings.links.roots.map(({ prefix, folder }) => ({ prefix, folder, site: "" }));
  const guessed: LinkRoot[] = [];
  for (const folder of foldersOf(documents)) {
    const site = lookAt(root, folder);
    for (const generator of site === undefined ? [] : GENERATORS) {
      for (const [prefix, below] of generator(site!)) {
        const place = posix.normalize(`./${folder}${below}/`).replace(/^\.?\//, "");
        if (!place.startsWith("../")) guessed.push({ prefix, folder: place, site: folder });
      }
    }
  }
  const keyOf = ({ prefix, folder, site }: LinkRoot): string => [prefix, folder, site].join("\n");
  // Those of one prefix stay as their generator has them: of several languages the site's own comes first.
  guessed.sort((a, b) => (a.prefix === b.prefix ? 0 : a.prefix < b.prefix ? -1 : 1));
  return [...new Map([...roots, ...guessed].map((each) => [keyOf(each), each])).values()];
}

/** Those that the links of a graph were resolved from; none where that cannot be read. */
export function storedLinkRoots(db: Database): LinkRoot[] {
  try {
    const roots: unknown = JSON.parse(readMeta(db, "link_roots") ?? "[]");
    return Array.isArray(roots) ? roots.filter(isLinkRoot) : [];
  } catch {
    return [];
  }
}

function isLinkRoot(value: unknown): value is LinkRoot {
  if (typeof value !== "object" || value === null) return false;
  const { prefix, folder, site } = value as Partial<Record<keyof LinkRoot, unknown>>;
  return [prefix, folder, site].every((part) => typeof part === "string");
}

function foldersOf(documents: readonly { readonly id: string }[]): Set<string> {
  const folders = new Set([""]);
  let last = "";
  for (const { id } of documents) {
    const folder = folderOfId(id);
    if (folder === last) continue;
    last = folder;
    const segments = folder.split("/").slice(0, -1);
    for (let depth = 1; depth <= Math.min(DEEPEST, segments.length); depth++) {
      folders.add(`${segments.slice(0, depth).join("/")}/`);
    }
    if (folders.size >= MOST_FOLDERS) break;
  }
  return folders;
}

function lookAt(root: string, folder: string): Site | undefined {
  try {
    const names = new Set(readdirSync(`${root}/${folder}`));
    return { folder, names, read: (name) => textOf(`${root}/${folder}${name}`) };
  } catch {
    return undefined;
  }
}

/** Without the comments of any of the languages that settings are written in. */
function textOf(path: string): string {
  try {
    const text = readSmallFile(path, LARGEST_FILE);
    return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^[ \t]*(?:\/\/|#).*$/gm, "");
  } catch {
    return "";
  }
}

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
function based(base: string, roots: readonly Root[]): Root[] {
  return base === "/"
    ? [...roots]
    : roots.flatMap((root) => [root, [under(base, root[0]), root[1]] as const]);
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
  return based(addressOf(settingIn(text, "baseURL")), [...content, ["/", "static"], ["/", "assets"]]);
};

function lastPart(folder: string): string {
  return /([^/]*)\/?$/.exec(folder)?.[1] ?? "";
}

const docusaurus: Generator = (site) => {
  const config = firstOf(site, scripts("docusaurus.config"));
  if (config === undefined) return [];
  const text = site.read(config);
  const section = (block: string | undefined, name: string): Root => {
    const folder = settingIn(block ?? "", "path") ?? name;
    return [addressOf(settingIn(block ?? "", "routeBasePath") ?? name), folder];
  };
  const plugins = text.split(/plugin-content-docs["'`]\s*,/).slice(1);
  const roots: Root[] = [
    section(blockOf(text, "docs"), "docs"),
    section(blockOf(text, "blog"), "blog"),
    ...plugins.map((rest) => section(blockOf(`x:${rest}`, "x") ?? rest.slice(0, 500), "docs")),
    ["/", "src/pages"],
    ["/", "static"],
  ];
  return based(addressOf(settingIn(text, "baseUrl")), roots);
};

const astro: Generator = (site) => {
  const config = firstOf(site, scripts("astro.config"));
  if (config === undefined) return [];
  const source = settingIn(site.read(config), "srcDir")?.replace(/^\.?\/|\/$/g, "") ?? "src";
  const roots: Root[] = ["content/docs", "pages", "content"].map((folder) => ["/", `${source}/${folder}`]);
  return based(addressOf(settingIn(site.read(config), "base")), [...roots, ["/", "public"]]);
};

const mkdocs: Generator = (site) => {
  const config = firstOf(site, ["mkdocs.yml", "mkdocs.yaml"]);
  if (config === undefined) return [];
  const text = site.read(config);
  return based(addressOf(settingIn(text, "site_url")), [["/", settingIn(text, "docs_dir") ?? "docs"]]);
};

const vitepress: Generator = (site) => {
  if (!site.names.has(".vitepress") && !site.names.has(".vuepress")) return [];
  const folder = site.names.has(".vitepress") ? ".vitepress" : ".vuepress";
  const text = scripts(`${folder}/config`).map(site.read).join("\n");
  const source = settingIn(text, "srcDir") ?? ".";
  const files = [`${source}/public`, `${folder}/public`].map((place): Root => ["/", place]);
  return based(addressOf(settingIn(text, "base")), [["/", source], ...files]);
};

const mdbook: Generator = (site) => {
  if (!site.names.has("book.toml")) return [];
  return [["/", settingIn(site.read("book.toml"), "src") ?? "src"]];
};

const jekyll: Generator = (site) => {
  if (!site.names.has("_config.yml")) return [];
  return based(addressOf(settingIn(site.read("_config.yml"), "baseurl")), [["/", "."]]);
};

const GENERATORS: readonly Generator[] = [hugo, docusaurus, astro, mkdocs, vitepress, mdbook, jekyll];
