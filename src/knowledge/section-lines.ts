/** Which lines of a document the heading, or the anchor, behind its id means. */

import type { ParsedDocument } from "../ingest/markdown/index.ts";
import type { LineRange } from "./written-place.ts";

type Structure = Pick<ParsedDocument, "headings">;

/**
 * From the heading to the line before the next one that is not below it; of a place that is no heading the paragraph
 * around it. Undefined where there is no such place. @param lines those of the file
 */
export function sectionLines(
  { headings }: Structure,
  lines: readonly string[],
  written: string,
): LineRange | undefined {
  const anchor = decodedAnchor(written).trim();
  if (isElsewhere(anchor)) return [1, Number.POSITIVE_INFINITY];
  const slugs = slugsOf(headings);
  const all = headings.map((_, at) => at);
  const range = (at: number): LineRange => [headings[at]!.line, endOf(headings, lines, at)];
  const matching = (name: string, among: readonly number[]): number | undefined =>
    among.find((at) => folded(headings[at]!.text) === folded(name)) ??
    among.find((at) => slugs[at] === name.toLowerCase()) ??
    among.find((at) => slugOf(headings[at]!.text) === slugOf(name) && slugOf(name) !== "");
  const whole = matching(anchor, all);
  if (whole !== undefined) return range(whole);
  // As Obsidian writes it: a heading below a heading.
  const parts = anchor.split("#").filter((part) => part.trim() !== "");
  let among: readonly number[] = all;
  let found: number | undefined;
  for (const part of parts) {
    found = matching(part, among);
    if (found === undefined) break;
    const [from, to] = [found, endOf(headings, lines, found)];
    among = all.filter((at) => at > from && headings[at]!.line <= to);
  }
  if (found !== undefined) return range(found);
  const line = lineWithId(lines, (parts.at(-1) ?? "").replace(/^\^|^user-content-/, "").trim());
  if (line === undefined) return undefined;
  const heading = headings.findIndex((each) => each.line === line);
  return heading >= 0 ? range(heading) : paragraphAround(lines, line);
}

/** How people compare headings: whatever their case, and whatever the space between words. */
function folded(text: string): string {
  return text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();
}

function endOf(headings: Structure["headings"], lines: readonly string[], at: number): number {
  const { level, line } = headings[at]!;
  const next = headings.find((heading, index) => index > at && heading.level <= level);
  let end = next === undefined ? lines.length : next.line - 1;
  while (end > line && lines[end - 1]?.trim() === "") end--;
  return end;
}

/** The line of an id that is written as Obsidian, HTML or an attribute list have it. */
function lineWithId(lines: readonly string[], id: string): number | undefined {
  if (id === "") return undefined;
  const name = id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const places = new RegExp(
    `(?:^|\\s)\\^${name}\\s*$|\\b(?:id|name)\\s*=\\s*["']?${name}(?=["'\\s>])|\\{[^{}]*#${name}(?=[}\\s])`,
    "i",
  );
  const at = lines.findIndex((line) => places.test(line));
  return at < 0 ? undefined : at + 1;
}

function paragraphAround(lines: readonly string[], line: number): LineRange {
  let [first, last] = [line, line];
  while (first > 1 && lines[first - 2]?.trim() !== "") first--;
  while (last < lines.length && lines[last]?.trim() !== "") last++;
  return [first, last];
}

/* The places in a document that a link's `#anchor` can mean. */

/**
 * Headings in quotes, in lists and of HTML are no headings of the document, but links lead to them all the same. Each
 * part has a bound, so that no line takes longer than its length says.
 */
const NESTED_HEADINGS = [
  /^[ \t]{0,40}(?:(?:>|[-*+]|\d{1,9}[.)])[> \t]{0,40}|[ \t])#{1,6}[ \t]{1,9}(\S[^\n]{0,500})$/gm,
  /^[ \t]{0,40}>[> \t]{0,40}([^>\s][^\n]{0,500})\n[ \t]{0,40}>[> \t]{0,40}(?:=+|-+)[ \t]{0,40}$/gm,
  /<h[1-6]\b[^<>\n]{0,300}>([^\n]{0,500}?)<\/h[1-6]>/gi,
];
/** Attributes of HTML, attribute lists as of Pandoc, kramdown and MkDocs, and block ids as of Obsidian. */
const EXPLICIT = /\b(?:id|name)\s*=\s*["']?([^"'\s>]+)|\{[^{}\n]*#([^}\s]+)|(?:^|\s)\^([\w-]+)\s*$/gm;
const ATTRIBUTE_LIST = /\{(?::|[ \t]*[#.])[^{}]*\}\s*$/;

/** Slugs of the headings, as GitHub makes them, and anchors written as HTML, as heading attributes or as block ids. */
export function anchorsOf({
  headings,
  text,
}: Pick<ParsedDocument, "headings" | "text">): ReadonlySet<string> {
  const anchors = new Set<string>(slugsOf(headings));
  for (const pattern of NESTED_HEADINGS) {
    for (const [, heading] of text.matchAll(pattern)) {
      const plain = (heading ?? "").replace(/<[^<>]*>/g, "").replace(/(?<![ \t#])[ \t#]+$/, "");
      anchors.add(slugOf(plain.replace(ATTRIBUTE_LIST, "")));
    }
  }
  for (const match of text.matchAll(EXPLICIT)) {
    const explicit = match[1] ?? match[2] ?? match[3];
    if (explicit !== undefined) anchors.add(explicit.toLowerCase());
  }
  return anchors;
}

/** One for each heading, in their order; those that would be alike have numbers. */
function slugsOf(headings: ParsedDocument["headings"]): string[] {
  const slugs = new Set<string>();
  const seen = new Map<string, number>();
  for (const heading of headings) {
    const slug = slugOf(heading.text.replace(ATTRIBUTE_LIST, ""));
    let times = seen.get(slug) ?? 0;
    let unique = times === 0 ? slug : `${slug}-${times}`;
    // A heading may be written as the number of another would make it.
    while (slugs.has(unique)) unique = `${slug}-${++times}`;
    seen.set(slug, times + 1);
    slugs.add(unique);
  }
  return [...slugs];
}

/** Whether an anchor, as written, leads to one of the places; the names of headings are as good as their slugs. */
export function hasAnchor(anchors: ReadonlySet<string>, written: string): boolean {
  const anchor = decodedAnchor(written);
  if (isElsewhere(anchor)) return true;
  const last = anchor.slice(anchor.lastIndexOf("#") + 1).replace(/^\^|^user-content-/, "");
  return anchors.has(last.toLowerCase()) || anchors.has(slugOf(last)) || last === "";
}

/** A browser's text fragment and a forge's line numbers are for others to find, and the top is everywhere. */
function isElsewhere(anchor: string): boolean {
  return anchor.startsWith(":~:") || /^L\d+/.test(anchor) || anchor === "" || anchor === "top";
}

function decodedAnchor(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** GitHub's rule: lower case, punctuation gone, spaces to hyphens. */
function slugOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}
