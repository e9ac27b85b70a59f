import { z } from "zod/v4";
import { loadTagging } from "../../knowledge/index.ts";
import { MAX_PATH_CHARACTERS } from "../fields.ts";
import { shortList } from "../paging.ts";
import { defineTool } from "../tool.ts";

const { injectTags, MAX_TAG_LENGTH, MAX_TAGS } = await loadTagging();

export const injectTagsTool = defineTool({
  name: "inject_tags",
  title: "Add tags to a document",
  description:
    "Add tags to the front matter of one markdown file; nothing else in the file " +
    "changes, and no tag is removed. Use it when the user wants documents tagged. " +
    "The only tool that writes: it changes the user's file. The next answer knows the tags.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({
    file_path: z
      .string()
      .min(1)
      .max(MAX_PATH_CHARACTERS)
      .describe("The file's path relative to the project root, which is its document's id."),
    tags: z
      .array(z.string().min(1).max(MAX_TAG_LENGTH))
      .min(1)
      .max(MAX_TAGS)
      .describe(
        "Letters, digits and _, with - / . : + between them. Those that are there already are not added again.",
      ),
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
});
