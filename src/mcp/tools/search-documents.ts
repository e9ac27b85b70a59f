import { z } from "zod/v4";
import type { SearchResult } from "../../graph/search/index.ts";
import { DEFAULT_SEARCH_LIMIT, loadSearch, MAX_SEARCH_LIMIT, SEARCH_MODES } from "../../knowledge/index.ts";
import { listIn } from "../arguments.ts";
import { count, cursor, lineRange, nextCursor, told, toldOf } from "../fields.ts";
import { decodeCursor, nextCursor as followedBy, pageOf, shortened } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { searchDocuments } = await loadSearch();

/** One or several; models write a list as the text of one, too. */
const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

function listOf(given: z.output<typeof oneOrMore> | undefined): string[] | undefined {
  if (given === undefined) return undefined;
  return (Array.isArray(given) ? given : listIn(given)).map(String);
}

const isoDate = z.string().regex(/^\d{4}(-\d\d(-\d\d)?)?$/);

export const searchDocumentsTool = defineTool({
  name: "search_documents",
  title: "Search documents",
  description:
    "Search the project's markdown by meaning and by words. Use it first " +
    "whenever a question may be answered by the project's notes or docs, " +
    "and before writing something that may already exist. Returns the best " +
    "passage of each document with its id, heading path and line range; " +
    "read more with read_node_content. The default mode finds exact names, " +
    "identifiers, dates and quoted phrases first, and answers questions in " +
    "full phrases; -word leaves documents out. " +
    "A confidence below 0.3 mostly means that nothing there answers the query.",
  annotations: READS_ONLY,
  input: z.strictObject({
    query: z.string().min(1).max(10_000).describe("What to look for, in your own words."),
    limit: z
      .int()
      .min(1)
      .max(MAX_SEARCH_LIMIT)
      .default(DEFAULT_SEARCH_LIMIT)
      .describe("Documents to return at most."),
    mode: z
      .enum(SEARCH_MODES)
      .default("hybrid")
      .describe(
        "hybrid: exact things, words and meaning; semantic: meaning only; lexical: words only, needs no model.",
      ),
    path: oneOrMore.optional().describe("Only below this folder, or what fits this pattern (docs/**)."),
    tag: oneOrMore.optional().describe("Only documents with this tag, or all of these."),
    type: z.string().min(1).optional().describe("Only where the front matter has this type."),
    since: isoDate.optional().describe("Only from this date on: the front matter's, else the file's."),
    until: isoDate.optional().describe("Only up to this date."),
    lang: z
      .string()
      .min(2)
      .optional()
      .describe("Leave out what is known to be in another language than this code, such as de."),
    where: z
      .record(z.string(), z.string())
      .optional()
      .describe("Only where fields of the front matter have these values."),
    cursor,
  }),
  output: z.object({
    mode: z.enum(SEARCH_MODES),
    results: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        score: z.number().describe("Higher is better; comparable within one mode only."),
        cosine: z
          .number()
          .nullable()
          .describe("How near the document is in meaning, up to 1. Null where only words matched."),
        confidence: z
          .number()
          .describe("From 0 to 1, the same in every mode: how sure it is that this is what was asked for."),
        heading: z.string().describe("Headings that lead to the passage, joined with ' > '."),
        lines: lineRange,
        snippet: z.string(),
        passages: z
          .array(z.object({ heading: z.string(), lines: lineRange, snippet: z.string() }))
          .describe("Up to three further passages of the document."),
        translations: z
          .array(z.object({ id: z.string(), language: z.string() }))
          .optional()
          .describe("The same page in other languages."),
      }),
    ),
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
  run: async (
    { graph, fresh, embedder, project },
    { query, limit, mode, cursor, path, tag, lang, ...rest },
  ) => {
    // A graph that cannot be searched is found out before a model is loaded for it.
    graph.use(() => {});
    const filters = { ...rest, paths: listOf(path), tags: listOf(tag), language: lang };
    const report = await searchDocuments(project, fresh, (work, madeBy) => embedder.use(work, madeBy), {
      query,
      mode,
      limit,
      filters,
    });
    const scope = ["search_documents", query, limit, mode, JSON.stringify(filters), graph.state()];
    const { items, next } = pageOf(report.results.map(tidy), decodeCursor(cursor, scope));
    const { letThrough, filterNote } = report;
    const left = {
      ...(letThrough === undefined ? {} : { letThrough }),
      ...(filterNote === undefined ? {} : { filterNote }),
    };
    return { mode, results: [...items], ...left, ...followedBy(scope, next), ...toldOf(report) };
  },
});

function tidy<Found extends SearchResult>(found: Found) {
  return {
    ...found,
    title: shortened(found.title),
    heading: shortened(found.heading),
    lines: [...found.lines],
    ...(found.translations === undefined ? {} : { translations: [...found.translations] }),
    passages: found.passages.map(({ heading, lines, snippet }) => ({
      heading: shortened(heading),
      lines: [...lines],
      snippet,
    })),
  };
}
