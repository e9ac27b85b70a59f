/**
 * Notes and tabs of Python-Markdown, as MkDocs has them: `!!! note "Title"`, `??? tip`, `=== "Tab"`, and below them,
 * mostly after a blank line, text that is indented by four. To CommonMark that is code, and no link in it would be one.
 */
import type { StateBlock } from "markdown-it";

const OPENING = /^(?:!!!|\?\?\?\+?)[ \t]+[\w-]|^===[+!]{0,2}[ \t]+["']/;
const MARKS = "!?=";
const INDENT = 4;

export function indentedContentRule(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  const { src, bMarks, tShift, eMarks, sCount, blkIndent, lineMax } = state;
  const start = bMarks[startLine]! + tShift[startLine]!;
  if (!MARKS.includes(src[start]!) || sCount[startLine]! - blkIndent >= INDENT) return false;
  if (!OPENING.test(src.slice(start, Math.min(start + 80, eMarks[startLine]!)))) return false;
  const indent = sCount[startLine]! + INDENT;
  let end = startLine + 1;
  for (let line = end; line < endLine && (state.isEmpty(line) || sCount[line]! >= indent); line++) {
    if (!state.isEmpty(line)) end = line + 1;
  }
  if (end === startLine + 1) return false;
  if (silent) return true;
  state.push("admonition_open", "div", 1).map = [startLine, end];
  const title = state.push("inline", "", 0);
  title.content = src.slice(start, eMarks[startLine]);
  title.map = [startLine, startLine + 1];
  title.children = [];
  state.blkIndent = indent;
  state.lineMax = end;
  state.md.block.tokenize(state, startLine + 1, end);
  state.blkIndent = blkIndent;
  state.lineMax = lineMax;
  state.push("admonition_close", "div", -1);
  state.line = end;
  return true;
}
