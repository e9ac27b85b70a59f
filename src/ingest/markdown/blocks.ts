/**
 * Reads the block structure of a document: its top-level blocks and headings, and the inline texts that may
 * hold links.
 *
 * A parser's token tree takes a hundred times the memory of its text. A document is therefore parsed a window
 * at a time: everything but the last block of a window is final, and the next window begins with that block.
 * What is kept are line numbers and the few texts that are looked at again once all reference definitions are
 * known, since a link may stand before the definition it needs.
 */

import createParser, { type Env, type MarkdownIt, type Token } from "markdown-it";
import { keepFromLastCompiler } from "../../system/index.ts";
import { textOfDirective } from "./directives.ts";
import { mayHoldHtmlLinks } from "./html-links.ts";
import { indentedContentRule } from "./indented-content.ts";
import { mayHoldTags } from "./inline-tags.ts";
import { componentFenceRule, componentRule, mayTouchMdxComment } from "./mdx.ts";
import { isSpace } from "./plain-text.ts";
import { mayHoldTemplateLinks } from "./template-links.ts";

/** A run of lines that belong together. Lines are 1-based and inclusive; neither edge is blank. */
export interface Block {
  readonly startLine: number;
  readonly endLine: number;
  /** Prose is best cut between sentences, anything else between lines. */
  readonly kind: "heading" | "prose" | "other";
}

/** Text with inline markup, or HTML. */
export interface MarkedUpText {
  readonly content: string;
  readonly line: number;
}

export interface BlockStructure {
  readonly blocks: readonly Block[];
  /** Headings that are blocks of the document itself, not those inside a list or a quote. */
  readonly headings: readonly (MarkedUpText & { readonly level: number })[];
  /** Inline texts that may hold links or part of a comment, in order. */
  readonly inline: readonly MarkedUpText[];
  /** Text with inline markup that may hold tags. */
  readonly tagged: readonly string[];
  /** HTML blocks that may hold links or comments. */
  readonly html: readonly MarkedUpText[];
  /** Holds the document's reference definitions. */
  readonly env: Env;
}

/** Text whose lines begin at the offsets given; the last offset is the length of the text. */
export interface LinedText {
  readonly text: string;
  readonly lineStarts: Uint32Array;
}

/** Characters parsed at a time. */
const WINDOW = 1 << 20;
/** A list or quote that is even longer is read as several; only code and HTML are waited for to the end. */
const LARGEST_WINDOW = 4 << 20;
const UNDIVIDED = new Set(["fence", "html_block", "code_block"]);

/** @param firstLine lines before the body, which are left out. */
export function readBlockStructure(document: LinedText, firstLine: number): BlockStructure {
  const structure = {
    blocks: [] as Block[],
    headings: [] as (MarkedUpText & { level: number })[],
    inline: [] as MarkedUpText[],
    tagged: [] as string[],
    html: [] as MarkedUpText[],
    env: { references: Object.create(null) } as Env,
  };
  const lastLine = document.lineStarts.length - 1;
  let line = firstLine;
  let size = WINDOW;
  while (line < lastLine) {
    const end = windowEnd(document, line, size);
    const tokens = blockTokens(document, line, end, structure.env);
    const kept = end === lastLine ? tokens.length : finalTokens(tokens, size);
    if (kept === 0 && tokens.length > 0) {
      size *= 2;
      continue;
    }
    collect(tokens, kept, line, structure, document);
    line = kept === tokens.length ? end : line + tokens[kept]!.map![0];
    size = WINDOW;
  }
  return { ...structure, blocks: attachAnchors(trimBlankEdges(structure.blocks, document), document) };
}

function windowEnd({ lineStarts }: LinedText, line: number, size: number): number {
  const target = lineStarts[line]! + size;
  const last = lineStarts.length - 1;
  if (lineStarts[last]! <= target) return last;
  let low = line + 1;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lineStarts[middle]! < target) low = middle + 1;
    else high = middle;
  }
  return low;
}

let parser: MarkdownIt | undefined;

/** Most of a markdown parser's time goes into inline text; only the block rules are run here. */
function blockTokens({ text, lineStarts }: LinedText, from: number, to: number, env: Env): Token[] {
  if (parser === undefined) {
    parser = createParser({ html: true, linkify: false });
    parser.normalizeLink = (url) => url;
    parser.validateLink = () => true;
    parser.block.ruler.before("html_block", "component", componentRule);
    parser.block.ruler.before("code", "component_fence", componentFenceRule);
    parser.block.ruler.before("code", "indented_content", indentedContentRule);
    // Nearly every line is turned away by the first look of each, so that the code would be no faster.
    keepFromLastCompiler(...parser.block.ruler.getRules(""));
  }
  const tokens: Token[] = [];
  parser.block.parse(text.slice(lineStarts[from], lineStarts[to]), parser, env, tokens);
  return tokens;
}

/** How many tokens of a window that ends in the middle of the document belong to blocks that are complete. */
function finalTokens(tokens: readonly Token[], size: number): number {
  let last = tokens.length - 1;
  while (last >= 0 && (tokens[last]!.level !== 0 || tokens[last]!.map === null)) last--;
  if (last > 0) return last;
  const block = tokens[0];
  return block !== undefined && size >= LARGEST_WINDOW && !UNDIVIDED.has(block.type) ? tokens.length : 0;
}

interface Collected {
  readonly blocks: Block[];
  readonly headings: (MarkedUpText & { level: number })[];
  readonly inline: MarkedUpText[];
  readonly tagged: string[];
  readonly html: MarkedUpText[];
}

function collect(
  tokens: readonly Token[],
  count: number,
  lineOffset: number,
  into: Collected,
  document: LinedText,
): void {
  // Cells of a table have no line of their own: the row has.
  let line = lineOffset + 1;
  let inWholeRow = false;
  for (let i = 0; i < count; i++) {
    const { type, level, nesting, map, content, tag, info } = tokens[i]!;
    if (map !== null && nesting >= 0) {
      line = map[0] + 1 + lineOffset;
      if (level === 0)
        into.blocks.push({ startLine: line, endLine: map[1] + lineOffset, kind: blockKind(type) });
    }
    if (type === "heading_open" && level === 0) {
      into.headings.push({ level: Number(tag.slice(1)), content: tokens[i + 1]?.content ?? "", line });
    } else if (type === "inline") {
      if (mayHoldTags(content)) into.tagged.push(content);
      if (!inWholeRow && mayHoldLinks(content)) into.inline.push({ content, line });
    } else if (type === "html_block" && mayHoldLinks(content)) into.html.push({ content, line });
    else if (type === "tr_close") inWholeRow = false;
    else if (type === "fence") collectDirective(textOfDirective(info, content), line, into);
    if (type === "tr_open") {
      const row = document.text.slice(document.lineStarts[line - 1], document.lineStarts[line]);
      inWholeRow = BARE_BAR.test(row);
      if (inWholeRow) into.inline.push({ content: row.trim(), line });
    }
  }
}

function collectDirective(text: string | undefined, line: number, into: Collected): void {
  if (text === undefined) return;
  if (mayHoldTags(text)) into.tagged.push(text);
  if (mayHoldLinks(text)) into.inline.push({ content: text, line });
}

/** A wikilink with a bar that is not escaped: a table ends its cell there, and whoever wrote it meant the link. */
const BARE_BAR = /\[\[[^[\]|\n]*[^[\]|\\\n]\|[^[\]\n]*\]\]/;

function mayHoldLinks(content: string): boolean {
  return (
    content.includes("[") ||
    content.includes("<!--") ||
    mayTouchMdxComment(content) ||
    mayHoldHtmlLinks(content) ||
    mayHoldTemplateLinks(content)
  );
}

function blockKind(type: string): Block["kind"] {
  return type === "heading_open" ? "heading" : type === "paragraph_open" ? "prose" : "other";
}

/** The parser counts the blank lines after a list as part of it, for one. */
function trimBlankEdges(blocks: readonly Block[], { text, lineStarts }: LinedText): Block[] {
  const isBlank = (line: number): boolean => isBlankBetween(text, lineStarts[line - 1]!, lineStarts[line]!);
  return blocks.flatMap(({ startLine, endLine, kind }) => {
    let first = startLine;
    let last = endLine;
    while (last >= first && isBlank(last)) last--;
    while (first <= last && isBlank(first)) first++;
    return first > last ? [] : [{ startLine: first, endLine: last, kind }];
  });
}

/** Characters of a block that may be nothing but comments and anchors. */
const LONGEST_ANCHOR = 2_000;

/**
 * Adds blocks that show nothing, comments and empty anchors, to the heading they stand before. Site generators put
 * the anchors of former headings there; alone they would be chunks without a word in them.
 */
function attachAnchors(blocks: readonly Block[], { text, lineStarts }: LinedText): Block[] {
  const shows = ({ startLine, endLine, kind }: Block): boolean => {
    const start = lineStarts[startLine - 1]!;
    const end = lineStarts[endLine]!;
    if (kind === "heading" || text[start] !== "<" || end - start > LONGEST_ANCHOR) return true;
    const block = text.slice(start, end);
    return /\S/.test(block.replace(/<!--[\s\S]*?-->/g, "").replace(/<\/?(?:a|span)\b[^<>]*>/gi, ""));
  };
  const attached: Block[] = [];
  for (const block of blocks) {
    let { startLine } = block;
    if (block.kind === "heading") {
      for (let last = attached.at(-1); last !== undefined && !shows(last); last = attached.at(-1)) {
        startLine = last.startLine;
        attached.pop();
      }
    }
    attached.push({ ...block, startLine });
  }
  return attached;
}

function isBlankBetween(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (!isSpace(text.charCodeAt(i))) return false;
  return true;
}
