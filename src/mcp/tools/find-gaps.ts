import { z } from "zod/v4";
import {
  DEFAULT_GAPS_LIMIT,
  DEFAULT_GAPS_THRESHOLD,
  type GapsReport,
  type GraphReader,
  loadGaps,
  MAX_GAPS_LIMIT,
} from "../../knowledge/index.ts";
import { formatNumberOf } from "../../system/index.ts";
import { count, cursor, nextCursor, told, toldOf } from "../fields.ts";
import { blocks, inLine, lines, more, named } from "../markdown.ts";
import { decodeCursor, nextCursor as followedBy, pageOf, shortened } from "../paging.ts";
import { defineTool, READS_ONLY, type ToolContext } from "../tool.ts";

const { findGaps, findGapsNow } = await loadGaps();

type FindGaps = NonNullable<Parameters<typeof findGapsNow>[3]>;

const end = z.object({ id: z.string(), title: z.string() });

export const findGapsTool = defineTool({
  name: "find_gaps",
  title: "Find missing links",
  description:
    "List pairs of documents that are alike and not linked. Use it to connect or tidy notes, or find duplicates.",
  annotations: READS_ONLY,
  input: z.strictObject({
    limit: z.int().min(1).max(MAX_GAPS_LIMIT).default(DEFAULT_GAPS_LIMIT),
    threshold: z.number().min(0).max(1).default(DEFAULT_GAPS_THRESHOLD).describe("least cosine"),
    cursor,
  }),
  output: z.object({
    threshold: z.number(),
    documents: count.describe("Documents that were compared."),
    gaps: z.array(z.object({ a: end, b: end, similarity: z.number() })),
    nextCursor,
    ...told,
  }),
  run: async ({ project, graph, fresh }, { limit, threshold, cursor }) => {
    const find: FindGaps = (reader, request, kinds) =>
      remembered(graph, reader, { ...request, state: graph.stateOf(reader) }, kinds);
    const report = await findGapsNow(project, fresh, { limit, threshold }, find);
    const scope = ["find_gaps", limit, threshold, graph.state()];
    const gaps = report.gaps.map(({ a, b, similarity }) => ({
      a: { id: a.id, title: shortened(a.title) },
      b: { id: b.id, title: shortened(b.title) },
      similarity,
    }));
    const { items, next } = pageOf(gaps, decodeCursor(cursor, scope));
    return {
      threshold,
      documents: report.documents,
      gaps: [...items],
      ...followedBy(scope, next),
      ...toldOf(report),
    };
  },
  text: ({ gaps, documents, nextCursor }) =>
    blocks(
      `${formatNumberOf(gaps.length, "pair")} of ${formatNumberOf(documents, "document")}: alike, unlinked.`,
      lines(gaps.map(({ a, b, similarity }) => `- ${similarity.toFixed(2)} ${endLine(a)} and ${endLine(b)}`)),
      more(nextCursor),
    ),
});

function endLine({ id, title }: z.output<typeof end>): string {
  return `${named(id)} ${inLine(title)}`;
}

/** The last answer of each graph: a large one takes a second, and its parts are asked for one after the other. */
const answers = new WeakMap<ToolContext["graph"], { readonly key: string; readonly report: GapsReport }>();

function remembered(
  graph: ToolContext["graph"],
  reader: GraphReader,
  request: { limit: number; threshold: number; state: string },
  kinds: Parameters<FindGaps>[2],
): GapsReport {
  const key = JSON.stringify(request);
  const last = answers.get(graph);
  if (last?.key === key) return last.report;
  const report = findGaps(reader, request, kinds);
  answers.set(graph, { key, report });
  return report;
}
