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
import { folderOfId, type LinkRoot, type Translations } from "../markdown/index.ts";
import { GENERATORS, type Site } from "./site-generators.ts";

/** Folders that are looked into: as deep as sites lie in projects, and no more than take a few milliseconds. */
const DEEPEST = 2;
const MOST_FOLDERS = 500;
/** Nobody writes more by hand. */
const LARGEST_FILE = 1 << 20;

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
      for (const [prefix, below, translations] of generator(site!)) {
        const place = placeBelow(folder, below);
        if (place.startsWith("../")) continue;
        guessed.push({ prefix, folder: place, site: folder, ...inProject(translations, folder) });
      }
    }
  }
  const keyOf = ({ prefix, folder, site }: LinkRoot): string => [prefix, folder, site].join("\n");
  // Those of one prefix stay as their generator has them: of several languages the site's own comes first.
  guessed.sort((a, b) => (a.prefix === b.prefix ? 0 : a.prefix < b.prefix ? -1 : 1));
  return [...new Map([...roots, ...guessed].map((each) => [keyOf(each), each])).values()];
}

/** Empty, or with `/` at its end. */
function placeBelow(folder: string, below: string): string {
  return posix.normalize(`./${folder}${below}/`).replace(/^\.?\//, "");
}

function inProject(said: Translations | undefined, folder: string): Pick<LinkRoot, "translations"> {
  if (said === undefined) return {};
  return { translations: said.of === undefined ? said : { ...said, of: placeBelow(folder, said.of) } };
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
  const { prefix, folder, site, translations } = value as Partial<Record<keyof LinkRoot, unknown>>;
  return (
    [prefix, folder, site].every((part) => typeof part === "string") &&
    (translations === undefined || isTranslations(translations))
  );
}

function isTranslations(value: unknown): value is Translations {
  if (typeof value !== "object" || value === null) return false;
  const { fallback, own, language, languages, tag, of } = value as Record<keyof Translations, unknown>;
  const isTexts = (each: unknown): boolean =>
    Array.isArray(each) && each.every((part) => typeof part === "string");
  return (
    typeof fallback === "boolean" &&
    typeof own === "boolean" &&
    (languages === undefined || isTexts(languages)) &&
    [language, tag, of].every((part) => part === undefined || typeof part === "string")
  );
}

function foldersOf(documents: readonly { readonly id: string }[]): Set<string> {
  const folders = new Set([""]);
  let last = "";
  for (const { id } of documents) {
    // They come in order, so that the next one nearly always lies in the same folder.
    if (id.startsWith(last) && id.indexOf("/", last.length) < 0) continue;
    last = folderOfId(id);
    const segments = last.split("/").slice(0, -1);
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
    const foldersIn = (name: string): string[] => foldersAt(`${root}/${folder}${name}`);
    return { names, read: (name) => textOf(`${root}/${folder}${name}`), foldersIn };
  } catch {
    return undefined;
  }
}

function foldersAt(path: string): string[] {
  try {
    const folders = readdirSync(path, { withFileTypes: true }).filter((each) => each.isDirectory());
    return folders.map(({ name }) => name).sort();
  } catch {
    return [];
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
