/**
 * Links, and whole documents, that the template language of a site generator names.
 */
/*
 * Liquid, as Jekyll has it: `[a]({% link docs/a.md %})`,
 * `[a]({{ '/docs/a' | relative_url }})`, `[a]({{ site.baseurl }}/docs/a)`, `{% post_url 2024-01-31-a %}`. To CommonMark
 * a destination with blanks is text.
 */

import { mayHoldRoles } from "./directives.ts";
import { type FoundLink, splitAnchor } from "./references.ts";

const PIECE = String.raw`\{\{(?![<%])[^{}\n]{1,300}\}\}|\{%[^{}%\n]{1,300}%\}`;
const PLAIN = String.raw`[^\s(){}]{0,300}`;

/** A link whose destination begins with what a template fills in. */
export const LIQUID_LINK = new RegExp(
  String.raw`(!?)\[([^[\]\n]{0,1000})\]\(\s*(${PLAIN}(?:${PIECE}){1,2}${PLAIN})(?:\s+"[^"\n]{0,300}")?\s*\)`,
  "iy",
);

const LINK = /\{%-?\s*link\s+([^\s%]+)\s*-?%\}/;
const ADDRESS =
  /\{\{-?\s*(["'])([^"'{}]*)\1\s*\|\s*(?:relative_url|absolute_url|url|prepend:\s*site\.(?:baseurl|url))\b[^{}]*\}\}/;
const POST = /\{%-?\s*post_url\s+(?:[^\s%]*\/)?([^\s%/]+)\s*-?%\}/;

/** What a destination means, from the root of the site, or the name of a post; as it is where it says no more. */
export function liquidTarget(destination: string): {
  readonly target: string;
  readonly kind: "address" | "name";
} {
  const post = POST.exec(destination);
  if (post !== null) {
    const behind = destination.slice(post.index + post[0].length);
    return { target: post[1]! + (behind.startsWith("#") ? behind : ""), kind: "name" };
  }
  const rooted = (path: string): string => (path.startsWith("/") ? path : `/${path}`);
  const target = destination
    .replace(LINK, (_, path: string) => rooted(path))
    .replace(ADDRESS, (_, _quote, path: string) => rooted(path));
  return { target, kind: "address" };
}

/** Whether a text may hold shortcodes of Hugo, roles, or name documents to put in their place. */
export function mayHoldTemplateLinks(content: string): boolean {
  return mayHoldHugoReferences(content) || mayHoldIncludes(content) || mayHoldRoles(content);
}

/*
 * Hugo: `{{< ref "page.md#place" >}}`, `{{< relref path="/blog/page" lang="de" >}}`, and both with `%`. Hugo
 * looks for a page from where the document is, then by its name in the whole site.
 */

/** The type of a link of Hugo. */
export const HUGO_REFERENCE = "ref";

const SHORTCODE = /\{\{[<%]\s*(?:rel)?ref\s+([^<>%{}]{1,1000}?)\s*\/?[%>]\}\}/;
const NAMED = /(?:^|\s)path\s*=\s*(?:"([^"]*)"|`([^`]*)`|([^\s"`]+))/;
const FIRST = /^(?:"([^"]*)"|`([^`]*)`|([^\s"`=]+)(?!\S))/;

const ANYWHERE = new RegExp(SHORTCODE, "g");
const HERE = new RegExp(SHORTCODE, "y");

function mayHoldHugoReferences(content: string): boolean {
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

/*
 * Documents that are put in the place of a line: imports of MDX, `{{#include a.md}}` of mdBook, `{{< include a.md >}}`
 * of Quarto, `<!--@include: ./a.md-->` of VitePress, `--8<-- "a.md"` and `{!a.md!}` of MkDocs,
 * `{% include_relative a.md %}` of Jekyll, `{% include "a.md" %}` of GitBook, `{% partial file="a.md" /%}` of Markdoc,
 * `{{a.md}}` of MultiMarkdown and `@import "a.md"` of previews in editors.
 */

const MAY_HOLD_IN_BRACES =
  /\{\{#(?:rustdoc_)?include\s|\{\{<\s*include\s|\{!|\{%-?\s*(?:include|partial|post_link)|\.(?:mdx?|markdown)\}\}/;
const MAY_HOLD = /^import\s|@i(?:nclude:|mport\s)|-8<-/m;
const NAME = String.raw`([^\s"'\`<>{}:]{1,500}\.(?:md|mdx|markdown))`;

const INCLUDED = new RegExp(
  [
    String.raw`^import\s+(?!\s)[\w{}*,\s]{1,300}?\s+from\s+["'](?=\.{1,2}/|@site/)${NAME}["']`,
    String.raw`(?<![\`\\])\{\{#(?:rustdoc_)?include\s+${NAME}[^{}\n]{0,100}\}\}`,
    String.raw`(?<!\`)\{\{<\s*include\s+["']?${NAME}["']?\s*>\}\}`,
    String.raw`(?<!\`)<!--\s*@include:\s*${NAME}[^<>\n]{0,100}-->`,
    String.raw`^[ \t]*-{1,3}8<-{1,3}[ \t]+["']${NAME}[^"'\n]{0,100}["']`,
    String.raw`(?<![\`\\{])\{!\s*${NAME}[^{}\n]{0,100}!\}`,
    String.raw`(?<!\`)\{%-?\s*(?:include(?:_relative)?\s+|partial\s+file\s*=\s*)` +
      String.raw`["']?${NAME}["']?[^{}%\n]{0,300}%\}`,
    String.raw`^[ \t]*\{\{${NAME}\}\}[ \t]*$`,
    String.raw`^@import\s+["']${NAME}["']`,
  ].join("|"),
  "gm",
);
/** Names of documents on lines of their own, between two lines of `--8<--`. */
const INCLUDED_LINES = /^[ \t]*(-{1,3}8<-{1,3})[ \t]*\n([\s\S]{1,10000}?)\n[ \t]*\1[ \t]*$/gm;
const WHOLE_NAME =
  /^[ \t]*([^\s"'`<>{}:][^"'`<>{}:\n]{0,500}\.(?:md|mdx|markdown))(?::[^\n]{0,100})?[ \t]*$/gm;
/** A post that Hexo links to by its name. */
const POST_LINK = /(?<!`)\{%\s*post_link\s+([^\s%{}]{1,500})[^{}%\n]{0,300}%\}/g;

function mayHoldIncludes(content: string): boolean {
  if (content.includes("{") && MAY_HOLD_IN_BRACES.test(content)) return true;
  const mayHold = content.includes("import ") || content.includes("@include:") || content.includes("8<-");
  return mayHold && MAY_HOLD.test(content);
}

/** @param base where the text begins in the one that offsets are counted in */
export function includedDocuments(text: string, base: number): FoundLink[] {
  if (!mayHoldIncludes(text)) return [];
  const found = [...text.matchAll(INCLUDED)].map((match) => included(match, base));
  for (const { 2: lines = "", 0: whole, index } of text.matchAll(INCLUDED_LINES)) {
    const start = base + index + whole.indexOf(lines);
    for (const match of lines.matchAll(WHOLE_NAME)) found.push(included(match, start));
  }
  for (const { 1: name = "", index } of text.matchAll(POST_LINK))
    found.push({ type: HUGO_REFERENCE, ...splitAnchor(name), offset: base + index });
  return found;
}

function included(match: RegExpExecArray, base: number): FoundLink {
  const target = match.slice(1).find((name) => name !== undefined) ?? "";
  return { type: "embed", target, anchor: undefined, offset: base + match.index };
}
