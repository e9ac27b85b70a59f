/** MDX among markdown: its comments, and its components. */
import type { StateBlock } from "markdown-it";

// Comments of MDX, `{/* … */}`: what stands in them is neither text nor a link.
//
// Within one block the inline parser passes them over. One that contains blank lines is several blocks to a markdown
// parser; as in MDX, it then stands at the beginning of a block. A beginning without an end is no comment: somebody
// wrote a pattern.

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

/* Components: rules for the block parser. */

const COMPONENT = /^<\/?[A-Z][a-z]/;
/** Elements of HTML around other text; what is in `<pre>` is what it is. */
const AROUND_TEXT = /^<(?:details|summary|div|section|article|aside|figure|center|p|td|li)[\s>]/i;
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/;

/** Lines of what is being read, without their indentation. */
function linesOf({ src, bMarks, tShift, eMarks }: StateBlock): (line: number) => string {
  return (line) => src.slice(bMarks[line]! + tShift[line]!, eMarks[line]);
}

/**
 * The tag of a component of MDX on lines of its own. HTML goes on to the next blank line, and would take the fence or
 * the list below the tag with it; to MDX these are markdown. Below `<details>` a fence is what everybody means by it.
 */
export function componentRule(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  const lineAt = linesOf(state);
  if (state.sCount[startLine]! - state.blkIndent >= 4) return false;
  const last = COMPONENT.test(lineAt(startLine))
    ? lastOfTag(startLine, endLine, lineAt)
    : lastBeforeFence(startLine, endLine, lineAt);
  if (last === undefined) return false;
  if (silent) return true;
  state.line = last + 1;
  const token = state.push("html_block", "", 0);
  token.map = [startLine, state.line];
  token.content = state.getLines(startLine, state.line, state.blkIndent, true);
  return true;
}

function lastOfTag(startLine: number, endLine: number, lineAt: (line: number) => string): number | undefined {
  for (let line = startLine; line < endLine; line++) {
    if (line > startLine && lineAt(line).trim() === "") return undefined;
    if (lineAt(line).trimEnd().endsWith(">")) return line;
  }
  return undefined;
}

/** The last line before a fence that stands in an element without a blank line before it. */
function lastBeforeFence(
  startLine: number,
  endLine: number,
  lineAt: (line: number) => string,
): number | undefined {
  if (!AROUND_TEXT.test(lineAt(startLine))) return undefined;
  for (let line = startLine + 1; line < endLine && lineAt(line).trim() !== ""; line++)
    if (FENCE.test(lineAt(line))) return line - 1;
  return undefined;
}

/**
 * A fence right below the tag of a component, however far both are indented. By CommonMark it is indented code, and the
 * line that closes it, which is often indented less, would open one that takes all headings below with it. MDX has no
 * indented code.
 */
export function componentFenceRule(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  const lineAt = linesOf(state);
  if (state.sCount[startLine]! - state.blkIndent < 4) return false;
  const [, marks, info = ""] = FENCE.exec(lineAt(startLine)) ?? [];
  if (marks === undefined || !isBelowComponent(startLine, lineAt)) return false;
  const isClosing = (line: string): boolean =>
    line.startsWith(marks) &&
    line
      .trimEnd()
      .split("")
      .every((sign) => sign === marks[0]);
  let last = startLine + 1;
  while (last < endLine && !isClosing(lineAt(last))) last++;
  if (last >= endLine) return false;
  if (silent) return true;
  state.line = last + 1;
  const token = state.push("fence", "code", 0);
  token.info = info;
  token.markup = marks;
  token.map = [startLine, state.line];
  token.content = state.getLines(startLine + 1, last, state.sCount[startLine]!, true);
  return true;
}

/** The tag itself may be on several lines. */
function isBelowComponent(line: number, lineAt: (line: number) => string): boolean {
  let above = line - 1;
  while (above >= 0 && lineAt(above).trim() === "") above--;
  if (above < 0 || !lineAt(above).trimEnd().endsWith(">")) return false;
  const lowest = Math.max(0, above - MOST_TAG_LINES);
  for (; above >= lowest && lineAt(above).trim() !== ""; above--)
    if (COMPONENT.test(lineAt(above))) return true;
  return false;
}

const MOST_TAG_LINES = 20;
