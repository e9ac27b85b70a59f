/**
 * The text of a document with more tags in its front matter, everything else untouched. Pure.
 *
 * The YAML is parsed for where things stand and never written anew: an edit is one insertion. Afterwards the result
 * is read as an ingest reads it, and compared with what was there before; front matter that this cannot be done for
 * is refused. A page that begins with Logseq's properties gets its tags among those, and no front matter; only what an
 * ingest reads there is a tag.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parse,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { decodeMarkdown, type FrontMatter, loadFrontMatter, loadParser } from "../ingest/markdown/index.ts";
import { AmalfaError } from "../system/index.ts";
import { propertyTags } from "./property-tags.ts";

const { parseDocument: parseMarkdown } = await loadParser();
const { frontMatterTags, readFrontMatter } = await loadFrontMatter();

export interface TagEdit {
  readonly text: string;
  readonly added: readonly string[];
  /** All tags afterwards. */
  readonly tags: readonly string[];
}

/** What to insert in place of a range of the text; the range is empty but where an explicit null gives way. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

interface Block {
  /** Offsets of the YAML between the markers. */
  readonly start: number;
  readonly end: number;
  readonly lineEnd: string;
}

const OPENING = /^\uFEFF?---[ \t]*(\r\n|\n)/;
const CLOSING = /^(?:---|\.\.\.)[ \t]*\r?$/gm;

/**
 * @param text the document with its byte order mark and its line ends
 * @param name for messages
 * Throws `front-matter.broken`, `front-matter.format` and `front-matter.unsupported`.
 */
export function addTags(text: string, wanted: readonly string[], name: string): TagEdit {
  const properties = parseFrontMatter(text) === undefined ? propertyTags(text) : undefined;
  const before = properties === undefined ? tagsOf(text) : readTags(text, properties.tags);
  const known = new Set(before.map((tag) => tag.toLowerCase()));
  const added = wanted.filter((tag) => !known.has(tag.toLowerCase()));
  refuseBroken(text, name);
  if (added.length > 0) refuseOtherFormats(text, name);
  const block = findBlock(text, name);
  const document = block === undefined ? undefined : parseBlock(text.slice(block.start, block.end), name);
  if (added.length === 0) return { text, added, tags: before };
  if (properties !== undefined) {
    const { at, text: insert } = properties.insertion(added);
    const after = text.slice(0, at) + insert + text.slice(at);
    const tags = distinct([...before, ...added]);
    if (!Bun.deepEquals(propertyTags(after)?.tags, tags) || readTags(after, tags).length < tags.length)
      throw unread(name);
    return { text: after, added, tags };
  }
  const edit =
    block === undefined || document === undefined
      ? newFrontMatter(text, added)
      : shifted(
          editBlock(text.slice(block.start, block.end), document, added, block.lineEnd, name),
          block.start,
        );
  const after = text.slice(0, edit.from) + edit.insert + text.slice(edit.to);
  if (!isSameButForTags(text, after, [...before, ...added])) throw unsupported(name);
  return { text: after, added, tags: [...before, ...added] };
}

function tagsOf(text: string): string[] {
  const frontMatter = parseFrontMatter(text);
  return frontMatter === undefined ? [] : frontMatterTags(frontMatter);
}

/** Those of the tags that an ingest reads in a text: none in lines that are code, or that begin with `TAGS::`. */
function readTags(text: string, tags: readonly string[]): string[] {
  const read = new Set(parseMarkdown(normalised(text)).tags.map((tag) => tag.toLowerCase()));
  return tags.filter((tag) => read.has(tag.toLowerCase()));
}

function parseFrontMatter(text: string): FrontMatter | undefined {
  return readFrontMatter(normalised(text));
}

function normalised(text: string): string {
  return decodeMarkdown(Buffer.from(text, "utf8"));
}

/** What `validate` and an ingest say is wrong with front matter, these words for those. */
function refuseBroken(text: string, name: string): void {
  const { problem, problemLine } = parseFrontMatter(text) ?? {};
  if (problem !== undefined) throw broken(name, problem, problemLine);
}

/**
 * TOML and JSON are not added to, and never get a block of YAML above them, which would be taken for all of the front
 * matter. Empty lines above them do not keep a site generator from reading them.
 */
function refuseOtherFormats(text: string, name: string): void {
  const [, toml, json] = /^\uFEFF?\s*(?:(\+\+\+[ \t]*(?:[\r\n]|$))|(\{\s*["}]))/.exec(text) ?? [];
  const format = toml !== undefined ? "TOML" : json !== undefined ? "JSON" : undefined;
  if (format === undefined) return;
  throw new AmalfaError(
    "front-matter.format",
    `The front matter of ${name} is ${format}, and tags are added to YAML only. Nothing was changed.`,
  );
}

/**
 * Undefined when the text has no front matter in YAML. What only looks like some is refused rather than given a second
 * one.
 */
function findBlock(text: string, name: string): Block | undefined {
  if (!/^\uFEFF?---[ \t]*(?:\r|\n|$)/.test(text)) return undefined;
  const opening = OPENING.exec(text);
  if (opening === null) throw broken(name, "its first line is not ended by a line break");
  CLOSING.lastIndex = opening[0].length;
  const closing = CLOSING.exec(text);
  if (closing === null) throw broken(name, "it is never closed by a line ---");
  if (parseFrontMatter(text) === undefined) throw broken(name, "it does not begin with a key");
  return { start: opening[0].length, end: closing.index, lineEnd: opening[1] ?? "\n" };
}

function parseBlock(yaml: string, name: string): Document.Parsed {
  const document = parseDocument(yaml, { keepSourceTokens: true, logLevel: "silent", prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) throw broken(name, error.message);
  return document;
}

function newFrontMatter(text: string, tags: readonly string[]): Edit {
  const at = text.startsWith("\uFEFF") ? 1 : 0;
  const lineEnd = /\r\n|\n/.exec(text)?.[0] ?? "\n";
  const lines = ["---", `tags: ${flowList(tags)}`, "---", ""];
  if (text.length > at && !/^\r?\n/.test(text.slice(at))) lines.push("");
  return { from: at, to: at, insert: lines.join(lineEnd) };
}

function editBlock(
  yaml: string,
  document: Document.Parsed,
  tags: readonly string[],
  lineEnd: string,
  name: string,
): Edit {
  const map = document.contents;
  if (map === null) return inserted(yaml.length, `tags: ${flowList(tags)}${lineEnd}`);
  if (!isMap(map)) throw unsupported(name);
  const pair = pairOf(map, "tags") ?? pairOf(map, "tag");
  if (pair === undefined) return newKey(yaml, map, tags, lineEnd, name);
  const { value } = pair;
  if (isSeq(value))
    return value.flow === true ? intoFlow(value, tags) : intoBlock(yaml, value, tags, lineEnd, name);
  if (value === null || (isScalar(value) && value.value === null)) return intoNothing(pair, tags, name);
  if (isScalar(value) && !isAlias(value)) return intoWords(value, tags, name);
  throw unsupported(name);
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((item) => isScalar(item.key) && item.key.value === key);
}

function newKey(yaml: string, map: YAMLMap, tags: readonly string[], lineEnd: string, name: string): Edit {
  const list = `tags: ${flowList(tags)}`;
  if (map.flow === true) {
    const last = map.items.at(-1);
    const lastEnd = last === undefined ? undefined : (rangeOf(last.value) ?? rangeOf(last.key))?.[1];
    return lastEnd === undefined
      ? inserted((rangeOf(map)?.[0] ?? 0) + 1, list)
      : inserted(lastEnd, `, ${list}`);
  }
  const first = rangeOf(map.items[0]?.key);
  if (first === undefined) throw unsupported(name);
  const indent = /[ \t]*$/.exec(yaml.slice(0, first[0]))?.[0] ?? "";
  return inserted(yaml.length, `${indent}${list}${lineEnd}`);
}

/** `[a, b]`: behind the last item, or behind the bracket. */
function intoFlow(list: YAMLSeq, tags: readonly string[]): Edit {
  const last = rangeOf(list.items.at(-1));
  const words = tags.map((tag) => plainOrQuoted(tag)).join(", ");
  return last === undefined
    ? inserted((rangeOf(list)?.[0] ?? 0) + 1, words)
    : inserted(last[1], `, ${words}`);
}

/** One item a line: below the last one, with its dash under the others. */
function intoBlock(
  yaml: string,
  list: YAMLSeq,
  tags: readonly string[],
  lineEnd: string,
  name: string,
): Edit {
  const last = rangeOf(list.items.at(-1));
  const start = rangeOf(list)?.[0];
  if (last === undefined || start === undefined) throw unsupported(name);
  const indent = yaml.slice(yaml.lastIndexOf("\n", start - 1) + 1, start);
  if (!/^[ \t]*$/.test(indent)) throw unsupported(name);
  const lines = tags.map((tag) => `${indent}- ${plainOrQuoted(tag)}`);
  const newline = yaml.indexOf("\n", Math.max(start, last[1] - 1));
  if (newline < 0) throw unsupported(name);
  return inserted(newline + 1, lines.map((line) => line + lineEnd).join(""));
}

/** `tags:` without a value, or with an explicit null. */
function intoNothing(pair: Pair, tags: readonly string[], name: string): Edit {
  const list = flowList(tags);
  const { value } = pair;
  const range = rangeOf(value);
  if (isScalar(value) && range !== undefined && range[1] > range[0]) {
    return { from: range[0], to: range[1], insert: list };
  }
  const colon = pair.srcToken?.sep?.find((token) => token.type === "map-value-ind");
  if (colon === undefined) throw unsupported(name);
  return inserted(colon.offset + 1, ` ${list}`);
}

/** Words in one scalar: behind the last one, inside the quotes if there are any, separated as the others are. */
function intoWords(value: Scalar, tags: readonly string[], name: string): Edit {
  const range = rangeOf(value);
  if (range === undefined) throw unsupported(name);
  const quoted = value.type === "QUOTE_DOUBLE" || value.type === "QUOTE_SINGLE";
  if (!quoted && value.type !== "PLAIN") throw unsupported(name);
  const text = String(value.value).trim();
  const separator = text.includes(",") || !/\s/.test(text) ? ", " : " ";
  const words = tags.join(separator);
  return inserted(quoted ? range[1] - 1 : range[1], text === "" ? words : separator + words);
}

function flowList(tags: readonly string[]): string {
  return `[${tags.map(plainOrQuoted).join(", ")}]`;
}

/** In quotes where YAML would read a number, a date or a word such as `yes` or `null`, in either of its versions. */
function plainOrQuoted(tag: string): string {
  const isText = (version: "1.1" | "1.2") => {
    try {
      return parse(`[${tag}]`, { version, logLevel: "silent" })?.[0] === tag;
    } catch {
      return false;
    }
  };
  return isText("1.1") && isText("1.2") ? tag : JSON.stringify(tag);
}

function inserted(at: number, insert: string): Edit {
  return { from: at, to: at, insert };
}

function shifted({ from, to, insert }: Edit, by: number): Edit {
  return { from: from + by, to: to + by, insert };
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
  return (node.range ?? undefined) as readonly [number, number, number] | undefined;
}

/** The new text, read as an ingest reads it, has the expected tags; all other keys and the body are what they were. */
function isSameButForTags(before: string, after: string, tags: readonly string[]): boolean {
  const [old, now] = [normalised(before), normalised(after)];
  const [oldMatter, nowMatter] = [readFrontMatter(old), readFrontMatter(now)];
  if (nowMatter === undefined || nowMatter.problem !== undefined) return false;
  if (!Bun.deepEquals(frontMatterTags(nowMatter), distinct(tags))) return false;
  const others = (data: ReadonlyMap<string, unknown>) =>
    [...data].filter(([key]) => key !== "tags" && key !== "tag");
  if (!Bun.deepEquals(others(oldMatter?.data ?? new Map()), others(nowMatter.data))) return false;
  const body = (text: string, endLine: number) => text.split("\n").slice(endLine).join("\n");
  const [oldBody, nowBody] = [body(old, oldMatter?.endLine ?? 0), body(now, nowMatter.endLine)];
  return nowBody === oldBody || (oldMatter === undefined && nowBody === `\n${oldBody}`);
}

function distinct(tags: readonly string[]): string[] {
  return [...new Set(tags)];
}

function broken(name: string, problem: string, line?: number): AmalfaError {
  const place = line === undefined ? "" : ` (line ${line})`;
  return new AmalfaError(
    "front-matter.broken",
    `The front matter of ${name} cannot be read: ${problem}${place}. Nothing was changed.`,
  );
}

function unsupported(name: string): AmalfaError {
  return new AmalfaError(
    "front-matter.unsupported",
    `The tags of ${name} are written in a way that cannot be added ` +
      "to without changing more than the tags. Nothing was changed.",
  );
}

function unread(name: string): AmalfaError {
  return new AmalfaError(
    "front-matter.unsupported",
    `The properties that ${name} begins with are written in a way that no tags are read from. Nothing was changed.`,
    {
      hint: "Write them as a line at the margin that begins with `tags::`, such as `tags:: one, two`, and try again.",
    },
  );
}
