/** Which lines of a document the heading, or the anchor, behind its id means. */
import type { ParsedDocument } from "../ingest/markdown/index.ts";
import { decodedAnchor, isElsewhere, slugOf, slugsOf } from "./heading-anchors.ts";
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
