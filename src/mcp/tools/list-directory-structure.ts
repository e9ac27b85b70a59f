import { z } from "zod/v4";
import { loadDirectory } from "../../knowledge/index.ts";
import { count, cursor, MAX_PATH_CHARACTERS, nextCursor, told } from "../fields.ts";
import { decodeCursor, nextCursor as followedBy, pageOf, shortened } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { listDirectoryNow } = await loadDirectory();

const MAX_DEPTH = 50;

export const listDirectoryStructureTool = defineTool({
  name: "list_directory_structure",
  title: "List folders and documents",
  description:
    "List the folders and documents that the graph holds, with how " +
    "many documents each folder has. Use it to get an overview of an " +
    "unknown project, or to find a document by its place; to find one by what it says, use search_documents.",
  annotations: READS_ONLY,
  input: z.strictObject({
    path: z
      .string()
      .max(MAX_PATH_CHARACTERS)
      .default("")
      .describe("A folder relative to the project root; the root when left out."),
    depth: z.int().min(1).max(MAX_DEPTH).default(2).describe("Levels to show below it."),
    cursor,
  }),
  output: z.object({
    path: z.string(),
    depth: count,
    documents: count.describe("Documents in the folder and below it, shown or not."),
    entries: z.array(
      z.object({
        path: z.string().describe("A document's id, or a folder with / at its end."),
        kind: z.enum(["folder", "document"]),
        title: z.string().optional(),
        documents: count,
      }),
    ),
    nextCursor,
    ...told,
  }),
  run: async ({ project, graph, fresh }, { path, depth, cursor }) => {
    const report = await listDirectoryNow(project, fresh, { path, depth });
    const scope = ["list_directory_structure", path, depth, graph.state()];
    const entries = report.entries.map((entry) =>
      entry.title === undefined ? entry : { ...entry, title: shortened(entry.title) },
    );
    const { items, next } = pageOf(entries, decodeCursor(cursor, scope));
    return { ...report, entries: [...items], ...followedBy(scope, next) };
  },
});
