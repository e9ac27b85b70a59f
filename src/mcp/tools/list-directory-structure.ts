import { z } from "zod/v4";
import { loadDirectory } from "../../knowledge/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { count, cursor, MAX_PATH_CHARACTERS, nextCursor, told } from "../fields.ts";
import { blocks, inLine, lines, more, named } from "../markdown.ts";
import { decodeCursor, nextCursor as followedBy, LIST_CHARACTERS, pageOf, shortened } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { listDirectoryNow } = await loadDirectory();

const MAX_DEPTH = 50;
/** Levels of folders that are shown where nothing is said. */
const FOLDER_LEVELS = 2;

export const listDirectoryStructureTool = defineTool({
  name: "list_directory_structure",
  title: "List folders and documents",
  description:
    "List folders with counts, and documents of one folder; with depth those below. Use it for an overview.",
  annotations: READS_ONLY,
  input: z.strictObject({
    /** Relative to the project root; the root when left out. */
    path: z.string().max(MAX_PATH_CHARACTERS).default(""),
    depth: z.int().min(1).max(MAX_DEPTH).optional(),
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
    const request = {
      path,
      depth: depth ?? FOLDER_LEVELS,
      documents: depth === undefined ? "here" : "all",
    } as const;
    const report = await listDirectoryNow(project, fresh, request);
    const scope = ["list_directory_structure", path, depth, graph.state()];
    const entries = report.entries.map((entry) =>
      entry.title === undefined ? entry : { ...entry, title: shortened(entry.title) },
    );
    const { items, next } = pageOf(entries, decodeCursor(cursor, scope), LIST_CHARACTERS);
    return { ...report, entries: [...items], ...followedBy(scope, next) };
  },
  text: ({ path, documents, entries, nextCursor }) =>
    blocks(
      `${formatNumberOf(documents, "document")} in ${path === "" ? "the project" : named(path)}.`,
      lines(
        entries.map((entry) =>
          entry.kind === "folder"
            ? `- ${named(entry.path)} (${entry.documents})`
            : `- ${named(entry.path)} ${inLine(entry.title ?? "")}`,
        ),
      ),
      more(nextCursor),
    ),
});
