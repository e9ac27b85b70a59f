/**
 * Links of Hugo: `{{< ref "page.md#place" >}}`, `{{< relref path="/blog/page" lang="de" >}}`, and both with `%`. Hugo
 * looks for a page from where the document is, then by its name in the whole site.
 */
import { type FoundLink, splitAnchor } from "./references.ts";

/** The type of such a link. */
export const HUGO_REFERENCE = "ref";

const SHORTCODE = /\{\{[<%]\s*(?:rel)?ref\s+([^<>%{}]{1,1000}?)\s*\/?[%>]\}\}/;
const NAMED = /(?:^|\s)path\s*=\s*(?:"([^"]*)"|`([^`]*)`|([^\s"`]+))/;
const FIRST = /^(?:"([^"]*)"|`([^`]*)`|([^\s"`=]+)(?!\S))/;

const ANYWHERE = new RegExp(SHORTCODE, "g");
const HERE = new RegExp(SHORTCODE, "y");

export function mayHoldHugoReferences(content: string): boolean {
  return content.includes("{{<") || content.includes("{{%");
}

/** @param base where the text begins in the one that offsets are counted in */
export function hugoReferences(text: string, base: number): FoundLink[] {
  if (!mayHoldHugoReferences(text)) return [];
  return [...text.matchAll(ANYWHERE)].flatMap(({ index, 1: inside = "" }) => reference(inside, base + index));
}

/** The shortcode that begins at a place; undefined where none does. */
export function hugoReferenceAt(
  text: string,
  at: number,
): { readonly length: number; readonly links: readonly FoundLink[] } | undefined {
  HERE.lastIndex = at;
  const found = HERE.exec(text);
  return found === null ? undefined : { length: found[0].length, links: reference(found[1]!, at) };
}

function reference(inside: string, offset: number): FoundLink[] {
  const found = NAMED.exec(inside) ?? FIRST.exec(inside);
  const target = (found?.[1] ?? found?.[2] ?? found?.[3] ?? "").trim();
  return target === "" ? [] : [{ type: HUGO_REFERENCE, ...splitAnchor(target), offset }];
}
