/**
 * The YAML block that may open a document: `---` on the very first line, closed by `---` or `...`.
 *
 * Front matter is never a reason to reject a document. What cannot be read as a mapping stays searchable text
 * and gives no title, tags, aliases or relations. The YAML library constructs plain data only, and its limit
 * on aliases keeps a few lines from growing into gigabytes.
 */
import { createRequire } from "node:module";
import { messageOf } from "../../system/index.ts";
import { type RawLink, readWikilink, splitAnchor } from "./links.ts";

export interface FrontMatter {
  /** The line of the closing marker; the block begins on line 1. */
  readonly endLine: number;
  /** Empty when the block cannot be read. */
  readonly data: ReadonlyMap<string, unknown>;
  /** Why the block could not be read. */
  readonly problem: string | undefined;
}

/** Larger blocks are treated as text: nobody wrote them by hand, and a YAML tree takes many times their size. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_ALIASES = 100;

const OPENING = /^---[ \t]*\n/;
const CLOSING = /^(?:---|\.\.\.)[ \t]*$/gm;
const FIRST_KEY = /^(?:[ \t]*(?:#[^\n]*)?\n)*(?:["']|[^\s:#\-[\]{}][^\n]*?:(?:[ \t\n]|$)|\{)/;

/** Undefined when the text does not begin with front matter. */
export function readFrontMatter(text: string): FrontMatter | undefined {
  const opening = OPENING.exec(text);
  if (opening === null) return undefined;
  CLOSING.lastIndex = opening[0].length;
  const closing = CLOSING.exec(text);
  if (closing === null) return undefined;
  const yaml = text.slice(opening[0].length, closing.index);
  // A document may also begin with a thematic break and have another one further down.
  const empty = yaml.trim() === "";
  if (!empty && !FIRST_KEY.test(yaml.slice(0, 10_000))) return undefined;
  const endLine = countLines(text, closing.index);
  if (empty) return { endLine, data: new Map(), problem: undefined };
  return { endLine, ...readMapping(yaml) };
}

function countLines(text: string, end: number): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

function readMapping(yaml: string): Pick<FrontMatter, "data" | "problem"> {
  const unreadable = (problem: string) => ({ data: new Map<string, unknown>(), problem });
  if (yaml.length > MAX_CHARACTERS) return unreadable("is larger than 256 KB");
  try {
    // Loaded only for a document that needs it; the library takes longer to load than most documents to read.
    const { parseDocument } = createRequire(import.meta.url)("yaml") as typeof import("yaml");
    const document = parseDocument(yaml, { logLevel: "silent", prettyErrors: false, uniqueKeys: false });
    const [error] = document.errors;
    if (error !== undefined) return unreadable(error.message);
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return unreadable("is not a mapping");
    return { data: new Map(Object.entries(value)), problem: undefined };
  } catch (error) {
    return unreadable(messageOf(error));
  }
}

export function frontMatterTitle({ data }: FrontMatter): string | undefined {
  const [title] = scalars(data.get("title"));
  return title;
}

/** A list, or words separated by commas or spaces; a leading `#` does not belong to a tag. */
export function frontMatterTags({ data }: FrontMatter): string[] {
  const values = ["tags", "tag"].flatMap((key) => {
    const value = data.get(key);
    return Array.isArray(value) ? scalars(value) : scalars(value).flatMap((words) => words.split(/[\s,]+/));
  });
  return distinct(values.map((tag) => tag.replace(/^#+/, "").trim()));
}

/** A list, or names separated by commas. */
export function frontMatterAliases({ data }: FrontMatter): string[] {
  const values = ["aliases", "alias"].flatMap((key) => {
    const value = data.get(key);
    return Array.isArray(value) ? scalars(value) : scalars(value).flatMap((names) => names.split(","));
  });
  return distinct(values.map((alias) => alias.trim()));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ""))];
}

/** The strings and numbers of a value or of a list of values, as text on one line. */
function scalars(value: unknown): string[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items
    .filter((item) => typeof item === "string" || typeof item === "number")
    .map((item) => String(item).replace(/\s+/g, " ").trim())
    .filter((item) => item !== "");
}

/** Keys whose values name documents even without the brackets of a wikilink. */
const RELATION_KEYS = new Set(
  (
    "related related_to see_also links parent up children depends_on supersedes superseded_by implements extends " +
    "references refs part_of next previous"
  ).split(" "),
);
const NOT_RELATIONS = new Set(["title", "tags", "tag", "aliases", "alias", "relations"]);
const WIKILINK = /^!?\[\[([^[\]]+)\]\]$/;

/**
 * Relations to other documents: values that are wikilinks under any key, names and paths under the keys above,
 * and everything in a `relations` mapping.
 *
 * @param text the document: where a value stands in it gives the line.
 */
export function frontMatterRelations(frontMatter: FrontMatter, text: string): RawLink[] {
  const relations: RawLink[] = [];
  const lines = text.split("\n", frontMatter.endLine);
  const add = (key: string, value: unknown, plain: "names too" | "wikilinks only"): void => {
    for (const reference of references(value)) {
      const link = readReference(reference, plain);
      if (link === undefined) continue;
      relations.push({ type: key.trim().toLowerCase(), ...link, line: lineOf(lines, key, link.target) });
    }
  };
  for (const [key, value] of frontMatter.data) {
    if (NOT_RELATIONS.has(key.toLowerCase())) continue;
    const relation = RELATION_KEYS.has(key.toLowerCase().replaceAll(/[- ]/g, "_"));
    add(key, value, relation ? "names too" : "wikilinks only");
  }
  const named = frontMatter.data.get("relations");
  if (typeof named === "object" && named !== null && !Array.isArray(named)) {
    for (const [key, value] of Object.entries(named)) add(key, value, "names too");
  }
  return relations;
}

/** To YAML, `[[name]]` without quotes is a list in a list. People write it all the same. */
function references(value: unknown): string[] {
  const bare = bareWikilink(value);
  if (bare !== undefined) return [bare];
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => (Array.isArray(item) ? (bareWikilink(item) ?? []) : scalars(item)));
}

function bareWikilink(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length !== 1) return undefined;
  const inner: unknown = value[0];
  if (!Array.isArray(inner) || inner.length !== 1 || typeof inner[0] !== "string") return undefined;
  return `[[${inner[0]}]]`;
}

function readReference(
  reference: string,
  plain: "names too" | "wikilinks only",
): Pick<RawLink, "target" | "anchor"> | undefined {
  const wikilink = WIKILINK.exec(reference);
  if (wikilink !== null) {
    const link = readWikilink(wikilink[1]!);
    return link === undefined ? undefined : { target: link.target, anchor: link.anchor };
  }
  if (plain === "wikilinks only") return undefined;
  const link = splitAnchor(reference);
  return link.target === "" ? undefined : link;
}

function lineOf(lines: readonly string[], key: string, target: string): number {
  const keyLine = lines.findIndex((line) => line.trimStart().replace(/^["']/, "").startsWith(key));
  const line = lines.findIndex((text, index) => index >= keyLine && text.includes(target));
  return Math.max(line, keyLine, 0) + 1;
}
