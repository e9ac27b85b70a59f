/** Relations in comments of HTML: `<!-- tags: [REL: target] -->`. */
import { type FoundLink, splitAnchor } from "./references.ts";

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
