/**
 * What front matter says, as plain data, or why that cannot be read and where.
 *
 * The libraries construct plain data only, and the limit on aliases keeps a few lines of YAML from growing into
 * gigabytes. Each is loaded only for a document that needs it; they take longer to load than most documents to read.
 */
import { createRequire } from "node:module";
import type { Document } from "yaml";
import { messageOf } from "../../system/index.ts";
import { hideWikilinks, showWikilinks } from "./bare-wikilinks.ts";
import { type FrontMatterFormat, MAX_CHARACTERS } from "./front-matter-block.ts";
import { placeTooDeep, TOO_DEEP } from "./yaml-depth.ts";

const MAX_ALIASES = 100;

const load = createRequire(import.meta.url);
const yamlLibrary = () => load("yaml") as typeof import("yaml");

/** What is wrong at one place. */
export interface Fault {
  readonly problem: string;
  /** Offset, as far as that is known. */
  readonly at?: number | undefined;
  /** The value was taken as it is written, and nothing is lost. */
  readonly asText?: true;
}

export interface Mapping {
  /** Without what cannot be read. */
  readonly data: ReadonlyMap<string, unknown>;
  readonly faults: readonly Fault[];
}

interface Read {
  readonly value: unknown;
  readonly problem?: string;
  readonly at?: number | undefined;
  /** Where there are several, or one that is no loss; else there is one, `problem`, or none. */
  readonly faults?: readonly Fault[];
}

/** @param text what stands between the lines that open and close it */
export function readMapping(text: string, format: FrontMatterFormat): Mapping {
  if (text.trim() === "") return { data: new Map(), faults: [] };
  if (text.length > MAX_CHARACTERS) return nothing("is larger than 256 KB");
  try {
    const read = READERS[format](text);
    const { value, problem, at } = read;
    const faults = read.faults ?? (problem === undefined ? [] : [{ problem, at }]);
    if (faults.length > 0 && value === undefined) return { data: new Map(), faults };
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return nothing("is not a mapping");
    return { data: new Map(Object.entries(value)), faults };
  } catch (error) {
    // The other languages are read in time that grows with the text, down to where the stack ends.
    return nothing(error instanceof RangeError ? TOO_DEEP : messageOf(error));
  }
}

function nothing(problem: string): Mapping {
  return { data: new Map(), faults: [{ problem }] };
}

const READERS: Record<FrontMatterFormat, (text: string) => Read> = {
  YAML: readYaml,
  TOML: readToml,
  JSON: readJson,
};

/**
 * One line that is no YAML, as `title: Part one: the start`, is no reason to lose the others: each entry is then read
 * by itself, and what is wrong is told all the same.
 */
function readYaml(yaml: string): Read {
  const read = readWholeYaml(yaml);
  if (read.value !== undefined) return read;
  const { value, faults } = readEntries(yaml);
  // Where each entry can be read and all together cannot, only the whole tells what is wrong.
  return value === undefined || faults.length === 0 ? { ...read, value } : { value, faults };
}

/** Of a block that is read entry by entry, and of one entry: what is longer was written by a program. */
const MAX_MENDED = 16_384;
const MAX_ENTRY = 2_000;
const ENTRY_STARTS = /\n(?=[^\s#\-\]}])/;
const KEY = /^(?:"([^"\n]+)"|'([^'\n]+)'|([^\s"'#\-[\]{}&*!|>%@`,?][^\n]*?)):[ \t]+/;
/** Brackets and quotes that are opened and never closed leave open what is meant. */
const UNCLOSED = /^(?:\[[^\]]*$|\{[^}]*$|"[^"]*$|'[^']*$)/;

/** What each entry says alone; one of one line that is no YAML says what is written. */
function readEntries(yaml: string): { readonly value: unknown; readonly faults: readonly Fault[] } {
  if (yaml.length > MAX_MENDED) return { value: undefined, faults: [] };
  const data = new Map<string, unknown>();
  const faults: Fault[] = [];
  let start = 0;
  for (const entry of yaml.split(ENTRY_STARTS)) {
    const { pairs, fault } = readEntry(entry);
    if (fault !== undefined) faults.push({ ...fault, at: start + (fault.at ?? 0) });
    for (const [key, value] of pairs) {
      if (data.has(key)) faults.push({ problem: repeated(key), at: start });
      data.set(key, value);
    }
    start += entry.length + 1;
  }
  return { value: data.size === 0 ? undefined : Object.fromEntries(data), faults };
}

interface Entry {
  readonly pairs: readonly (readonly [string, unknown])[];
  readonly fault?: Fault;
}

function readEntry(entry: string): Entry {
  const deep = placeTooDeep(entry);
  if (deep !== undefined) return { pairs: [], fault: { problem: TOO_DEEP, at: deep } };
  if (entry.length > MAX_ENTRY)
    return { pairs: [], fault: { problem: `an entry has more than ${MAX_ENTRY} characters` } };
  const { value, problem, at } = readWholeYaml(entry);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const pairs = Object.entries(value);
    return problem === undefined ? { pairs } : { pairs, fault: { problem, at } };
  }
  // A comment or an empty line has nothing to lose.
  if (problem === undefined && (value === null || value === "")) return { pairs: [] };
  const text = textEntry(entry.trimEnd());
  if (text === undefined) return { pairs: [], fault: { problem: problem ?? "it has no key", at } };
  if (LISTS.has(text[0].toLowerCase()) && IS_LIST.test(text[1]) && problem !== undefined)
    return { pairs: [text], fault: { problem, at } };
  const name = showWikilinks(text[0]);
  const said = `the value of "${name}" is no YAML and was read as plain text: put the value in quotes`;
  return { pairs: [text], fault: { problem: said, asText: true } };
}

/** Keys of which a list in brackets, as text, would be other names than those that are meant. */
const LISTS = new Set(["tags", "tag", "aliases", "alias"]);
const IS_LIST = /^(?:\[(?!\[)|\{)/;

function textEntry(entry: string): [string, string] | undefined {
  const [written = "", double, single, plain] = KEY.exec(entry) ?? [];
  const key = double ?? single ?? plain;
  const text = entry.slice(written.length).replace(/[ \t]+#[^\n]*$/, "");
  const isLost = key === undefined || text === "" || text.includes("\n") || UNCLOSED.test(text);
  return isLost ? undefined : [key, text];
}

function readWholeYaml(yaml: string): Read {
  const hidden = hideWikilinks(yaml);
  const first = parseYaml(hidden);
  // What seemed to be a wikilink may hold the YAML together after all.
  const read = first.value !== undefined || hidden === yaml ? first : parseYaml(yaml);
  return hidden === yaml || read !== first ? read : { ...read, value: withWikilinks(read.value) };
}

/**
 * Numbers, dates and truth values stay the text they are written as: `1.10` is a version and no number, `007` a name.
 * Only what is left empty is null.
 */
function parseYaml(yaml: string): Read {
  const deep = placeTooDeep(yaml);
  if (deep !== undefined) return { value: undefined, problem: TOO_DEEP, at: deep };
  const document = yamlLibrary().parseDocument(yaml, {
    schema: "failsafe",
    customTags: (tags) => [...tags, "null"],
    logLevel: "silent",
    prettyErrors: false,
    // The library compares each with each; `repeatedKey` does not.
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error !== undefined) return { value: undefined, ...faultOf(document, error) };
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    // Whoever goes through a value that has itself within it never comes to its end.
    if (yaml.includes("*") && isEndless(value))
      return { value: undefined, problem: "a value is an alias (*) of what it is a part of" };
    return { value, ...repeatedKey(document) };
  } catch (error) {
    return { value: undefined, problem: messageOf(error) };
  }
}

function isEndless(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

/**
 * The library tells where it gave up. Quotes and brackets that are never closed reach to the end, and the line to
 * correct is the one that opens them.
 */
function faultOf(
  document: Document.Parsed,
  { message, pos: [at] }: { readonly message: string; readonly pos: [number, number] },
): { problem: string; at: number } {
  const quote = /^Missing closing (["'])quote$/.exec(message)?.[1];
  const bracket = /^Flow (?:sequence|map) in block .* end with a ([\]}])$/.exec(message)?.[1];
  const closing = quote ?? bracket;
  if (closing === undefined) return { problem: message, at };
  const { visit, isScalar, isCollection } = yamlLibrary();
  let opened = at;
  visit(document, {
    Node(_, node) {
      const isOne = quote === undefined ? isCollection(node) && node.flow === true : isScalar(node);
      const start = node.range?.[0];
      if (isOne && start !== undefined && start <= at) opened = start;
    },
  });
  const what = quote === undefined ? "a bracket" : "a quotation mark";
  return { problem: `${what} is opened here and never closed by ${closing}`, at: opened };
}

/** The first key that its mapping has had already. */
function repeatedKey(document: Document.Parsed): { problem: string; at: number } | undefined {
  const { visit, isScalar } = yamlLibrary();
  let found: { problem: string; at: number } | undefined;
  visit(document, {
    Map(_, map) {
      const known = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (known.has(key.value)) {
          found = { problem: repeated(showWikilinks(String(key.value))), at: key.range?.[0] ?? 0 };
          return visit.BREAK;
        }
        known.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

function repeated(key: string): string {
  return `the key "${key}" is there twice, and only the last one counts`;
}

function withWikilinks(value: unknown): unknown {
  if (typeof value === "string") return showWikilinks(value);
  if (Array.isArray(value)) return value.map(withWikilinks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [showWikilinks(key), withWikilinks(part)]),
  );
}

function readToml(toml: string): Read {
  const { parse, TomlError } = load("smol-toml") as typeof import("smol-toml");
  try {
    return { value: asTexts(parse(withNumbersAsTexts(toml))) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const problem = (error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, "");
    return { value: undefined, problem, at: offsetOf(toml, error.line, error.column) };
  }
}

/** Texts, comments and names of tables, which are left as they are; else a number. Dates have more around theirs. */
const TOML_PARTS = new RegExp(
  [
    String.raw`"""[^]*?"""|'{3}[^]*?'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#.*|^[ \t]*\[+[^\]\n]*\]+[ \t]*$`,
    String.raw`(?<![\w.+:-])(?<number>[-+]?(?:0[xob][\da-f_]+|\d[\d_.]*(?:e[-+]?\d+)?))(?=[ \t]*(?:[,\]}#]|$))`,
  ].join("|"),
  "gim",
);

/** Numbers as texts, so that they keep their spelling: a version 1.10 is not 1.1. */
function withNumbersAsTexts(toml: string): string {
  return toml.replace(TOML_PARTS, (part, number: string | undefined) =>
    number === undefined ? part : `"${number}"`,
  );
}

/** Line and column are counted from 1. */
function offsetOf(text: string, line: number, column: number): number {
  const above = text.split("\n", line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return Math.min(above + column - 1, text.length);
}

/** A number as it is spelled. */
function asSpelled(_key: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  return typeof value === "number" && source !== undefined ? source : value;
}

function readJson(json: string): Read {
  try {
    return { value: asTexts(JSON.parse(json, asSpelled)) };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const { parseTree } = load("jsonc-parser") as typeof import("jsonc-parser");
    const errors: { offset: number }[] = [];
    parseTree(json, errors as Parameters<typeof parseTree>[1], { disallowComments: true });
    return { value: undefined, problem: messageOf(error), at: errors[0]?.offset };
  }
}

/** Numbers and dates as texts, which is what they are in YAML here. */
function asTexts(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return String(value);
  // Dates of TOML are written as they were: with a time or without, with a zone or without.
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asTexts(part)]));
}
