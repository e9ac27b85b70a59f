/** The part of `AGENTS.md` or `CLAUDE.md` that is amalfa's: between two marks, and nothing else of the file. */

const BEGIN = "<!-- amalfa:begin -->";
const END = "<!-- amalfa:end -->";

/** What a file says more than once, or begins and does not end, is not taken apart. */
export type SectionChange =
  | { readonly change: "added" | "replaced" | "removed"; readonly text: string }
  | { readonly change: "unchanged" }
  | { readonly change: "unclear" };

export function sectionText(server: string): string {
  return `${BEGIN}
## Memory

The markdown of this project is a memory. The MCP server \`${server}\` searches it; in a shell, \`amalfa search\` does.

- Search it first: before you answer a question about the project, plan a change, or write a note that may exist.
  Call \`search_documents\` with the question in your own words and a budget of 1500 tokens.
- Read on with \`read_documents\`, and see with \`explore_links\` what a change touches.
- Name the documents that your answer rests on. Where the memory says nothing, say so.
${END}`;
}

/** The text with the section, at its end where it has none yet. */
export function withSection(text: string, section: string): SectionChange {
  const place = placeOf(text);
  if (place === "unclear") return { change: "unclear" };
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const written = section.replaceAll("\n", lineEnd);
  if (place === undefined) {
    const gap = text.trim() === "" ? "" : text.endsWith("\n") ? lineEnd : lineEnd + lineEnd;
    return { change: "added", text: `${text}${gap}${written}${lineEnd}` };
  }
  const { start, end } = place;
  if (text.slice(start, end) === written) return { change: "unchanged" };
  return { change: "replaced", text: text.slice(0, start) + written + text.slice(end) };
}

/** The text without the section, and without the empty line that was put before it. */
export function withoutSection(text: string): SectionChange {
  const place = placeOf(text);
  if (place === "unclear") return { change: "unclear" };
  if (place === undefined) return { change: "unchanged" };
  const before = text.slice(0, place.start).replace(/(\r?\n)\r?\n$/, "$1");
  const after = text.slice(place.end).replace(/^\r?\n/, "");
  return { change: "removed", text: before + after };
}

function placeOf(text: string): { readonly start: number; readonly end: number } | "unclear" | undefined {
  const start = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (start < 0 && end < 0) return undefined;
  const isOne = start === text.lastIndexOf(BEGIN) && end === text.lastIndexOf(END);
  return start >= 0 && end > start && isOne ? { start, end: end + END.length } : "unclear";
}
