/**
 * Reads the structure of a document: front matter, headings, top-level blocks and links.
 *
 * Every line that is not blank belongs to exactly one block or to the front matter, so that whoever cuts the
 * document along blocks loses nothing. Odd markdown is never an error: in CommonMark every text is a document.
 */

import { type Block, type BlockStructure, readBlockStructure } from "./blocks.ts";
import {
  type FrontMatter,
  frontMatterAliases,
  frontMatterRelations,
  frontMatterTags,
  frontMatterTitle,
  readFrontMatter,
} from "./front-matter.ts";
import {
  extractCommentRelations,
  extractLinks,
  mayContainLinks,
  outsideMdxComments,
  plainText,
  type RawLink,
} from "./links.ts";

export interface Heading {
  /** 1 to 6. */
  readonly level: number;
  /** Plain text, without markup. */
  readonly text: string;
  readonly line: number;
}

export interface ParsedDocument {
  /** The front matter's title, else the first level-1 heading, else the heading the body begins with. */
  readonly title: string | undefined;
  readonly tags: readonly string[];
  readonly aliases: readonly string[];
  readonly frontMatter: FrontMatter | undefined;
  /** The whole document, front matter included. */
  readonly text: string;
  /** Offset in `text` where each line begins, and the length of `text` at the end. */
  readonly lineStarts: Uint32Array;
  /** Headings that are blocks of the document itself, not those inside a list or a quote. */
  readonly headings: readonly Heading[];
  /** The body without the front matter. */
  readonly blocks: readonly Block[];
  /** Links to other documents, and to whatever else is not the document itself. */
  readonly links: readonly RawLink[];
  /** Links to places within the document. */
  readonly innerLinks: readonly RawLink[];
}

/** @param text as `decodeMarkdown` returns it. */
export function parseDocument(text: string): ParsedDocument {
  const lineStarts = findLineStarts(text);
  const frontMatter = readFrontMatter(text);
  const structure = readBlockStructure({ text, lineStarts }, frontMatter?.endLine ?? 0);
  const { blocks, env } = structure;
  const headings = structure.headings.map(({ level, content, line }) => ({
    level,
    text: plainText(content, env),
    line,
  }));
  const all = linksOf(structure);
  const links = all.filter(({ target }) => target !== "");
  return {
    title: (frontMatter && frontMatterTitle(frontMatter)) ?? titleHeading(headings, blocks),
    tags: frontMatter ? frontMatterTags(frontMatter) : [],
    aliases: frontMatter ? frontMatterAliases(frontMatter) : [],
    frontMatter,
    text,
    lineStarts,
    headings,
    blocks,
    links: frontMatter ? frontMatterRelations(frontMatter, text).concat(links) : links,
    innerLinks: links.length === all.length ? [] : all.filter(({ target }) => target === ""),
  };
}

function linksOf({ inline, html, env }: BlockStructure): RawLink[] {
  const links: RawLink[] = [];
  for (const { content, line } of outsideMdxComments(inline)) {
    if (mayContainLinks(content, env)) for (const link of extractLinks(content, env, line)) links.push(link);
  }
  for (const { content, line } of html) {
    for (const link of extractCommentRelations(content, line)) links.push(link);
  }
  return links.sort((a, b) => a.line - b.line);
}

function titleHeading(headings: readonly Heading[], blocks: readonly Block[]): string | undefined {
  const opening = blocks[0]?.kind === "heading" ? headings[0] : undefined;
  const title = headings.find(({ level, text }) => level === 1 && text !== "") ?? opening;
  return title === undefined || title.text === "" ? undefined : title.text;
}

function findLineStarts(text: string): Uint32Array {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  const starts = new Uint32Array(count + 1);
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts[line++] = at + 1;
  starts[count] = text.length;
  return starts;
}
