import { z } from "zod/v4";
import { DEFAULT_SEARCH_LIMIT, loadSearch, MAX_SEARCH_LIMIT, SEARCH_MODES } from "../../knowledge/index.ts";
import { listIn } from "../arguments.ts";
import { budget, count, cursor, isoDate, nextCursor, told, toldOf } from "../fields.ts";
import { decodeCursor, nextCursor as followedBy, pageOf } from "../paging.ts";
import { answerWithin, foundDocument, leftOut, textOfSearch, tidy } from "../search-answer.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { searchDocuments } = await loadSearch();

/** One or several; models write a list as the text of one, too. */
const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

function listOf(given: z.output<typeof oneOrMore> | undefined): string[] | undefined {
  if (given === undefined) return undefined;
  return (Array.isArray(given) ? given : listIn(given)).map(String);
}

export const searchDocumentsTool = defineTool({
  name: "search_documents",
  title: "Search documents",
  description:
    "Search the notes by words and meaning. Use it first when they may hold the answer; with a budget of tokens it returns whole passages. A confidence below 0.3 mostly means no answer.",
  annotations: READS_ONLY,
  input: z.strictObject({
    query: z.string().min(1).max(10_000),
    budget: budget.optional().describe("tokens to fill with whole passages"),
    limit: z.int().min(1).max(MAX_SEARCH_LIMIT).default(DEFAULT_SEARCH_LIMIT),
    mode: z.enum(SEARCH_MODES).default("hybrid"),
    path: oneOrMore.optional().describe("folders or globs"),
    tag: oneOrMore.optional(),
    type: z.string().min(1).optional(),
    since: isoDate.optional().describe("YYYY-MM-DD"),
    until: isoDate.optional(),
    lang: z.string().min(2).optional().describe("code"),
    where: z.record(z.string(), z.string()).optional().describe("front matter"),
    cursor,
  }),
  output: z.object({
    mode: z.enum(SEARCH_MODES),
    results: z.array(foundDocument),
    leftOut: z
      .array(leftOut)
      .optional()
      .describe("Only with a budget: passages that did not fit, and what they cost."),
    unnamed: count.optional().describe("Only with a budget: further passages that did not fit."),
    budget: count.optional(),
    letThrough: count
      .optional()
      .describe(
        "Only where nothing was found and filters were given: how many documents they leave. " +
          "0: no words will help, loosen the filters.",
      ),
    filterNote: z.string().optional().describe("Only where letThrough is 0: which filters no document fits."),
    nextCursor,
    ...told,
  }),
  run: async (context, { query, limit, mode, cursor, path, tag, lang, budget: tokens, ...rest }) => {
    const { graph, fresh, embedder, project } = context;
    // A graph that cannot be searched is found out before a model is loaded for it.
    graph.use(() => {});
    const filters = { ...rest, paths: listOf(path), tags: listOf(tag), language: lang };
    const report = await searchDocuments(project, fresh, (work, madeBy) => embedder.use(work, madeBy), {
      query,
      mode,
      limit,
      filters,
    });
    const scope = ["search_documents", query, limit, mode, JSON.stringify(filters), tokens, graph.state()];
    const from = decodeCursor(cursor, scope);
    const { letThrough, filterNote } = report;
    const common = {
      mode,
      ...(letThrough === undefined ? {} : { letThrough }),
      ...(filterNote === undefined ? {} : { filterNote }),
      ...toldOf(report),
    };
    if (tokens !== undefined) return answerWithin(context, report.results, common, tokens);
    const { items, next } = pageOf(report.results.map(tidy), from);
    return { ...common, results: [...items], ...followedBy(scope, next) };
  },
  text: textOfSearch,
});
