/**
 * Where the front matter of a document lies, and in which of the three languages that site generators know: YAML
 * between lines `---`, TOML between lines `+++`, or one JSON object. It begins with the very first character.
 */

export type FrontMatterFormat = "YAML" | "TOML" | "JSON";

export interface FrontMatterBlock {
  readonly format: FrontMatterFormat;
  /** Offsets of what is to be read, without the lines that open and close it. */
  readonly start: number;
  readonly end: number;
  /** Offset of the line that ends it; undefined where none does, and then the whole text is body. */
  readonly closing: number | undefined;
}

/** Larger blocks are treated as text: nobody wrote them by hand, and a tree of them takes many times their size. */
export const MAX_CHARACTERS = 256 * 1024;

const FENCED = [
  {
    format: "YAML",
    opening: /^---[ \t]*\n/,
    closing: /^(?:---|\.\.\.)[ \t]*$/gm,
    // A document may also begin with a thematic break and have another one further down.
    first: /^(?:[ \t]*(?:#[^\n]*)?\n)*(?:["']|[^\s:#\-[\]{}][^\n]*?:(?:[ \t\n]|$)|\{)/,
    // Where nothing closes it, a key of one word right below is what tells it from a break and prose.
    unclosed: /^(?:#[^\n]*\n)*(["']?)[\p{L}\p{N}_.-]+\1:(?:[ \t\n]|$)/u,
  },
  {
    format: "TOML",
    opening: /^\+\+\+[ \t]*\n/,
    closing: /^\+\+\+[ \t]*$/gm,
    first: /^(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*(?:\[|["']|[\w.-]+[ \t]*[.=])/,
    unclosed: /^(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*(?:\[\[?[\w."' -]+\]|["'\w.-]+[ \t]*=)/,
  },
] as const;

/** Undefined when the text does not begin with front matter. */
export function findFrontMatter(text: string): FrontMatterBlock | undefined {
  for (const { format, opening, closing, first, unclosed } of FENCED) {
    const start = opening.exec(text)?.[0].length;
    if (start === undefined) continue;
    closing.lastIndex = start;
    const end = closing.exec(text)?.index;
    const head = text.slice(start, Math.min(end ?? text.length, start + 10_000));
    if (end === undefined)
      return unclosed.test(head) ? { format, start, end: start, closing: end } : undefined;
    if (head.trim() !== "" && !first.test(head)) return undefined;
    return { format, start, end, closing: end };
  }
  return findJson(text);
}

const JSON_OPENING = /^\{\s*(?:"(?:[^"\\\n]|\\.)*"\s*:|\}[ \t]*(?:\n|$))/;

function findJson(text: string): FrontMatterBlock | undefined {
  if (!JSON_OPENING.test(text.slice(0, 10_000))) return undefined;
  const end = endOfObject(text);
  if (end === undefined) return { format: "JSON", start: 0, end: 0, closing: undefined };
  // What goes on in the same line is a text that begins with a brace.
  return /[^ \t\n]/.test(restOfLine(text, end)) ? undefined : { format: "JSON", start: 0, end, closing: end };
}

function restOfLine(text: string, at: number): string {
  const newline = text.indexOf("\n", at);
  return text.slice(at, newline < 0 ? text.length : newline);
}

/** Behind the brace that closes the first one; brackets within strings do not count. */
function endOfObject(text: string): number | undefined {
  let depth = 0;
  for (const { 0: sign, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[{}]/g)) {
    if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return index + 1;
  }
  return undefined;
}
