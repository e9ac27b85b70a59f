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
  frontMatterFields,
  frontMatterRelations,
  frontMatterTags,
  frontMatterTitle,
  readFrontMatter,
} from "./front-matter.ts";
import { inlineTags } from "./inline-tags.ts";
import {
  extractHtmlLinks,
  extractLinks,
  type LinkTexts,
  mayContainLinks,
  plainText,
  type RawLink,
} from "./links.ts";
import { outsideMdxComments } from "./mdx.ts";
import { leaveOutNoise, lineInFile } from "./noise.ts";
import { pageProperties } from "./page-properties.ts";
import { asName, findLineStarts } from "./plain-text.ts";
import { ATTACHMENT } from "./references.ts";

export interface Heading {
  /** 1 to 6. */
  readonly level: number;
  /** Plain text, without markup. */
  readonly text: string;
  readonly line: number;
}

export interface ParsedDocument {
  /** The front matter's title, else Logseq's `title::`, else the level-1 heading that the document begins with. */
  readonly title: string | undefined;
  readonly tags: readonly string[];
  readonly aliases: readonly string[];
  readonly frontMatter: FrontMatter | undefined;
  /** What the front matter says, by keys in lower case. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** The whole document, front matter included; of what says nothing in words only that it is left out. */
  readonly text: string;
  /** Offset in `text` where each line begins, and the length of `text` at the end. */
  readonly lineStarts: Uint32Array;
  /**
   * Where each line of `text` begins in the file, as `WithoutNoise` has it; blocks are counted in the lines of
   * `text`, all else in those of the file.
   */
  readonly fileLines: Uint32Array | undefined;
  /** Headings that are blocks of the document itself, not those inside a list or a quote. */
  readonly headings: readonly Heading[];
  /** The body without the front matter. */
  readonly blocks: readonly Block[];
  /**
   * Blocks, by their places, with which a chunk begins, whatever would fit into the one before: each is a heading.
   * Undefined where chunks may be packed together, as those of markdown.
   */
  readonly chunkStarts?: readonly number[];
  /** Links to other documents, and to whatever else is not the document itself. */
  readonly links: readonly RawLink[];
  /** Links to places within the document. */
  readonly innerLinks: readonly RawLink[];
  /** Images and the like that the document shows. */
  readonly attachments: readonly RawLink[];
}

/** What Pandoc, kramdown, Docusaurus and Hugo take off a heading: `{#part .wide}`, `{: #part}`. */
const ATTRIBUTE_LIST = /(?:^|(?<!\s)[ \t]+)\{(?::[ \t]*)?[#.][\w:.-][^{}\n]*\}[ \t]*$/;

/** @param written as `decodeMarkdown` returns it. */
export function parseDocument(written: string, texts?: LinkTexts): ParsedDocument {
  const { text, lines } = leaveOutNoise(written);
  const lineStarts = findLineStarts(text);
  const frontMatter = readFrontMatter(text);
  const structure = readBlockStructure({ text, lineStarts }, frontMatter?.endLine ?? 0);
  const { blocks, env } = structure;
  const headings = structure.headings.map(({ level, content, line }) => ({
    level,
    text: plainText(content.replace(ATTRIBUTE_LIST, ""), env),
    line: lineInFile(line, lines),
  }));
  const page = pageProperties(text.slice(lineStarts[frontMatter?.endLine ?? 0]));
  const relations = frontMatter ? frontMatterRelations(frontMatter, text) : [];
  const inBody = linksOf(structure, texts);
  const all =
    lines === undefined ? inBody : inBody.map((link) => ({ ...link, line: lineInFile(link.line, lines) }));
  const links = all.filter(({ type, target }) => target !== "" && type !== ATTACHMENT);
  const attachments = all.filter(({ type, target }) => target !== "" && type === ATTACHMENT);
  const innerLinks = all.filter(({ type, target }) => target === "" && type !== ATTACHMENT);
  return {
    title:
      ifSeen(frontMatter && frontMatterTitle(frontMatter)) ??
      ifSeen(page.title) ??
      ifSeen(openingHeading({ text, lineStarts }, headings, blocks)),
    tags: tagsOf(frontMatter, structure),
    aliases: [...new Set([...(frontMatter ? frontMatterAliases(frontMatter) : []), ...page.aliases])],
    frontMatter: frontMatter && inFile(frontMatter, lines),
    fields: frontMatter ? frontMatterFields(frontMatter) : {},
    text,
    lineStarts,
    fileLines: lines,
    headings,
    blocks,
    links: relations.length > 0 ? relations.concat(links) : links,
    innerLinks,
    attachments,
  };
}

/** A title of characters that nobody sees is none: joiners, marks of direction, fillers. */
function ifSeen(title: string | undefined): string | undefined {
  return title !== undefined && SEEN.test(title) ? asName(title) : undefined;
}

const SEEN = /[^\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u;

function inFile(frontMatter: FrontMatter, lines: ParsedDocument["fileLines"]): FrontMatter {
  const { problemLine, faults } = frontMatter;
  if (problemLine === undefined) return frontMatter;
  return {
    ...frontMatter,
    problemLine: lineInFile(problemLine, lines),
    faults: faults.map((fault) => ({ ...fault, line: lineInFile(fault.line, lines) })),
  };
}

/** Those of the front matter, which the tags are listed in first, then those in the text. */
function tagsOf(frontMatter: FrontMatter | undefined, { tagged }: BlockStructure): string[] {
  const listed = frontMatter ? frontMatterTags(frontMatter) : [];
  const known = new Set(listed.map((tag) => tag.toLowerCase()));
  return [...listed, ...inlineTags(tagged).filter((tag) => !known.has(tag.toLowerCase()))];
}

function linksOf({ inline, html, env }: BlockStructure, texts: LinkTexts | undefined): RawLink[] {
  const links: RawLink[] = [];
  for (const { content, line } of outsideMdxComments(inline)) {
    if (mayContainLinks(content, env))
      for (const link of extractLinks(content, env, line, texts)) links.push(link);
  }
  for (const { content, line } of html) {
    for (const link of extractHtmlLinks(content, env, line, texts)) links.push(link);
  }
  return links.sort((a, b) => a.line - b.line);
}

/**
 * The heading of level 1 that the document begins with, as its readers see it: a logo, badges or the imports of MDX
 * may stand above. A later or deeper one is the title of a part.
 */
function openingHeading(
  { text, lineStarts }: Pick<ParsedDocument, "text" | "lineStarts">,
  headings: readonly Heading[],
  blocks: readonly Block[],
): string | undefined {
  for (const { kind, startLine, endLine } of blocks) {
    if (kind === "heading") {
      const [first] = headings;
      return first?.level === 1 && first.text !== "" ? first.text : undefined;
    }
    const content = text.slice(
      lineStarts[startLine - 1],
      Math.min(lineStarts[endLine]!, lineStarts[startLine - 1]! + LONGEST_PREAMBLE),
    );
    const heading = HTML_HEADING.exec(content);
    if (heading !== null && !showsWords(content.slice(0, heading.index))) return wordsOf(heading[1]!);
    if (showsWords(content)) return undefined;
  }
  return undefined;
}

const LONGEST_PREAMBLE = 10_000;
const HTML_HEADING = /<h1(?:\s[^<>]*)?>([\s\S]{1,1000}?)<\/h1>/i;
/** Statements of MDX; a sentence may begin with these words as well. */
const IMPORTS =
  /^(?:import\s+["'{*]|import\s[^\n]{0,200}\sfrom\s*["']|export\s+(?:const|let|default|function)\b)/;

function showsWords(content: string): boolean {
  if (IMPORTS.test(content)) return false;
  const rest = content
    .replace(/<!--[\s\S]*?(?:-->|$)|\{\/\*[\s\S]*?\*\/\}|(?<![\w%])%%(?!%)[\s\S]*?(?:%%|$)/g, "")
    // Where links are defined; a line after one that is none is text.
    .replace(/^(?:\s*\[(?!\^)[^\]\n]{1,200}\]:[^\n]*(?:\n|$))+/, "")
    .replace(/<[^<>]*>/g, "")
    // Where a table of contents is to stand.
    .replace(/^\s*\[{1,2}_?toc_?\]{1,2}[ \t]*$/gim, "")
    .replace(/\[?!\[[^\]\n]*\](?:\([^()\n]*\)|\[[^\]\n]*\])(?:\](?:\([^()\n]*\)|\[[^\]\n]*\]))?/g, "");
  return /[\p{L}\p{N}]/u.test(rest);
}

function wordsOf(html: string): string | undefined {
  const words = html
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return words === "" ? undefined : words.replaceAll("&amp;", "&").replaceAll("&lt;", "<");
}
