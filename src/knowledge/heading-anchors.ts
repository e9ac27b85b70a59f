/** The places in a document that a link's `#anchor` can mean. */
import type { ParsedDocument } from "../ingest/markdown/index.ts";

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
      const plain = (heading ?? "").replace(/<[^<>]*>/g, "").replace(/[ \t#]+$/, "");
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
export function slugsOf(headings: ParsedDocument["headings"]): string[] {
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
export function isElsewhere(anchor: string): boolean {
  return anchor.startsWith(":~:") || /^L\d+/.test(anchor) || anchor === "" || anchor === "top";
}

export function decodedAnchor(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** GitHub's rule: lower case, punctuation gone, spaces to hyphens. */
export function slugOf(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}
