/**
 * The part of `AGENTS.md` or `CLAUDE.md` that is amalfa's: between two marks, and nothing else of the file.
 *
 * Taking it out leaves the file as it was, byte for byte. What it was shows at the end: behind a text without a line
 * end the section has none either, and in a file that was there and empty it has none before it.
 */

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

function placeOf(text: string): { readonly start: number; readonly end: number } | "unclear" | undefined {
  const start = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (start < 0 && end < 0) return undefined;
  const isOne = start === text.lastIndexOf(BEGIN) && end === text.lastIndexOf(END);
  return start >= 0 && end > start && isOne ? { start, end: end + END.length } : "unclear";
}
