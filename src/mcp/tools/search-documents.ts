import { z } from "zod/v4";
import { nearInAll } from "../../graph/search/index.ts";
import {
  DEFAULT_SEARCH_LIMIT,
  inOneOrder,
  loadSearch,
  MAX_SEARCH_LIMIT,
  SEARCH_MODES,
} from "../../knowledge/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { listIn } from "../arguments.ts";
import {
  budget,
  count,
  cursor,
  isoDate,
  LEAST_BUDGET,
  nextCursor,
  projectName,
  told,
  toldOf,
} from "../fields.ts";
import { ALL_PROJECTS, contextAt, inProject, namesOf } from "../other-projects.ts";
import { decodeCursor, nextCursor as followedBy, pageOf, shortened } from "../paging.ts";
import {
  answerWithin,
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
  query: z.string().min(1).max(10_000),
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
    return withName(await searchIn(elsewhere, asked), name);
  },
  text: textOfSearch,
});

async function searchIn(
  context: ToolContext,
  { query, limit, mode, cursor, path, tag, lang, budget: tokens, ...rest }: Asked,
): Promise<Answer> {
  const { graph, fresh, embedder, project } = context;
  // A graph that cannot be searched is found out before a model is loaded for it.
  graph.use(() => {});
  const filters = { ...rest, paths: listOf(path), tags: listOf(tag), language: lang };
  const report = await searchDocuments(project, fresh, (work, madeBy) => embedder.use(work, madeBy), {
    query,
    mode,
    limit,
    filters,
    wholePassages: tokens !== undefined,
  });
  const scope = ["search_documents", query, limit, mode, JSON.stringify(filters), tokens, graph.state()];
  const from = decodeCursor(cursor, scope);
  const { letThrough, filterNote, didYouMean } = report;
  const common = {
    mode,
    ...tidyNear(didYouMean),
    ...(letThrough === undefined ? {} : { letThrough }),
    ...(filterNote === undefined ? {} : { filterNote }),
    ...toldOf(report),
  };
  if (tokens !== undefined) return answerWithin(context, report.results, common, tokens);
  const { items, next } = pageOf(report.results.map(tidy), from);
  return { ...common, results: [...items], ...followedBy(scope, next) };
}

function withName({ results, leftOut: left, ...answer }: Answer, project: string): Answer {
  return {
    ...answer,
    results: results.map((result) => ({ project, ...result })),
    ...(left === undefined ? {} : { leftOut: left.map((each) => ({ project, ...each })) }),
  };
}

/** Names of projects cost some of it as well. */
const SHARE = 0.8;

/** The best of all projects, the surest first: scores compare within one graph only. */
async function searchAll(context: ToolContext, asked: Asked): Promise<Answer> {
  const { budget, ...withoutBudget } = asked;
  const known = await namesOf(context);
  const first = await searchEach(context, known, withoutBudget);
  // Those that have nothing to show take none of it.
  const having = first.found.filter(({ answer }) => answer.results.length > 0).map(({ place }) => place);
  if (budget === undefined || having.length === 0) return together(asked, first);
  const share = Math.floor((budget * SHARE) / having.length);
  if (share < LEAST_BUDGET) {
    const least = Math.ceil((LEAST_BUDGET * having.length) / SHARE);
    throw new AmalfaError(
      "arguments.invalid",
      `A budget of ${budget} is too small for ${having.length} projects.`,
      {
        hint: `Give at least ${least}, or name one project.`,
      },
    );
  }
  const { found } = await searchEach(context, having, { ...asked, budget: share });
  return together(asked, { found, failed: first.failed });
}

interface Searched {
  readonly found: readonly { readonly place: NamedRoot; readonly answer: Answer }[];
  readonly failed: NonNullable<Answer["failed"]>;
}

async function searchEach(
  context: ToolContext,
  places: readonly NamedRoot[],
  asked: Asked,
): Promise<Searched> {
  const found: { place: NamedRoot; answer: Answer }[] = [];
  const failed: Searched["failed"] = [];
  for (const place of places) {
    const { name, root } = place;
    try {
      const { nextCursor: _, ...answer } = await searchIn(await contextAt(context, root), asked);
      found.push({ place, answer: withName(answer, name) });
    } catch (error) {
      // What is wrong with the request is so in every project.
      if (!(error instanceof AmalfaError) || /^(search|cursor)\./.test(error.code)) throw error;
      failed.push({ project: name, code: error.code, message: shortened(error.message) });
    }
  }
  return { found, failed };
}

function together(asked: Asked, { found, failed }: Searched): Answer {
  const answers = found.map(({ answer }) => answer);
  const results = inOneOrder(
    found.map(({ place, answer }) => ({ root: place.root, results: answer.results })),
  );
  const near = nearInAll(answers.map(({ didYouMean }) => didYouMean));
  const states = answers.map(({ freshness }) => freshness.state);
  const state =
    (["behind", "unknown", "refreshed"] as const).find((each) => states.includes(each)) ?? "current";
  const sum = (kind: "added" | "changed" | "removed"): number =>
    answers.reduce((total, { freshness }) => total + freshness[kind], 0);
  return {
    mode: asked.mode,
    results: asked.budget === undefined ? results.slice(0, asked.limit) : results,
    ...(asked.budget === undefined
      ? {}
      : {
          leftOut: answers.flatMap(({ leftOut: left = [] }) => left),
          unnamed: answers.reduce((total, { unnamed = 0 }) => total + unnamed, 0),
          budget: asked.budget,
        }),
    ...tidyNear(near.length === 0 ? undefined : near),
    ...(failed.length === 0 ? {} : { failed }),
    freshness: { state, added: sum("added"), changed: sum("changed"), removed: sum("removed") },
  };
}
