/**
 * The links a document's text contains: markdown links, `[[wikilinks]]`, `![[embeds]]` and relation comments.
 *
 * The markdown parser decides what is text and what is code, so nothing inside a code span, a code block or a comment is
 * ever a link. Work is linear in the length of the text, however it is nested.
 */
import createParser, { type Env, type MarkdownIt, type StateInline } from "markdown-it";

/** A link as it is written; whether and where it leads is for the link resolver to say. */
export interface RawLink {
  /** `link`, `wikilink`, `embed`, or the name of a relation in lower case. */
  readonly type: string;
  /** As written, without anchor and alias; empty for a link within the same document. */
  readonly target: string;
  /** The part after `#`, as written. */
  readonly anchor: string | undefined;
  /** 1-based. */
  readonly line: number;
}

/** A link and the offset in the inline text where it begins. */
interface FoundLink {
  readonly type: string;
  readonly target: string;
  readonly anchor: string | undefined;
  readonly offset: number;
}

const MAX_WIKILINK = 1_000;
const MAX_INLINE = 20_000;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BANG = 0x21;
const NEWLINE = 0x0a;

/** True where {@link extractLinks} could find something: most paragraphs need no inline parsing at all. */
export function mayContainLinks(content: string, env: Env): boolean {
  if (content.includes("<!--")) return true;
  if (!content.includes("[")) return false;
  return content.includes("](") || content.includes("[[") || hasReferences(env);
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
 */
export function extractLinks(content: string, env: Env, line: number): RawLink[] {
  const links: RawLink[] = [];
  let segmentLine = line;
  for (const segment of inlineSegments(content)) {
    const found: FoundLink[] = [];
    linkParser().inline.parse(segment, linkParser(), { ...env, found }, []);
    found.sort((a, b) => a.offset - b.offset);
    let offset = 0;
    let at = segmentLine;
    for (const { type, target, anchor, offset: start } of found) {
      at += countNewlines(segment, offset, start);
      offset = start;
      links.push({ type, target, anchor, line: at });
    }
    segmentLine += countNewlines(segment, 0, segment.length);
  }
  return links;
}

/** The relations in the comments of a piece of HTML: `<!-- tags: [REL: target] -->`. */
export function extractCommentRelations(html: string, line: number): RawLink[] {
  const found = commentRelations(html, 0);
  return found.map(({ type, target, anchor, offset }) => ({
    type,
    target,
    anchor,
    line: line + countNewlines(html, 0, offset),
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
    } else if (token.type === "softbreak" || token.type === "hardbreak") pieces.push(" ");
  }
  return oneLine(pieces.join(""));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Splits `target#anchor`. */
export function splitAnchor(reference: string): { target: string; anchor: string | undefined } {
  const hash = reference.indexOf("#");
  if (hash < 0) return { target: reference.trim(), anchor: undefined };
  const anchor = reference.slice(hash + 1).trim();
  return { target: reference.slice(0, hash).trim(), anchor: anchor === "" ? undefined : anchor };
}

/** Reads the inside of `[[target#heading|alias]]`. Undefined for a link within the same document. */
export function readWikilink(
  inside: string,
): { target: string; anchor: string | undefined; text: string } | undefined {
  // In a table the bar is escaped: `[[target\|alias]]`.
  const bar = inside.indexOf("|");
  const reference = bar < 0 ? inside : inside.slice(0, bar).replace(/\\$/, "");
  const { target, anchor } = splitAnchor(reference);
  if (target === "") return undefined;
  const alias = bar < 0 ? "" : inside.slice(bar + 1).trim();
  return { target, anchor, text: alias === "" ? reference.trim() : alias };
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

function countNewlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function note(env: Env, link: FoundLink): void {
  (env.found as FoundLink[]).push(link);
}

type InlineRule = (state: StateInline, silent: boolean) => boolean;

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
  const html = originalRule("html_inline");
  parser.inline.ruler.at("link", noteLink(link));
  parser.inline.ruler.at("html_inline", noteComment(html));
  parser.inline.ruler.before("link", "wikilink", wikilinkRule);
  parser.inline.ruler.before("wikilink", "mdx_comment", mdxCommentRule);
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
    if (href !== "") note(state.env, { type: "link", ...splitAnchor(href), offset });
    return true;
  };
}

function noteComment(rule: InlineRule): InlineRule {
  return (state, silent) => {
    const offset = state.pos;
    if (!rule(state, silent)) return false;
    if (!silent) {
      const html = state.src.slice(offset, state.pos);
      if (html.startsWith("<!--")) for (const found of commentRelations(html, offset)) note(state.env, found);
    }
    return true;
  };
}

function mdxCommentRule(state: StateInline): boolean {
  const { src, pos, posMax } = state;
  if (!src.startsWith(MDX_COMMENT_OPEN, pos)) return false;
  const close = src.indexOf(MDX_COMMENT_CLOSE, pos + MDX_COMMENT_OPEN.length);
  if (close < 0 || close + MDX_COMMENT_CLOSE.length > posMax) return false;
  state.pos = close + MDX_COMMENT_CLOSE.length;
  return true;
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
    note(state.env, { type: embed ? "embed" : "wikilink", target, anchor, offset: pos });
    state.pending += link?.text ?? inside;
  }
  state.pos = close + 2;
  return true;
}

const DESTINATION = /\(\s*<?(?:[a-z][a-z\d+.-]*:|[./#])/iy;

/** `[[1]](https://…)` is a link whose text is in brackets, as in citations; a remark in parentheses after a wikilink is none. */
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

const COMMENT_OPEN = "<!--";
const COMMENT_CLOSE = "-->";
const TAGS = /^\s*tags:/i;
const RELATION = /\[([^[\]]*)\]/g;
const RELATION_NAME = /^[A-Za-z][\w -]*$/;

function commentRelations(html: string, base: number): FoundLink[] {
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

// Comments of MDX, `{/* … */}`: what stands in them is neither text nor a link.
//
// Within one block the inline parser passes them over. One that contains blank lines is several blocks to a markdown parser; as in MDX, it
// then stands at the beginning of a block. A beginning without an end is no comment: somebody wrote a pattern.

/** Text of a block with inline markup. */
interface InlineText {
  readonly content: string;
  /** Where it begins, 1-based. */
  readonly line: number;
}

export const MDX_COMMENT_OPEN = "{/*";
export const MDX_COMMENT_CLOSE = "*/}";

/** Whether a text may be the beginning or the end of a comment that goes over several blocks. */
export function mayTouchMdxComment(content: string): boolean {
  return content.includes(MDX_COMMENT_OPEN) || content.includes(MDX_COMMENT_CLOSE);
}

/** The texts of a document, in order, that do not stand in a comment of several blocks. */
export function outsideMdxComments(texts: readonly InlineText[]): readonly InlineText[] {
  if (!texts.some(({ content }) => opensOnly(content))) return texts;
  const outside: InlineText[] = [];
  for (let place = 0; place < texts.length; place++) {
    const text = texts[place]!;
    const end = opensOnly(text.content) ? closing(texts, place + 1) : undefined;
    if (end === undefined) {
      outside.push(text);
      continue;
    }
    outside.push(afterComment(texts[end]!));
    place = end;
  }
  return outside;
}

function opensOnly(content: string): boolean {
  return content.startsWith(MDX_COMMENT_OPEN) && !content.includes(MDX_COMMENT_CLOSE);
}

/** Comments do not nest: where another one begins first, this one has no end. */
function closing(texts: readonly InlineText[], from: number): number | undefined {
  for (let place = from; place < texts.length; place++) {
    const { content } = texts[place]!;
    if (content.startsWith(MDX_COMMENT_OPEN)) return undefined;
    if (content.includes(MDX_COMMENT_CLOSE)) return place;
  }
  return undefined;
}

function afterComment({ content, line }: InlineText): InlineText {
  const end = content.indexOf(MDX_COMMENT_CLOSE) + MDX_COMMENT_CLOSE.length;
  return { content: content.slice(end), line: line + content.slice(0, end).split("\n").length - 1 };
}
