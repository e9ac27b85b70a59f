/**
 * The block that may open a document, and what it says of it.
 *
 * Front matter is never a reason to reject a document. What cannot be read stays searchable text and gives no title,
 * tags, aliases or relations.
 */
import { type FrontMatterFormat, findFrontMatter } from "./front-matter-block.ts";
import { readMapping } from "./front-matter-data.ts";
import type { RawLink } from "./links.ts";
import { readWikilink, splitAnchor } from "./references.ts";

/*
 * What a value of front matter refers to.
 *
 * The keys that name documents in one vault hold free text in the next: `parent: UI Components`, `next: Markdown
 * extensions`, `references: Smith 2020`. A plain word is therefore a reference only if there is a document of that
 * name; what has the form of a link or a path is one in any case.
 */

interface Reference {
  readonly target: string;
  readonly anchor: string | undefined;
  /** It may be mere text: no link where it leads to no document. */
  readonly tentative?: true;
}

/**
 * "relations": in the mapping of that name. "documents": usually about documents. "text": often about something else.
 * "other": any other key.
 */
type KindOfKey = "relations" | "documents" | "text" | "other";

const ABOUT_DOCUMENTS = new Set("related related_to see_also depends_on supersedes superseded_by".split(" "));
const OFTEN_TEXT = new Set(
  "links parent up children implements extends references refs part_of next previous".split(" "),
);

function kindOf(key: string): KindOfKey {
  const name = key.toLowerCase().replaceAll(/[- ]/g, "_");
  if (name === "relations") return "relations";
  return ABOUT_DOCUMENTS.has(name) ? "documents" : OFTEN_TEXT.has(name) ? "text" : "other";
}

const LINKS = /!?\[\[([^[\]]+)\]\]|!?\[[^[\]]*\]\(\s*(?:<([^<>]+)>|([^()\s]+))\s*\)/g;
const BETWEEN_LINKS = /^(?:[\s,;/|&+·•-]|\band\b)*$/i;

/** @param value one text of the front matter */
function referencesIn(value: string, kind: KindOfKey): Reference[] {
  const found = [...value.matchAll(LINKS)];
  if (found.length === 0) return kind === "other" ? [] : plainReferences(value, kind);
  // Among other words under any key, brackets may mean something else: a pattern, a matrix.
  const onlyLinks = BETWEEN_LINKS.test(value.replace(LINKS, ""));
  return found.flatMap(([, wikilink, bracketed, path]) => {
    const reference = wikilink === undefined ? splitAnchor(bracketed ?? path ?? "") : readWikilink(wikilink);
    if (reference === undefined || reference.target === "") return [];
    const { target, anchor } = reference;
    const isCertain = kind !== "other" || (onlyLinks && !ROW_OF_NUMBERS.test(target));
    return isCertain ? [{ target, anchor }] : [{ target, anchor, tentative: true as const }];
  });
}

const ROW_OF_NUMBERS = /^[\d\s.+-]+,[\d\s.,+-]*$/;

function plainReferences(value: string, kind: KindOfKey): Reference[] {
  const parts = value.split(",");
  const whole = plainReference(value, kind);
  return parts.length === 1
    ? whole
    : [
        ...whole.map((reference) => ({ ...reference, tentative: true as const })),
        ...parts.flatMap((part) => plainReference(part.trim(), kind)),
      ];
}

const NO_NAME = /^(?:true|false|yes|no|on|off|none|null|~)$/i;
const FILE = /\.(?:md|markdown|mdown|mkd|mdx)(?:#.*)?$/i;

function plainReference(value: string, kind: KindOfKey): Reference[] {
  const { target, anchor } = splitAnchor(value);
  if (target === "" || NO_NAME.test(target)) return [];
  const isPath = /^\.{0,2}\//.test(target) || (FILE.test(target) && !/\s/.test(target));
  const certain = isPath || kind === "relations" || (kind === "documents" && /^\S+\/\S+$/.test(target));
  return [certain ? { target, anchor } : { target, anchor, tentative: true }];
}

export interface FrontMatter {
  readonly format: FrontMatterFormat;
  /** The line of the closing marker; the block begins on line 1. 0 where it is never closed: then all is body. */
  readonly endLine: number;
  /** Without what of the block cannot be read. */
  readonly data: ReadonlyMap<string, unknown>;
  /** The first of what is wrong with the block. */
  readonly problem: string | undefined;
  /** Where, as far as that is known, else where the block begins. */
  readonly problemLine?: number;
  /** All that is wrong, from the first line to the last. */
  readonly faults: readonly FrontMatterFault[];
}

export interface FrontMatterFault {
  readonly problem: string;
  readonly line: number;
  /** A value that is no YAML was taken as it is written, and nothing is lost. */
  readonly asText: boolean;
}

/** Undefined when the text does not begin with front matter. What is wrong with it is told here, for all who ask. */
export function readFrontMatter(text: string): FrontMatter | undefined {
  const block = findFrontMatter(text);
  if (block === undefined) return undefined;
  const { format, start, end, closing } = block;
  if (closing === undefined) {
    const problem = `it is never closed by ${CLOSED_BY[format]}`;
    const faults = [{ problem, line: 1, asText: false }];
    return { format, endLine: 0, data: new Map(), problem, problemLine: 1, faults };
  }
  const endLine = countLines(text, closing);
  const mapping = readMapping(text.slice(start, end), format);
  const { data } = mapping;
  const faults = mapping.faults.map(({ problem, at, asText = false }) => {
    const line = at === undefined ? 1 : countLines(text, start + at);
    return { problem, line: Math.min(line, endLine), asText };
  });
  const [first] = faults;
  return first === undefined
    ? { format, endLine, data, problem: undefined, faults }
    : { format, endLine, data, problem: first.problem, problemLine: first.line, faults };
}

const CLOSED_BY: Record<FrontMatterFormat, string> = {
  YAML: "a line ---",
  TOML: "a line +++",
  JSON: "the brace that belongs to its first one",
};

/** The line, counted from 1, in which the character at an offset stands. */
function countLines(text: string, offset: number): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Keys are what people mean by them, `Title` as well as `title`; one that is written so goes first. */
function valueUnder(data: FrontMatter["data"], key: string): unknown {
  if (data.has(key)) return data.get(key);
  for (const [written, value] of data) if (written.toLowerCase() === key) return value;
  return undefined;
}

export function frontMatterTitle({ data }: FrontMatter): string | undefined {
  const [title] = scalars(valueUnder(data, "title"));
  return title;
}

/**
 * A list, or words separated by commas or spaces; a leading `#` does not belong to a tag, nor do the brackets of a
 * wikilink.
 */
export function frontMatterTags({ data }: FrontMatter): string[] {
  const values = ["tags", "tag"].flatMap((key) => {
    const value = valueUnder(data, key);
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
    const value = valueUnder(data, key);
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

/** Where a page leads that is written as a mapping, as `next: { text: …, link: … }`. */
const LEADS = /^(?:link|href)$/i;

function* relationsIn(
  key: string,
  value: unknown,
  kind: KindOfKey,
): Generator<Reference & { key: string; type: string }> {
  if (Array.isArray(value)) {
    for (const item of value) yield* relationsIn(key, item, kind);
  } else if (typeof value === "object" && value !== null) {
    for (const [inner, part] of Object.entries(value)) {
      if (LEADS.test(inner)) yield* relationsIn(key, part, kind);
      else yield* relationsIn(inner, part, kind === "relations" ? kind : kindOf(inner));
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
