import { z } from "zod/v4";
import { countPending } from "../../graph/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { count } from "../fields.ts";
import { blocks, lines, named } from "../markdown.ts";
import { shortened } from "../paging.ts";
import { defineTool } from "../tool.ts";

/** Files that are named; their number is told as well. */
const MOST_NAMED = 20;

export const refreshTool = defineTool({
  name: "refresh",
  title: "Bring the memory up to date",
  description: "Bring the memory up to date with all files. Use it when it is behind or missing.",
  // What it writes is derived; no document is touched.
  annotations: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
  input: z.strictObject({}),
  output: z.object({
    found: count,
    added: count,
    changed: count,
    removed: count,
    failed: z.array(z.object({ path: z.string(), error: z.string() })),
    failures: count,
    pending: z
      .object({ chunks: count, share: z.number() })
      .optional()
      .describe("Passages without a vector, which are found by their words."),
  }),
  run: async ({ ingest, graph }) => {
    const { documents } = await ingest();
    const { found, added, changed, removed, failed } = documents;
    const waiting = graph.use(({ db }) => countPending(db));
    return {
      found,
      added,
      changed,
      removed,
      failed: failed.slice(0, MOST_NAMED).map(({ path, error }) => ({ path, error: shortened(error) })),
      failures: failed.length,
      ...(waiting.chunks === 0
        ? {}
        : { pending: { chunks: waiting.chunks, share: 1 - waiting.chunks / Math.max(1, waiting.of) } }),
    };
  },
  text: ({ found, added, changed, removed, failed, failures, pending }) =>
    blocks(
      `${formatNumberOf(found, "document")}; ${added} added, ${changed} changed, ${removed} removed.`,
      pending === undefined ? "" : waitingLine(pending.chunks),
      lines(
        failures === 0 ? "" : `${formatNumberOf(failures, "file")} could not be read:`,
        failed.map(({ path, error }) => `- ${named(path)} ${error}`),
      ),
    ),
});

function waitingLine(chunks: number): string {
  return chunks === 1
    ? "1 passage is found by its words until its vector is there."
    : `${formatNumberOf(chunks, "passage")} are found by their words until their vectors are there.`;
}
