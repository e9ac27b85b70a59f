import { z } from "zod/v4";
import { loadReading } from "../../knowledge/index.ts";
import { count, cursor, documentId, lineRange, nextCursor, told, toldOf } from "../fields.ts";
import { cutAt, decodeCursor, nextCursor as followedBy, shortened, shortList } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { parseLineRange, readDocumentNow } = await loadReading();

export const readNodeContentTool = defineTool({
  name: "read_node_content",
  title: "Read a document",
  description:
    "Read one document, or some lines of it, as its file stands now. Use it after search_documents, explore_links or " +
    "list_directory_structure have given an id. For long documents " +
    "ask for the lines that the search named, and widen from there.",
  annotations: READS_ONLY,
  input: z.strictObject({
    id: documentId,
    lines: z
      .string()
      .max(40)
      .optional()
      .describe(
        'Lines counted from 1: "12", "3-9" or "40-"; may stand behind the id as well, as in notes.md:3-9. ' +
          "The whole document when left out.",
      ),
    cursor,
  }),
  output: z.object({
    id: z.string(),
    title: z.string(),
    tags: z.array(z.string()),
    lines: lineRange,
    totalLines: count,
    text: z.string(),
    nextCursor,
    ...told,
  }),
  run: async ({ project, fresh }, { id, lines, cursor }) => {
    const range = lines === undefined ? undefined : parseLineRange(lines);
    const document = await readDocumentNow(project, fresh, { wanted: id, range });
    const { text } = document;
    const scope = ["read_node_content", document.id, lines, Bun.hash.wyhash(text).toString(36)];
    const from = decodeCursor(cursor, scope);
    const end = cutAt(text, from);
    return {
      id: document.id,
      title: shortened(document.title),
      tags: shortList(document.tags),
      lines: partLines(document.lines, text, from, end),
      totalLines: document.totalLines,
      text: text.slice(from, end).replace(/\n$/, ""),
      ...followedBy(scope, end < text.length ? end : undefined),
      ...toldOf(document),
    };
  },
});

function partLines(
  [first, last]: readonly [number, number],
  text: string,
  from: number,
  end: number,
): number[] {
  const before = countLines(text, 0, from);
  if (end === text.length) return [first + before, last];
  // A part that ends with its line does not reach into the next one.
  return [first + before, first + before + countLines(text, from, end - 1)];
}

function countLines(text: string, from: number, end: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
