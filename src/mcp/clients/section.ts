/**
 * The part of `AGENTS.md` or `CLAUDE.md` that is amalfa's: between two marks, and nothing else of the file.
 *
 * Taking it out leaves the file as it was, byte for byte. What it was shows at the end: behind a text without a line
 * end the section has none either, and in a file that was there and empty it has none before it.
 */

import createParser, { type Token } from "markdown-it";

const BEGIN = "<!-- amalfa:begin -->";
const END = "<!-- amalfa:end -->";

/** What a file says more than once, or begins and does not end, is not taken apart. */
export type SectionChange =
  | { readonly change: "added" | "replaced"; readonly text: string }
  | {
      readonly change: "removed";
      readonly text: string;
      /** Whether the file was made for the section, and holds nothing else. */
      readonly isOwnFile: boolean;
    }
  | { readonly change: "unchanged" }
  | { readonly change: "unclear" };

export function sectionText(server: string): string {
  return `${BEGIN}
## Memory

The documents of this project are a memory: its markdown, and code where the settings name it. The MCP server
\`${server}\` searches it; in a shell, \`amalfa search\` does.

- Search it first: before you answer a question about the project, plan a change, or write a note that may exist.
  Call \`search_documents\` with the question in your own words and a budget of 1500 tokens.
- Read on with \`read_documents\`, and see with \`explore_links\` what a change touches.
- Name the documents that your answer rests on. Where the memory says nothing, say so.
${END}`;
}

/**
 * The text with the section, at its end where it has none yet.
 * @param present undefined for a file that there is not
 */
export function withSection(present: string | undefined, section: string): SectionChange {
  const text = present ?? "";
  const place = placeOf(text);
  if (place === "unclear") return { change: "unclear" };
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const written = section.replaceAll("\n", lineEnd);
  if (place === undefined) {
    if (present === undefined) return { change: "added", text: `${written}${lineEnd}` };
    if (text.endsWith("\n")) return { change: "added", text: `${text}${lineEnd}${written}${lineEnd}` };
    const gap = text === "" ? "" : lineEnd + lineEnd;
    return { change: "added", text: `${text}${gap}${written}` };
  }
  const { start, end } = place;
  if (text.slice(start, end) === written) return { change: "unchanged" };
  return { change: "replaced", text: text.slice(0, start) + written + text.slice(end) };
}

/** The text without the section, and without the line ends that were put around it. */
export function withoutSection(present: string | undefined): SectionChange {
  const text = present ?? "";
  const place = placeOf(text);
  if (place === "unclear") return { change: "unclear" };
  if (place === undefined) return { change: "unchanged" };
  const isLast = place.end === text.length;
  const before = text.slice(0, place.start);
  const rest = isLast ? before.replace(/\r?\n\r?\n$/, "") : before.replace(/(\r?\n)\r?\n$/, "$1");
  const left = rest + text.slice(place.end).replace(/^\r?\n/, "");
  return { change: "removed", text: left, isOwnFile: left === "" && !isLast };
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function placeOf(text: string): Place | "unclear" | undefined {
  if (!text.includes(BEGIN) && !text.includes(END)) return undefined;
  const marks = marksOf(text);
  const [first, second] = marks;
  if (first === undefined) return undefined;
  const isOne = marks.length === 2 && first.mark === BEGIN && second?.mark === END;
  return isOne ? { start: first.start, end: second.start + END.length } : "unclear";
}

/**
 * The marks that stand in the document as such, at the beginning of a line. Who explains them in a block of code or in
 * a sentence means neither: what stands between two such marks is the user's.
 */
function marksOf(text: string): { readonly mark: string; readonly start: number }[] {
  const starts = [0, ...[...text.matchAll(/\r\n?|\n/g)].map(({ index, 0: end }) => index + end.length)];
  const lines = `${text.replaceAll(/\r\n?/g, "\n")}\n`;
  const parser = createParser({ html: true });
  const tokens: Token[] = [];
  parser.block.parse(lines, parser, {}, tokens);
  const told = tokens.flatMap((token) => linesOfHtml(token, starts.length));
  return told.flatMap((line) => {
    const start = starts[line] ?? text.length;
    const mark = [BEGIN, END].find((one) => text.startsWith(one, start));
    return mark === undefined ? [] : [{ mark, start }];
  });
}

/** HTML in which a further tag or comment is only text. */
const RAW = /^\s*<(?:pre|script|style|textarea|[!?])/i;

/** The lines of a block that HTML may begin on. What nobody ends goes on over the section that was put behind it. */
function linesOfHtml({ type, map, content }: Token, lineCount: number): number[] {
  if (map === null || (type !== "html_block" && type !== "fence")) return [];
  const [first, end] = map;
  const all = Array.from({ length: end - first }, (_, index) => first + index);
  const isOpen = type === "fence" ? content.split("\n").length === end - first : end >= lineCount;
  if (isOpen) return all;
  if (type === "fence") return [];
  return RAW.test(content) ? [first] : all;
}
