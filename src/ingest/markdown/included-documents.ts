/**
 * Documents that a site generator puts in the place of a line: imports of MDX, `{{#include a.md}}` of mdBook,
 * `<!--@include: ./a.md-->` of VitePress, `--8<-- "a.md"` of MkDocs.
 */
import type { FoundLink } from "./references.ts";

const MAY_HOLD = /^import\s|\{\{#include\s|@include:|-8<-/m;
const NAME = String.raw`([^\s"'\`<>{}:]{1,500}\.(?:md|mdx|markdown))`;

const INCLUDED = new RegExp(
  [
    String.raw`^import\s+[\w{}*,\s]{1,300}?\s+from\s+["'](?=\.{1,2}/|@site/)${NAME}["']`,
    String.raw`(?<![\`\\])\{\{#include\s+${NAME}[^{}\n]{0,100}\}\}`,
    String.raw`(?<!\`)<!--\s*@include:\s*${NAME}[^<>\n]{0,100}-->`,
    String.raw`^[ \t]*-{1,3}8<-{1,3}[ \t]+["']${NAME}[^"'\n]{0,100}["']`,
  ].join("|"),
  "gm",
);

export function mayHoldIncludes(content: string): boolean {
  return MAY_HOLD.test(content);
}

/** @param base where the text begins in the one that offsets are counted in */
export function includedDocuments(text: string, base: number): FoundLink[] {
  if (!mayHoldIncludes(text)) return [];
  return [...text.matchAll(INCLUDED)].map((match) => ({
    type: "embed",
    target: match.slice(1).find((name) => name !== undefined) ?? "",
    anchor: undefined,
    offset: base + match.index,
  }));
}
