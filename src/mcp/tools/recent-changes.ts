import { z } from "zod/v4";
import { loadRecentChanges } from "../../knowledge/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { count, isoDate, MAX_PATH_CHARACTERS, told } from "../fields.ts";
import { blocks, inLine, lines, named } from "../markdown.ts";
import { shortened } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { recentChanges } = await loadRecentChanges();

const DEFAULT_CHANGES = 20;
const MAX_CHANGES = 200;

export const recentChangesTool = defineTool({
  name: "recent_changes",
  title: "What changed lately",
  description: "List what changed last. Use it to catch up on what is new in the notes.",
  annotations: READS_ONLY,
  input: z.strictObject({
    since: isoDate.optional(),
    path: z.string().max(MAX_PATH_CHARACTERS).optional().describe("folder"),
    limit: z.int().min(1).max(MAX_CHANGES).default(DEFAULT_CHANGES),
  }),
  output: z.object({
    changes: z.array(z.object({ id: z.string(), title: z.string(), changed: z.string() })),
    total: count.describe("Documents that fit, shown or not."),
    ...told,
  }),
  run: async ({ project, fresh }, request) => {
    const report = await recentChanges(project, fresh, request);
    return {
      ...report,
      changes: report.changes.map(({ title, ...change }) => ({ ...change, title: shortened(title) })),
    };
  },
  text: ({ changes, total }) =>
    blocks(
      `The last ${changes.length} of ${formatNumberOf(total, "changed document")}.`,
      lines(
        changes.map(({ id, title, changed }) => `- ${changed.slice(0, 16)}Z ${named(id)} ${inLine(title)}`),
      ),
    ),
});
