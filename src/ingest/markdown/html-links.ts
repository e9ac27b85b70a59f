/**
 * Links of HTML and of components, `<a href>`, `<img src>`, `<LinkCard href>`, `<RouterLink to>`, and relations in
 * comments, `<!-- tags: [REL: target] -->`.
 */

import { MARKDOWN_EXTENSION } from "./link-paths.ts";
import { type FoundLink, shown, splitAnchor } from "./references.ts";
import { liquidTarget } from "./template-links.ts";

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const TAG = /<([A-Za-z][\w.-]{0,100})(\s[^<>]*)>/g;
const ATTRIBUTE = /(?:^|\s)(href|src|to|file)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`{]+))/gi;
/** `<RouterLink to="/other.html">` of VuePress, `<Link to="/docs/other">` of Docusaurus. */
const LINK_COMPONENT = /^(?:[A-Z]\w*)?Link$/;
const SHOWS = /^(?:img|video|audio|source|embed|iframe)$/i;
/** `<include src="a.md">` of MarkBind, `<Snippet file="a.md" />` of Mintlify. */
const INCLUDES = /^(?:include|snippet)$/i;

export function mayHoldHtmlLinks(content: string): boolean {
  return content.includes("<") && /\b(?:href|src|to|file)\s*=/i.test(content);
}

/** @param base where the HTML begins in the text that offsets are counted in */
export function htmlLinks(html: string, base: number): FoundLink[] {
  if (!mayHoldHtmlLinks(html)) return [];
  const found: FoundLink[] = [];
  const visible = html.replace(COMMENT, (comment) => " ".repeat(comment.length));
  for (const { 0: tag, 1: name = "", 2: attributes = "", index } of visible.matchAll(TAG)) {
    // Components are written in upper case; whatever they show is a link's text.
    const isLink = /^(?:a|area)$/i.test(name) || /^[A-Z][a-z]/.test(name);
    const offset = base + index;
    for (const match of attributes.matchAll(ATTRIBUTE)) {
      const value = (match[2] ?? match[3] ?? match[4] ?? "").replaceAll("&amp;", "&").trim();
      if (value === "" || tag.startsWith("</")) continue;
      const leads = match[1] === "to" ? LINK_COMPONENT.test(name) : /^href$/i.test(match[1]!) && isLink;
      if (leads) found.push({ type: "link", ...splitAnchor(liquidTarget(value).target), offset });
      else if (shows(name, match[1]!, value)) found.push(shown(value, offset));
    }
  }
  return found;
}

function shows(element: string, attribute: string, value: string): boolean {
  if (INCLUDES.test(element)) return /^(?:src|file)$/i.test(attribute) && MARKDOWN_EXTENSION.test(value);
  return /^src$/i.test(attribute) && SHOWS.test(element);
}

const COMMENT_OPEN = "<!--";
const COMMENT_CLOSE = "-->";
const TAGS = /^\s*tags:/i;
const RELATION = /\[([^[\]]*)\]/g;
const RELATION_NAME = /^[A-Za-z][\w -]*$/;

/** @param base where the HTML begins in the text that offsets are counted in */
export function commentRelations(html: string, base: number): FoundLink[] {
  const found: FoundLink[] = [];
  let open = html.indexOf(COMMENT_OPEN);
  while (open >= 0) {
    const close = html.indexOf(COMMENT_CLOSE, open);
    if (close < 0) break;
    const body = html.slice(open + COMMENT_OPEN.length, close);
    if (TAGS.test(body)) found.push(...relationsOf(body, base + open));
    open = html.indexOf(COMMENT_OPEN, close);
  }
  return found;
}

/** `[REL: a] [OTHER: b]`, and `[REL: a, b, OTHER: c]`: a part without a name of its own continues the last. */
function relationsOf(comment: string, offset: number): FoundLink[] {
  const found: FoundLink[] = [];
  const body = comment.replaceAll("[[", "").replaceAll("]]", "");
  for (const [, inside] of body.matchAll(RELATION)) {
    let type: string | undefined;
    for (const part of inside!.split(",")) {
      const colon = part.indexOf(":");
      const name = part.slice(0, Math.max(colon, 0)).trim();
      const named = RELATION_NAME.test(name);
      if (named) type = name.toLowerCase();
      const reference = named ? part.slice(colon + 1) : part;
      const { target, anchor } = splitAnchor(reference.split("|")[0]!);
      if (type !== undefined && target !== "") found.push({ type, target, anchor, offset });
    }
  }
  return found;
}
