/**
 * The YAML block that may open a document: `---` on the very first line, closed by `---` or `...`.
 *
 * Front matter is never a reason to reject a document. What cannot be read as a mapping stays searchable text
 * and gives no title, tags, aliases or relations. The YAML library constructs plain data only, and its limit
 * on aliases keeps a few lines from growing into gigabytes.
 */
import { createRequire } from "node:module";
import { messageOf } from "../../system/index.ts";
import { hideWikilinks, showWikilinks } from "./bare-wikilinks.ts";
import { type KindOfKey, kindOf, type Reference, referencesIn } from "./front-matter-references.ts";
import type { RawLink } from "./links.ts";
import { readWikilink } from "./references.ts";

export interface FrontMatter {
  /** The line of the closing marker; the block begins on line 1. */
  readonly endLine: number;
  /** Empty when the block cannot be read. */
  readonly data: ReadonlyMap<string, unknown>;
  /** Why the block could not be read. */
  readonly problem: string | undefined;
  /** Where, as far as that is known, else where the block begins. */
  readonly problemLine?: number;
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
  const { data, problem, at } = readMapping(yaml);
  if (problem === undefined) return { endLine, data, problem };
  const problemLine = at === undefined ? 1 : countLines(text, opening[0].length + at + 1);
  return { endLine, data, problem, problemLine: Math.min(problemLine, endLine) };
}

function countLines(text: string, end: number): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** What it says, or why that cannot be read, and where in it. */
type Mapping = Pick<FrontMatter, "data" | "problem"> & { readonly at?: number | undefined };

function readMapping(yaml: string): Mapping {
  const unreadable = (problem: string, at?: number): Mapping => ({ data: new Map(), problem, at });
  if (yaml.length > MAX_CHARACTERS) return unreadable("is larger than 256 KB");
  try {
    const hidden = hideWikilinks(yaml);
    const first = parseYaml(hidden);
    // What seemed to be a wikilink may hold the YAML together after all.
    const { value, problem, at } = first.problem === undefined || hidden === yaml ? first : parseYaml(yaml);
    if (problem !== undefined) return unreadable(problem, at);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return unreadable("is not a mapping");
    const whole = hidden === yaml ? value : (withWikilinks(value) as object);
    return { data: new Map(Object.entries(whole)), problem: undefined };
  } catch (error) {
    return unreadable(messageOf(error));
  }
}

/**
 * Numbers, dates and truth values stay the text they are written as: `1.10` is a version and no number, `007` a name.
 * Only what is left empty is null.
 */
function parseYaml(yaml: string): {
  readonly value: unknown;
  readonly problem: string | undefined;
  readonly at?: number;
} {
  // Loaded only for a document that needs it; the library takes longer to load than most documents to read.
  const { parseDocument } = createRequire(import.meta.url)("yaml") as typeof import("yaml");
  const document = parseDocument(yaml, {
    schema: "failsafe",
    customTags: (tags) => [...tags, "null"],
    logLevel: "silent",
    prettyErrors: false,
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error !== undefined) return { value: undefined, problem: error.message, at: error.pos[0] };
  return { value: document.toJS({ maxAliasCount: MAX_ALIASES }), problem: undefined };
}

function withWikilinks(value: unknown): unknown {
  if (typeof value === "string") return showWikilinks(value);
  if (Array.isArray(value)) return value.map(withWikilinks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [showWikilinks(key), withWikilinks(part)]),
  );
}

export function frontMatterTitle({ data }: FrontMatter): string | undefined {
  const [title] = scalars(data.get("title"));
  return title;
}

/**
 * A list, or words separated by commas or spaces; a leading `#` does not belong to a tag, nor do the brackets of a
 * wikilink.
 */
export function frontMatterTags({ data }: FrontMatter): string[] {
  const values = ["tags", "tag"].flatMap((key) => {
    const value = data.get(key);
    if (Array.isArray(value)) return scalars(value);
    return scalars(value).flatMap((words) => (isOneWikilink(words) ? words : words.split(/[\s,]+/)));
  });
  return distinct(values.map((tag) => unbracketed(tag).replace(/^#+/, "").trim()));
}

/** Characters of a value that are kept of the front matter; what is longer is text. */
const MAX_FIELD = 200;

/** Every key that has texts or numbers, in lower case, with what it has. */
export function frontMatterFields({ data }: FrontMatter): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [key, value] of data) {
    const values = (Array.isArray(value) ? value : [value])
      .map((each: unknown) => (typeof each === "boolean" ? String(each) : each))
      .flatMap((each: unknown) => scalars(each))
      .filter((text) => text.length <= MAX_FIELD);
    if (values.length > 0) fields[key.toLowerCase()] = values;
  }
  return fields;
}

/** A list, or names separated by commas. */
export function frontMatterAliases({ data }: FrontMatter): string[] {
  const values = ["aliases", "alias"].flatMap((key) => {
    const value = data.get(key);
    if (Array.isArray(value)) return scalars(value.map(asWritten));
    return scalars(value).flatMap((names) => (isOneWikilink(names) ? names : names.split(",")));
  });
  return distinct(values.map((alias) => unbracketed(alias).trim()));
}

/** An item `Part one: the start`, which YAML takes for a mapping. */
function asWritten(item: unknown): unknown {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
  const [[key, value] = [], ...others] = Object.entries(item);
  return typeof value === "string" && others.length === 0 ? `${key}: ${value}` : item;
}

function isOneWikilink(text: string): boolean {
  return ONE_WIKILINK.test(text);
}

function unbracketed(text: string): string {
  const inside = ONE_WIKILINK.exec(text)?.[1];
  return inside === undefined ? text : (readWikilink(inside)?.target ?? text);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ""))];
}

/** The texts in a value, in lists within it as well, each on one line. */
function scalars(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(scalars);
  const text = typeof value === "string" ? value.replace(/\s+/g, " ").trim() : "";
  return text === "" ? [] : [text];
}

const NOT_RELATIONS = new Set(["title", "tags", "tag", "aliases", "alias"]);
const ONE_WIKILINK = /^!?\[\[([^[\]]+)\]\]$/;

/**
 * Relations to other documents: wikilinks and markdown links under any key, names and paths under the keys that are
 * about documents, and everything in a `relations` mapping.
 *
 * @param text the document: where a value stands in it gives the line.
 */
export function frontMatterRelations(frontMatter: FrontMatter, text: string): RawLink[] {
  const lines = text.split("\n", frontMatter.endLine);
  const relations: RawLink[] = [];
  for (const [name, value] of frontMatter.data) {
    if (NOT_RELATIONS.has(name.toLowerCase())) continue;
    for (const { key, ...reference } of relationsIn(name, value, kindOf(name))) {
      relations.push({ ...reference, line: lineOf(lines, key, reference.target) });
    }
  }
  return relations;
}

function* relationsIn(
  key: string,
  value: unknown,
  kind: KindOfKey,
): Generator<Reference & { key: string; type: string }> {
  if (Array.isArray(value)) {
    for (const item of value) yield* relationsIn(key, item, kind);
  } else if (typeof value === "object" && value !== null) {
    for (const [inner, part] of Object.entries(value)) {
      yield* relationsIn(inner, part, kind === "relations" ? kind : kindOf(inner));
    }
  } else {
    const type = key.trim().toLowerCase();
    for (const text of scalars(value)) {
      for (const reference of referencesIn(text, kind)) yield { ...reference, key, type };
    }
  }
}

function lineOf(lines: readonly string[], key: string, target: string): number {
  const keyLine = lines.findIndex((line) => line.trimStart().replace(/^["']/, "").startsWith(key));
  const line = lines.findIndex((text, index) => index >= keyLine && text.includes(target));
  return Math.max(line, keyLine, 0) + 1;
}
