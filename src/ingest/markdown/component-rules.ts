/** Components of MDX among markdown: rules for the block parser. */
import type { StateBlock } from "markdown-it";

const COMPONENT = /^<\/?[A-Z][a-z]/;

/**
 * The tag of a component of MDX on lines of its own. HTML goes on to the next blank line, and would take the fence or
 * the list below the tag with it; to MDX these are markdown.
 */
export function componentRule(
  state: StateBlock,
  startLine: number,
  endLine: number,
  silent: boolean,
): boolean {
  const lineAt = (line: number): string =>
    state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]);
  if (state.sCount[startLine]! - state.blkIndent >= 4 || !COMPONENT.test(lineAt(startLine))) return false;
  let last = startLine;
  while (!lineAt(last).trimEnd().endsWith(">")) {
    last++;
    if (last >= endLine || lineAt(last).trim() === "") return false;
  }
  if (silent) return true;
  state.line = last + 1;
  const token = state.push("html_block", "", 0);
  token.map = [startLine, state.line];
  token.content = state.getLines(startLine, state.line, state.blkIndent, true);
  return true;
}

const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/;

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
  const lineAt = (line: number): string =>
    state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]);
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
