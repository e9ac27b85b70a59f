import { z } from "zod/v4";
import { loadReading } from "../../knowledge/index.ts";
import { count, cursor, documentId, lineRange, nextCursor, projectName, told, toldOf } from "../fields.ts";
import { blocks, fenced, inLine, lines, linesSaid, more, named, ofProject } from "../markdown.ts";
import { inProject } from "../other-projects.ts";
import { cutAt, decodeCursor, nextCursor as followedBy, shortened, shortList } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { parseLineRange, readDocumentNow } = await loadReading();

export const readNodeContentTool = defineTool({
  name: "read_node_content",
  title: "Read a document",
  description: "Read a document or some of its lines. Use it on what a tool names: a path, its end, a title.",
  annotations: READS_ONLY,
  input: z.strictObject({
    id: documentId,
    /** May stand behind the id as well, as in notes.md:3-9; the whole document when left out. */
    lines: z.string().max(40).optional().describe("3-9, 12 or 40-"),
    project: projectName,
    cursor,
  }),
  output: z.object({
    project: z.string().optional(),
    id: z.string(),
    title: z.string(),
    tags: z.array(z.string()),
    lines: lineRange,
    totalLines: count,
    text: z.string(),
    etag: z.string().optional().describe("For who may write: names the content of the file."),
    nextCursor,
    ...told,
  }),
  run: async (context, { id, lines: asked, project: name, cursor }) => {
    const elsewhere = name === undefined ? undefined : await inProject(context, name);
    const { project, fresh, allowWrite } = elsewhere?.context ?? context;
    const range = asked === undefined ? undefined : parseLineRange(asked);
    const document = await readDocumentNow(project, fresh, { wanted: id, range });
    const { text } = document;
    const scope = ["read_node_content", project.root, document.id, asked, Bun.hash.wyhash(text).toString(36)];
    const from = decodeCursor(cursor, scope);
    const end = cutAt(text, from);
    return {
      ...(elsewhere === undefined ? {} : { project: elsewhere.name }),
      id: document.id,
      title: shortened(document.title),
      tags: shortList(document.tags),
      lines: partLines(document.lines, text, from, end),
      totalLines: document.totalLines,
      text: text.slice(from, end).replace(/\n$/, ""),
      ...(allowWrite ? { etag: document.etag } : {}),
      ...followedBy(scope, end < text.length ? end : undefined),
      ...toldOf(document),
    };
  },
  text: ({ project, id, title, tags, lines: range, totalLines, text, etag, nextCursor }) =>
    blocks(
      lines(
        `${ofProject(project)}${named(id)} ${inLine(title)}: ${linesSaid(range)} of ${totalLines}`,
        tags.length === 0 ? "" : `tags: ${tags.map(inLine).join(", ")}`,
        etag === undefined ? "" : `etag: ${etag}`,
      ),
      fenced(text),
      more(nextCursor),
    ),
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
