/** Links of HTML and of components: `<a href>`, `<img src>`, `<LinkCard href>`, `<RouterLink to>`. */
import { liquidTarget } from "./liquid-references.ts";
import { type FoundLink, shown, splitAnchor } from "./references.ts";

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const TAG = /<([A-Za-z][\w.-]{0,100})(\s[^<>]*)>/g;
const ATTRIBUTE = /(?:^|\s)(href|src|to)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`{]+))/gi;
/** `<RouterLink to="/other.html">` of VuePress, `<Link to="/docs/other">` of Docusaurus. */
const LINK_COMPONENT = /^(?:[A-Z]\w*)?Link$/;
const SHOWS = /^(?:img|video|audio|source|embed|iframe)$/i;

export function mayHoldHtmlLinks(content: string): boolean {
  return content.includes("<") && /\b(?:href|src|to)\s*=/i.test(content);
}

/** @param base where the HTML begins in the text that offsets are counted in */
export function htmlLinks(html: string, base: number): FoundLink[] {
  if (!mayHoldHtmlLinks(html)) return [];
  const found: FoundLink[] = [];
  const visible = html.replace(COMMENT, (comment) => " ".repeat(comment.length));
  for (const { 0: tag, 1: name = "", 2: attributes = "", index } of visible.matchAll(TAG)) {
    // Components are written in upper case; whatever they show is a link's text.
    const isLink = /^a$/i.test(name) || /^[A-Z][a-z]/.test(name);
    const offset = base + index;
    for (const match of attributes.matchAll(ATTRIBUTE)) {
      const value = (match[2] ?? match[3] ?? match[4] ?? "").replaceAll("&amp;", "&").trim();
      if (value === "" || tag.startsWith("</")) continue;
      const leads = match[1] === "to" ? LINK_COMPONENT.test(name) : /^href$/i.test(match[1]!) && isLink;
      if (leads) found.push({ type: "link", ...splitAnchor(liquidTarget(value).target), offset });
      else if (/^src$/i.test(match[1]!) && SHOWS.test(name)) found.push(shown(value, offset));
    }
  }
  return found;
}
