/**
 * A document or a folder as it is written anywhere: an absolute path as its user sees it, the URI of a resource or of
 * a file, an id as output prints it. All of them become what the read side knows: a path relative to the project
 * root.
 */
import { basename, dirname, isAbsolute, join, posix, relative, sep } from "node:path";
import { isBelow, isCode, isMarkdown, realPlace } from "../system/files/index.ts";

const RESOURCE = /^amalfa:\/{2,3}(?:document\/)?/i;

/**
 * What is written, relative to the project root where it lies in that; anything else as it is. The root itself is
 * empty.
 */
export function placeInProject(root: string, written: string): string {
  const path = withoutScheme(written);
  if (!isAbsolute(path)) return path;
  const real = realPlace(root);
  // A link to a document is a document of its own, so that only the folders above it are followed.
  const seen = join(realPlace(dirname(path)), basename(path));
  const places = [
    [root, path],
    [real, seen],
    [real, realPlace(path)],
  ] as const;
  for (const [folder, place] of places) {
    if (place === folder) return "";
    if (isBelow(folder, place)) return relative(folder, place).split(sep).join("/");
  }
  return path;
}

function withoutScheme(written: string): string {
  const trimmed = written.trim();
  if (RESOURCE.test(trimmed)) {
    const [path = ""] = trimmed.replace(RESOURCE, "").split("?", 1);
    return decoded(path) ?? path;
  }
  if (!/^file:\/\//i.test(trimmed)) return written;
  try {
    return Bun.fileURLToPath(trimmed);
  } catch {
    return written;
  }
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** First and last line, counted from 1, both included; an open end is Infinity. */
export type LineRange = readonly [number, number];

/** A reference as it may be meant, and the lines or the heading that it names behind the document. */
export interface Reference {
  readonly name: string;
  readonly lines?: LineRange;
  /** As written: a heading, its slug, or another anchor. */
  readonly heading?: string;
}

/**
 * Ways to understand a reference, the one that is written first: a name may well end as a place does. Then without
 * quotation marks around it, and with what results print behind it taken for lines: `:12`, from where one reads on,
 * `:12-14`, and a column that says nothing. At last as a link has it, or a path of another system.
 */
export function referencesIn(written: string): Reference[] {
  const bare = withCharacters(written.trim().replace(/^(["'`<])(.*)(["'`>])$/s, "$2"));
  const ways: Reference[] = [{ name: written }];
  if (bare !== written) ways.push({ name: bare });
  for (const name of [bare, ...respelled(bare)]) {
    if (name !== bare) ways.push({ name });
    ways.push(...withoutPlace(name));
  }
  return ways;
}

/**
 * Without lines or a heading behind it: `notes.md:12-14`, `notes.md#L12-L14`, `notes.md#plan`. A title or an alias may
 * have lines behind it as well.
 */
function withoutPlace(name: string): Reference[] {
  const [, file = "", first, dash, last] =
    /^(.+?)(?::|#L)([1-9]\d*)(?:(-)L?(\d*))?(?::\d+)?$/s.exec(name) ?? [];
  if (first === undefined) {
    return withoutHeading(name);
  }
  const from = Number(first);
  const to = dash === undefined || last === "" ? Number.POSITIVE_INFINITY : Number(last);
  return to < from ? [] : [{ name: file, lines: [from, to] }];
}

/** Marks that may begin a heading; a name that has more of them is found as a whole or not at all. */
const HASHES = 4;

/** The longest name first: there may be a `#` in it (`C# notes.md#plan`), and in what stands behind it. */
function withoutHeading(name: string): Reference[] {
  const hashes = [...name.matchAll(/#/g)].slice(0, HASHES).reverse();
  return hashes.flatMap(({ index }) => {
    const [document, heading] = [name.slice(0, index).trim(), name.slice(index + 1)];
    if (document === "") return [];
    if (heading.trim() !== "") return [{ name: document, heading }];
    return isMarkdown(document) || isCode(document) ? [{ name: document }] : [];
  });
}

const WIKILINK = /^!?\[\[([^[\]|]+)(?:\|[^[\]]*)?\]\]$/;
const MARKDOWN_LINK = /^!?\[[^[\]]*\]\(\s*<?([^<>]+?)>?\s*\)$/;

/** What stands in a link, decoded, with the slashes that ids have. */
function respelled(bare: string): string[] {
  const ways: string[] = [];
  const add = (name: string): void => {
    if (name !== "" && name !== bare && !ways.includes(name)) ways.push(name);
  };
  const inside = WIKILINK.exec(bare)?.[1]?.trim();
  if (inside !== undefined) {
    add(inside);
    add((inside.split("#", 1)[0] ?? "").trim());
  }
  const target = MARKDOWN_LINK.exec(bare)?.[1];
  if (target !== undefined) add(target);
  if (/^[a-z]+:\/\//i.test(bare)) return ways;
  for (const name of [bare, ...ways]) {
    const slashed = name
      .replace(/\\/g, "/")
      .replace(/\/{2,}/g, "/")
      .replace(/^@/, "");
    add(slashed);
    add(decoded(slashed) ?? slashed);
    add(posix.normalize(slashed));
    // As a site writes it, and whoever takes the project's root for the root of everything.
    add(slashed.replace(/^\/+/, ""));
  }
  return ways;
}

/** Characters that an output without them writes as codes. */
function withCharacters(text: string): string {
  return text.replace(/\\u([\da-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
