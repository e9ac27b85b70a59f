import { z } from "zod/v4";
import { loadTagging } from "../../knowledge/index.ts";
import { MAX_PATH_CHARACTERS } from "../fields.ts";
import { inLine, lines, named } from "../markdown.ts";
import { shortList } from "../paging.ts";
import { defineTool } from "../tool.ts";

const { injectTags, MAX_TAG_LENGTH, MAX_TAGS } = await loadTagging();

export const injectTagsTool = defineTool({
  name: "inject_tags",
  title: "Add tags to a document",
  description: "Add tags to the front matter of a document. Use it when the user wants documents tagged.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    /** Relative to the project root, which is its document's id. */
    file_path: z.string().min(1).max(MAX_PATH_CHARACTERS),
    /** Letters, digits and _, with - / . : + between them. */
    tags: z.array(z.string().min(1).max(MAX_TAG_LENGTH)).min(1).max(MAX_TAGS),
  }),
  output: z.object({
    path: z.string(),
    added: z.array(z.string()),
    present: z.array(z.string()).describe("Asked for, and there already."),
    tags: z.array(z.string()).describe("All tags of the document now."),
  }),
  run: async ({ project }, { file_path, tags }) => {
    const report = await injectTags(project, file_path, tags);
    return {
      path: report.path,
      added: [...report.added],
      present: [...report.present],
      tags: shortList(report.tags),
    };
  },
  text: ({ path, added, present, tags }) =>
    lines(
      added.length === 0
        ? `${named(path)} has these tags already.`
        : `Added to ${named(path)}: ${added.join(", ")}.`,
      present.length === 0 || added.length === 0 ? "" : `There already: ${present.join(", ")}.`,
      `All its tags: ${tags.map(inLine).join(", ")}.`,
    ),
});
