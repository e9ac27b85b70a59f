import { z } from "zod/v4";
import { loadTags } from "../../knowledge/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { count, cursor, nextCursor, told, toldOf } from "../fields.ts";
import { blocks, inLine, lines, more } from "../markdown.ts";
import { decodeCursor, nextCursor as followedBy, LIST_CHARACTERS, pageOf, shortened } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { listTags } = await loadTags();

export const listTagsTool = defineTool({
  name: "list_tags",
  title: "List tags",
  description: "List tags with their counts. Use it before you filter by a tag or add one.",
  annotations: READS_ONLY,
  input: z.strictObject({ prefix: z.string().max(100).optional(), cursor }),
  output: z.object({
    tags: z.array(z.object({ tag: z.string(), documents: count })),
    total: count.describe("Tags that fit, shown or not."),
    documents: count.describe("Documents that have any of them."),
    nextCursor,
    ...told,
  }),
  run: async ({ graph, fresh }, { prefix, cursor }) => {
    const report = await listTags(fresh, prefix);
    const scope = ["list_tags", prefix, graph.state()];
    const tags = report.tags.map(({ tag, documents }) => ({ tag: shortened(tag), documents }));
    const { items, next } = pageOf(tags, decodeCursor(cursor, scope), LIST_CHARACTERS);
    return {
      tags: [...items],
      total: tags.length,
      documents: report.documents,
      ...followedBy(scope, next),
      ...toldOf(report),
    };
  },
  text: ({ tags, total, documents, nextCursor }) =>
    blocks(
      `${formatNumberOf(total, "tag")} on ${formatNumberOf(documents, "document")}` +
        `${total > 1 ? ", the most used first" : ""}.`,
      lines(tags.map(({ tag, documents: having }) => `- ${inLine(tag)} (${having})`)),
      more(nextCursor),
    ),
});
