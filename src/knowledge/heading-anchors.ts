/** The places in a document that a link's `#anchor` can mean. */
import type { ParsedDocument } from "../ingest/parse.ts";

/** Headings in quotes and lists are no headings of the document, but links lead to them all the same. */
const NESTED_HEADING = /^[ \t]*(?:>|[-*+]|\d+[.)])[> \t]*#{1,6}[ \t]+(.+?)[ \t#]*$/gm;
const EXPLICIT = /\b(?:id|name)\s*=\s*["']?([^"'\s>]+)|\{#([^}\s]+)|(?:^|\s)\^([\w-]+)\s*$/gm;

/** Slugs of the headings, as GitHub makes them, and anchors written as HTML, as heading attributes or as block ids. */
export function anchorsOf({
  headings,
  text,
}: Pick<ParsedDocument, "headings" | "text">): ReadonlySet<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  for (const heading of headings) {
    const slug = slugOf(heading.text);
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  for (const [, heading] of text.matchAll(NESTED_HEADING)) anchors.add(slugOf(heading ?? ""));
  for (const match of text.matchAll(EXPLICIT)) {
    const explicit = match[1] ?? match[2] ?? match[3];
    if (explicit !== undefined) anchors.add(explicit.toLowerCase());
  }
  return anchors;
}

/** Whether an anchor, as written, leads to one of the places; the names of headings are as good as their slugs. */
export function hasAnchor(anchors: ReadonlySet<string>, written: string): boolean {
  const anchor = decoded(written);
  // A browser's text fragment and a forge's line numbers are for others to find.
  if (anchor.startsWith(":~:") || /^L\d+/.test(anchor)) return true;
  const last = anchor.slice(anchor.lastIndexOf("#") + 1).replace(/^\^/, "");
  return anchors.has(last.toLowerCase()) || anchors.has(slugOf(last)) || last === "" || last === "top";
}

function decoded(text: string): string {
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
