/**
 * The links a document's text contains: markdown links, `[[wikilinks]]`, `![[embeds]]` and relation comments.
 *
 * The markdown parser decides what is text and what is code, so nothing inside a code span, a code block or a comment
 * is ever a link. Work is linear in the length of the text, however it is nested.
 */
import createParser, { type Env, type MarkdownIt, type StateInline, type Token } from "markdown-it";
import { commentRelations, htmlLinks, mayHoldHtmlLinks } from "./html-links.ts";
import {
  hugoReferenceRule,
  type InlineRule,
  liquidLinkRule,
  looseLinkRule,
  mdxCommentRule,
  note,
  roleRule,
} from "./inline-rules.ts";
import { isTagAt } from "./inline-tags.ts";
import { newlineCounter } from "./plain-text.ts";
import { type FoundLink, readWikilink, shown, splitAnchor } from "./references.ts";
import { hugoReferences, includedDocuments, mayHoldTemplateLinks } from "./template-links.ts";

/** A link as it is written; whether and where it leads is for the link resolver to say. */
export interface RawLink {
  /** `link`, `wikilink`, `embed`, the name of a relation in lower case, or `ATTACHMENT`. */
  readonly type: string;
  /** As written, without anchor and alias; empty for a link within the same document. */
  readonly target: string;
  /** The part after `#`, as written. */
  readonly anchor: string | undefined;
  /** 1-based. */
  readonly line: number;
  /** It may be mere text: no link where it leads to no document. */
  readonly tentative?: true;
  /** What stands for it on the page, in plain words; only where texts of links are asked for. */
  readonly text?: string;
}

const MAX_WIKILINK = 1_000;
const MAX_INLINE = 20_000;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BANG = 0x21;
const NEWLINE = 0x0a;

/** True where {@link extractLinks} could find something: most paragraphs need no inline parsing at all. */
export function mayContainLinks(content: string, env: Env): boolean {
  if (content.includes("<!--") || mayHoldHtmlLinks(content) || mayHoldTemplateLinks(content)) return true;
  return content.includes("[") && (content.includes("](") || content.includes("[[") || hasReferences(env));
}

function hasReferences(env: Env): boolean {
  for (const _ in env.references) return true;
  return false;
}

/**
 * The links of one inline text.
 *
 * @param env as filled by the block parser: holds the document's reference definitions.
 * @param line where the text begins, 1-based.
 * @param texts whether the texts of links are wanted: an ingest has no use for them.
 */
export function extractLinks(content: string, env: Env, line: number, texts = WITHOUT_TEXTS): RawLink[] {
  const links: RawLink[] = [];
  let segmentLine = line;
  for (const segment of inlineSegments(content)) {
    const found: FoundLink[] = [];
    linkParser().inline.parse(segment, linkParser(), { ...env, found }, []);
    found.push(...includedDocuments(segment, 0));
    found.sort((a, b) => a.offset - b.offset);
    const newlinesBefore = newlineCounter(segment);
    for (const { offset, text, ...link } of found) {
      const shown = texts === WITHOUT_TEXTS || text === undefined ? {} : { text: plainText(text, env) };
      links.push({ ...link, line: segmentLine + newlinesBefore(offset), ...shown });
    }
    segmentLine += newlinesBefore(segment.length);
  }
  return links;
}

export type LinkTexts = "with texts" | "without texts";
const WITHOUT_TEXTS: LinkTexts = "without texts";

/** A component of MDX, in which markdown goes on as text. */
const COMPONENT = /^<\/?[A-Z>]/;
/** `<div markdown="1">`, which kramdown and Python-Markdown read on as markdown. */
const MARKDOWN_WITHIN = /^<[a-z][\w-]*(?=\s)[^<>]*\smarkdown(?:[\s>]|\s*=\s*["']?(?:1|span|block|true|)\b)/i;

/** The links of a block of HTML, and the relations in its comments: `<!-- tags: [REL: target] -->`. */
export function extractHtmlLinks(html: string, env: Env, line: number, texts = WITHOUT_TEXTS): RawLink[] {
  if (COMPONENT.test(html) || MARKDOWN_WITHIN.test(html)) return extractLinks(html, env, line, texts);
  const found = [
    ...commentRelations(html, 0),
    ...htmlLinks(html, 0),
    ...hugoReferences(html, 0),
    ...includedDocuments(html, 0),
  ];
  const newlinesBefore = newlineCounter(html);
  return found.map(({ type, target, anchor, offset }) => ({
    type,
    target,
    anchor,
    line: line + newlinesBefore(offset),
  }));
}

/** What a heading says, without its markup. */
export function plainText(content: string, env: Env): string {
  if (content.length > MAX_INLINE || !/[\\`*_[\]<>&~!]/.test(content)) return oneLine(content);
  const parser = textParser();
  const pieces: string[] = [];
  const root = parser.parseInline(content, { ...env, found: [] });
  const stack = [...root].reverse();
  for (let token = stack.pop(); token !== undefined; token = stack.pop()) {
    if (token.children?.length) stack.push(...token.children.toReversed());
    else if (token.type === "text" || token.type === "code_inline" || token.type === "text_special") {
      pieces.push(token.content);
    } else if (isBreak(token)) pieces.push(" ");
  }
  return oneLine(pieces.join(""));
}

function isBreak({ type, content }: Token): boolean {
  return type === "softbreak" || type === "hardbreak" || (type === "html_inline" && /^<br\b/i.test(content));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

// A paragraph of a megabyte is not prose. Cutting it bounds what deeply nested brackets can cost; a link that
// happens to lie across a cut is not seen.
function* inlineSegments(content: string): Generator<string> {
  let start = 0;
  while (content.length - start > MAX_INLINE) {
    let end = content.lastIndexOf("\n", start + MAX_INLINE) + 1;
    if (end <= start) end = content.lastIndexOf(" ", start + MAX_INLINE) + 1;
    if (end <= start) end = start + MAX_INLINE;
    yield content.slice(start, end);
    start = end;
  }
  yield start === 0 ? content : content.slice(start);
}

let cachedLinkParser: MarkdownIt | undefined;
let cachedTextParser: MarkdownIt | undefined;

/** Knows just enough of the inline grammar to tell links from code. */
function linkParser(): MarkdownIt {
  if (cachedLinkParser === undefined) {
    const parser = inlineParser();
    parser.inline.ruler.disable(["emphasis", "strikethrough", "linkify", "entity"]);
    parser.inline.ruler2.disable(["balance_pairs", "emphasis", "strikethrough", "fragments_join"]);
    cachedLinkParser = parser;
  }
  return cachedLinkParser;
}

function textParser(): MarkdownIt {
  cachedTextParser ??= inlineParser();
  return cachedTextParser;
}

function inlineParser(): MarkdownIt {
  const parser = createParser({ html: true, linkify: false });
  // Targets are wanted as written; the resolver decodes them and knows which schemes lead outside.
  parser.normalizeLink = (url) => url;
  parser.validateLink = () => true;
  const link = originalRule("link");
  const image = originalRule("image");
  const html = originalRule("html_inline");
  parser.inline.ruler.at("link", noteLink(link));
  parser.inline.ruler.at("image", noteImage(image));
  parser.inline.ruler.at("html_inline", noteHtml(html));
  parser.inline.ruler.after("image", "loose_link", looseLinkRule);
  parser.inline.ruler.after("loose_link", "liquid_link", liquidLinkRule);
  parser.inline.ruler.before("link", "wikilink", wikilinkRule);
  parser.inline.ruler.before("wikilink", "mdx_comment", mdxCommentRule);
  parser.inline.ruler.before("wikilink", "hugo_reference", hugoReferenceRule);
  parser.inline.ruler.before("wikilink", "role", roleRule);
  return parser;
}

/** The parser offers its rules by chain, not by name: leave only one enabled and ask for the chain. */
function originalRule(name: string): InlineRule {
  const other = createParser({ html: true });
  other.inline.ruler.enableOnly([name]);
  const rule = other.inline.ruler.getRules("")[0];
  if (rule === undefined) throw new Error(`markdown-it has no inline rule ${name}`);
  return rule;
}

function noteLink(rule: InlineRule): InlineRule {
  return (state, silent) => {
    const offset = state.pos;
    const before = state.tokens.length;
    if (!rule(state, silent)) return false;
    if (silent) return true;
    const opening = state.tokens.slice(before, before + 2).find((token) => token.type === "link_open");
    const href = String(opening?.attrGet("href") ?? "");
    const page = WIKILINK.exec(href)?.[1];
    const target = isFootnote(state.src, offset) ? FOOTNOTE_LINK.exec(href)?.[1] : href;
    if (page !== undefined) noteWikilink(state, page, offset);
    else if (target !== undefined && target !== "")
      note(state.env, { type: "link", ...splitAnchor(target), offset, text: labelAt(state.src, offset) });
    return true;
  };
}

function noteImage(rule: InlineRule): InlineRule {
  return (state, silent) => {
    const offset = state.pos;
    if (!rule(state, silent)) return false;
    const src = silent ? "" : String(state.tokens.at(-1)?.attrGet("src") ?? "");
    if (src !== "") note(state.env, shown(src, offset));
    return true;
  };
}

/** What stands between the brackets of a link, as written; undefined where brackets within make that uncertain. */
function labelAt(src: string, at: number): string | undefined {
  const end = src.indexOf("]", at);
  const label = src.slice(at + 1, end);
  return end < 0 || label.includes("[") ? undefined : label;
}

/** To CommonMark a footnote of one word is the definition of a reference, and its word the target. */
function isFootnote(src: string, at: number): boolean {
  return src.startsWith("[^", at) && src[src.indexOf("]", at) + 1] !== "(";
}

/** `[label]([[page]])`, as Logseq writes it, and a footnote that says no more than `[[page]]`. */
const WIKILINK = /^\[\[([^[\]\n]{1,1000})\]\]$/;

function noteWikilink(state: StateInline, inside: string, offset: number): void {
  const link = readWikilink(inside);
  if (link !== undefined) note(state.env, { type: "wikilink", ...link, offset });
}

const FOOTNOTE_LINK = /^!?\[[^\]]*\]\(([^()\s]+)\)/;

function noteHtml(rule: InlineRule): InlineRule {
  return (state, silent) => {
    const offset = state.pos;
    if (!rule(state, silent)) return false;
    if (silent) return true;
    const html = state.src.slice(offset, state.pos);
    const found = html.startsWith("<!--") ? commentRelations(html, offset) : htmlLinks(html, offset);
    for (const link of found) note(state.env, link);
    return true;
  };
}

function wikilinkRule(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  const embed = src.charCodeAt(pos) === BANG;
  const open = embed ? pos + 1 : pos;
  if (src.charCodeAt(open) !== OPEN || src.charCodeAt(open + 1) !== OPEN) return false;
  const close = wikilinkEnd(src, open + 2, state.posMax);
  if (close < 0) return false;
  if (!embed && beginsDestination(src, close + 2)) return false;
  const inside = src.slice(open + 2, close);
  if (inside.trim() === "") return false;
  if (!silent) {
    const link = readWikilink(inside);
    const { target, anchor } = link ?? splitAnchor((inside.split("|", 1)[0] ?? "").replace(/\\$/, ""));
    const text = inside.includes("|") && !embed ? link?.text : undefined;
    const isMark = !embed && (isTagAt(src, pos) || CONTENTS.test(inside));
    const tag = isMark ? { tentative: true as const } : {};
    note(state.env, { type: embed ? "embed" : "wikilink", target, anchor, offset: pos, text, ...tag });
    state.pending += link?.text ?? inside;
  }
  state.pos = close + 2;
  return true;
}

/** Where a table of contents is to stand. */
const CONTENTS = /^(?:_?toc_?|_TOSP_)$/i;

const DESTINATION = /\(\s*<?(?:[a-z][a-z\d+.-]*:|[./#])/iy;

/**
 * `[[1]](https://…)` is a link whose text is in brackets, as in citations; a remark in parentheses after a wikilink
 * is none.
 */
function beginsDestination(src: string, at: number): boolean {
  DESTINATION.lastIndex = at;
  return DESTINATION.test(src);
}

function wikilinkEnd(src: string, from: number, posMax: number): number {
  const limit = Math.min(posMax - 1, from + MAX_WIKILINK);
  for (let i = from; i < limit; i++) {
    const code = src.charCodeAt(i);
    if (code === CLOSE && src.charCodeAt(i + 1) === CLOSE) return i;
    if (code === OPEN || code === CLOSE || code === NEWLINE) return -1;
  }
  return -1;
}
