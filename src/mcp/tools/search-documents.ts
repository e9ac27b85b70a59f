import { z } from "zod/v4";
import { minusLine, nearInAll } from "../../graph/search/index.ts";
import {
  DEFAULT_SEARCH_LIMIT,
  loadAcrossProjects,
  loadSearch,
  MAX_SEARCH_LIMIT,
  SEARCH_MODES,
  type SearchDocumentsReport,
  type Told,
} from "../../knowledge/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { listIn } from "../arguments.ts";
import { budget, count, cursor, isoDate, nextCursor, projectName, told, toldOf } from "../fields.ts";
import { ALL_PROJECTS, contextAt, inProject, namesOf } from "../other-projects.ts";
import { type CursorScope, decodeCursor, nextCursor as followedBy, pageOf, shortened } from "../paging.ts";
import {
  answerWithin,
  type FoundIn,
  foundDocument,
  leftOut,
  nearWord,
  textOfSearch,
  tidy,
  tidyNear,
} from "../search-answer.ts";
import { defineTool, type NamedRoot, READS_ONLY, type ToolContext } from "../tool.ts";

const { searchDocuments } = await loadSearch();

/** One or several; models write a list as the text of one, too. */
const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

function listOf(given: z.output<typeof oneOrMore> | undefined): string[] | undefined {
  if (given === undefined) return undefined;
  return (Array.isArray(given) ? given : listIn(given)).map(String);
}

const input = z.strictObject({
  // An empty one is refused by the search, with what it says of others that have nothing to look for.
  query: z.string().max(10_000),
  budget: budget.optional().describe("tokens"),
  limit: z.int().min(1).max(MAX_SEARCH_LIMIT).default(DEFAULT_SEARCH_LIMIT),
  mode: z.enum(SEARCH_MODES).default("hybrid"),
  path: oneOrMore.optional(),
  tag: oneOrMore.optional(),
  type: z.string().min(1).optional(),
  since: isoDate.optional().describe("YYYY-MM-DD or 7d, 2w, 3mo"),
  until: isoDate.optional(),
  lang: z.string().min(2).optional(),
  where: z.record(z.string(), z.string()).optional(),
  /** The name of another project, or * for all. */
  project: projectName.describe("or *"),
  cursor,
});

const output = z.object({
  mode: z.enum(SEARCH_MODES),
  results: z.array(foundDocument),
  leftOut: z
    .array(leftOut)
    .optional()
    .describe("Only with a budget: passages that did not fit, and what they cost."),
  unnamed: count.optional().describe("Only with a budget: further passages that did not fit."),
  budget: count.optional(),
  needs: count.optional().describe("Only where nothing fits: the budget that the best passage takes."),
  didYouMean: z
    .array(nearWord)
    .optional()
    .describe("Words that no document has, and near ones that were looked for as well."),
  letThrough: count
    .optional()
    .describe(
      "Only where nothing was found and filters were given: how many documents they leave. " +
        "0: no words will help, loosen the filters.",
    ),
  filterNote: z.string().optional().describe("Only where letThrough is 0: which filters no document fits."),
  queryNote: z.string().optional().describe("What of the query was not taken as it may have been meant."),
  failed: z
    .array(z.object({ project: z.string(), code: z.string(), message: z.string() }))
    .optional()
    .describe("Only of several projects: those that could not be searched."),
  nextCursor,
  ...told,
});

type Asked = Omit<z.output<typeof input>, "project">;
type Answer = z.output<typeof output>;

export const searchDocumentsTool = defineTool({
  name: "search_documents",
  title: "Search documents",
  description:
    "Search the notes by words and meaning. Use it first when they may hold the answer; with a budget of " +
    "tokens it returns whole passages. A confidence below 0.3 mostly means no answer.",
  annotations: READS_ONLY,
  input,
  output,
  run: async (context, { project, ...asked }) => {
    if (project === undefined) return searchIn(context, asked);
    if (project === ALL_PROJECTS) return searchAll(context, asked);
    const { name, context: elsewhere } = await inProject(context, project);
    return searchIn(elsewhere, asked, name);
  },
  text: textOfSearch,
});

async function searchIn(context: ToolContext, asked: Asked, project?: string): Promise<Answer> {
  const { mode, cursor, budget: tokens } = asked;
  const { report, scope } = await findIn(context, asked);
  const at = decodeCursor(cursor, scope);
  const { letThrough, filterNote, didYouMean, excluded } = report;
  const common = {
    mode,
    ...tidyNear(didYouMean),
    ...noted(asked, excluded),
    ...(letThrough === undefined ? {} : { letThrough }),
    ...(filterNote === undefined ? {} : { filterNote }),
    ...toldOf(report),
  };
  const found = report.results.map((result) => ({ result, from: context, project }));
  return tokens === undefined
    ? { ...common, ...page(found, at, scope) }
    : answerWithin(context, found, common, tokens);
}

function noted({ query }: Asked, excluded: readonly string[] = []): { queryNote?: string } {
  const line = minusLine(query, excluded);
  return line === undefined ? {} : { queryNote: line };
}

interface FoundHere {
  readonly report: SearchDocumentsReport & Told;
  /** What a cursor belongs to. */
  readonly scope: CursorScope;
}

async function findIn(
  { graph, fresh, embedder, project }: ToolContext,
  { query, limit, mode, cursor: _, path, tag, lang, budget: tokens, ...rest }: Asked,
): Promise<FoundHere> {
  // A graph that cannot be searched is found out before a model is loaded for it.
  graph.use(() => {});
  const filters = { ...rest, paths: listOf(path), tags: listOf(tag), language: lang };
  const report = await searchDocuments(project, fresh, (work, madeBy) => embedder.use(work, madeBy), {
    query,
    mode,
    limit,
    filters,
    wholeChunks: tokens !== undefined,
  });
  const scope = ["search_documents", query, limit, mode, JSON.stringify(filters), tokens, graph.state()];
  return { report, scope };
}

function page(found: readonly FoundIn[], at: number, scope: CursorScope) {
  const all = found.map(({ result, project }) => ({
    ...(project === undefined ? {} : { project }),
    ...tidy(result),
  }));
  const { items, next } = pageOf(all, at);
  return { results: [...items], ...followedBy(scope, next) };
}

/** The best of all projects, within one budget: what is worth more takes more of it. */
async function searchAll(context: ToolContext, asked: Asked): Promise<Answer> {
  const { mode, limit, budget: tokens } = asked;
  const { found, failed } = await findEach(context, await namesOf(context), asked);
  const scope = [ALL_PROJECTS, ...found.flatMap((each) => each.scope)];
  const at = decodeCursor(asked.cursor, scope);
  const { inOneOrder } = await loadAcrossProjects();
  const best = inOneOrder(
    found.map(({ place: { name, root }, from, report }) => ({
      root,
      results: report.results.map((result) => ({ ...result, from, project: name })),
    })),
  )
    .slice(0, limit)
    .map(({ from, project, ...result }): FoundIn => ({ result, from, project }));
  const near = nearInAll(found.map(({ report }) => report.didYouMean));
  const common = {
    mode,
    ...tidyNear(near.length === 0 ? undefined : near),
    ...noted(asked, [...new Set(found.flatMap(({ report }) => report.excluded ?? []))]),
    ...(failed.length === 0 ? {} : { failed: [...failed] }),
    freshness: freshnessOfAll(found.map(({ report }) => report.freshness)),
  };
  if (tokens !== undefined) return answerWithin(context, best, common, tokens);
  return { ...common, ...page(best, at, scope) };
}

interface Searched {
  readonly found: readonly (FoundHere & { readonly place: NamedRoot; readonly from: ToolContext })[];
  readonly failed: NonNullable<Answer["failed"]>;
}

async function findEach(context: ToolContext, places: readonly NamedRoot[], asked: Asked): Promise<Searched> {
  const found: Searched["found"][number][] = [];
  const failed: Searched["failed"] = [];
  for (const place of places) {
    try {
      const from = await contextAt(context, place.root);
      found.push({ place, from, ...(await findIn(from, asked)) });
    } catch (error) {
      // What is wrong with the request is so in every project.
      if (!(error instanceof AmalfaError) || error.code.startsWith("search.")) throw error;
      failed.push({ project: place.name, code: error.code, message: shortened(error.message) });
    }
  }
  return { found, failed };
}

/** Of several graphs as much as is true of each. */
function freshnessOfAll(each: readonly Told["freshness"][]): Told["freshness"] {
  const states = each.map(({ state }) => state);
  const state = (["behind", "unknown", "refreshed"] as const).find((one) => states.includes(one));
  const sum = (kind: "added" | "changed" | "removed"): number =>
    each.reduce((total, freshness) => total + freshness[kind], 0);
  return {
    state: state ?? "current",
    added: sum("added"),
    changed: sum("changed"),
    removed: sum("removed"),
  };
}
