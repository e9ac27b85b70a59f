/**
 * Setting and taking away one member of a JSON object in a text that is somebody else's: nothing of it changes but the
 * member and the comma that parts it from its neighbour.
 *
 * The edits of the library take a comment that stands between two members for part of one of them: it went with the
 * member that was taken away, or came to stand behind the one that was put in.
 */
import { applyEdits, createScanner, type Edit, findNodeAtLocation, type Node, parseTree } from "jsonc-parser";

/**
 * @param path the keys that lead to the member
 *
 * The text as it is where there is no object that it could be in.
 */
export function withMember(text: string, path: readonly string[], value: unknown): string {
  return behindMark(text, (content) => memberSet(content, path, value));
}

function memberSet(content: string, path: readonly string[], value: unknown): string {
  const tree = parseTree(content);
  const present = tree && findNodeAtLocation(tree, [...path]);
  if (present !== undefined) {
    const { offset, length } = present;
    return applyEdits(content, [{ offset, length, content: JSON.stringify(value) }]);
  }
  const above = path.slice(0, -1);
  const parent = tree && findNodeAtLocation(tree, above);
  if (parent === undefined && above.length > 0)
    return memberSet(content, above, { [path.at(-1) ?? ""]: value });
  return parent?.type === "object" ? applyEdits(content, insertion(content, parent, path, value)) : content;
}

/** The text as it is where there is no such member. */
export function withoutMember(text: string, path: readonly string[]): string {
  return behindMark(text, (content) => memberTaken(content, path));
}

function memberTaken(content: string, path: readonly string[]): string {
  const tree = parseTree(content);
  const member = tree && findNodeAtLocation(tree, [...path])?.parent;
  return member?.parent === undefined
    ? content
    : applyEdits(content, removal(content, member, member.parent));
}

/** The library takes a byte order mark for a mistake. */
function behindMark(text: string, edit: (content: string) => string): string {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  return mark + edit(text.slice(mark.length));
}

interface Token {
  readonly text: string;
  /** Of the whole text. */
  readonly offset: number;
}

/** Commas, comments, blanks and line ends between two members, or between a member and a bracket. */
function tokensBetween(content: string, from: number, to: number): Token[] {
  const between = content.slice(from, to);
  const scanner = createScanner(between, false);
  const tokens: Token[] = [];
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const offset = scanner.getTokenOffset();
    const text = between.slice(offset, offset + scanner.getTokenLength());
    tokens.push({ text, offset: from + offset });
  }
  return tokens;
}

function insertion(content: string, parent: Node, path: readonly string[], value: unknown): Edit[] {
  const last = parent.children?.at(-1);
  const from = last === undefined ? parent.offset + 1 : endOf(last);
  const tokens = tokensBetween(content, from, endOf(parent) - 1);
  // What stands behind the last member in its line is about that one, and so is all there is in an object without any.
  const lineEnd = last === undefined ? -1 : tokens.findIndex(({ text }) => /^[\r\n]/.test(text));
  const about = (lineEnd < 0 ? tokens : tokens.slice(0, lineEnd)).filter(({ text }) => text.trim() !== "");
  const behind = about.at(-1);
  const at = behind === undefined ? from : behind.offset + behind.text.length;
  const hasComma = tokens.some(({ text }) => text === ",");
  const { eol, unit } = formOf(content);
  const beginsLine = last === undefined || indentOf(content, last) !== undefined;
  // Beside others in one line, a word goes into that line.
  const isBeside = !beginsLine && typeof value !== "object";
  const indent = isBeside ? " " : eol + ((last && indentOf(content, last)) ?? unit.repeat(path.length));
  const pretty = JSON.stringify(value, undefined, unit).replaceAll("\n", indent);
  const member = `${indent}${JSON.stringify(path.at(-1))}: ${pretty}${hasComma ? "," : ""}`;
  const closesLine = last !== undefined || /[\r\n]/.test(content.slice(at, endOf(parent) - 1));
  const close = closesLine ? "" : eol + unit.repeat(path.length - 1);
  const comma = last === undefined || hasComma ? [] : [{ offset: from, length: 0, content: "," }];
  const [edit] = comma;
  // Two insertions at one place are one.
  if (edit?.offset === at) return [{ ...edit, content: `,${member}${close}` }];
  return [...comma, { offset: at, length: 0, content: member + close }];
}

function removal(content: string, member: Node, parent: Node): Edit[] {
  const inside = { offset: parent.offset + 1, length: parent.length - 2, content: "" };
  const rest = content.slice(inside.offset, member.offset) + content.slice(endOf(member), endOf(parent) - 1);
  if (rest.trim() === "") return [inside];
  const members = parent.children ?? [];
  const index = members.indexOf(member);
  const [previous, next] = [members[index - 1], members[index + 1]];
  const isComma = ({ text }: Token) => text === ",";
  const after = tokensBetween(content, endOf(member), next?.offset ?? endOf(parent) - 1).find(isComma);
  const before =
    after === undefined && previous !== undefined
      ? tokensBetween(content, endOf(previous), member.offset).find(isComma)
      : undefined;
  const comma = after ?? before;
  const follows = after !== undefined && content.slice(endOf(member), after.offset).trim() === "";
  const cut = withBlanks(content, member.offset, follows ? after.offset + 1 : endOf(member));
  const parts = comma === undefined || follows ? [] : [{ offset: comma.offset, length: 1, content: "" }];
  return [...parts, { offset: cut.from, length: cut.to - cut.from, content: "" }];
}

/** With its lines where nothing else stands in them, and with the blanks on one side where something does. */
function withBlanks(content: string, from: number, to: number): { from: number; to: number } {
  const [before = "", lineBreak] = /(\r?\n)?[ \t]*$/.exec(content.slice(0, from)) ?? [];
  const [after = "", lineEnd] = /^[ \t]*(\r?\n)?/.exec(content.slice(to)) ?? [];
  if (lineBreak !== undefined && lineEnd !== undefined)
    return { from: from - before.length, to: to + after.length - lineEnd.length };
  // A comment behind it in its line stays there; what else follows moves up to its left.
  const movesUp = lineBreak !== undefined && !content.startsWith("/", to + after.length);
  const isFirst = lineBreak !== undefined || content[to - 1] === ",";
  return isFirst && !movesUp && lineEnd === undefined
    ? { from, to: to + after.length }
    : { from: from - before.length, to };
}

function formOf(content: string): { readonly eol: string; readonly unit: string } {
  return {
    eol: content.includes("\r\n") ? "\r\n" : "\n",
    unit: /^([ \t]+)"/m.exec(content)?.[1] ?? "  ",
  };
}

/** The blanks before a member that begins its line. */
function indentOf(content: string, { offset }: Node): string | undefined {
  return /(?:^|\n)([ \t]*)$/.exec(content.slice(0, offset))?.[1];
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}
