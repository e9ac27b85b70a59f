/** What a search answers: results as they were found, or whole chunks within a budget of tokens. */
import { z } from "zod/v4";
import { lackedByAll, type NearWords, nearLine, type SearchResult } from "../graph/search/index.ts";
import { loadReading, loadTokens, noDocument, type Told, toldLine } from "../knowledge/index.ts";
import { AmalfaError, formatNumberOf } from "../system/index.ts";
import { count, lineRange } from "./fields.ts";
import { type Fit, fitChunks, type WholeChunk } from "./fit-chunks.ts";
import { forAgents } from "./for-agents.ts";
import { blocks, fenced, inLine, lines, more, named, ofProject, place } from "./markdown.ts";
import { shortened } from "./paging.ts";
import type { ToolContext } from "./tool.ts";

const { loadTokenCount } = await loadTokens();
const { readDocument } = await loadReading();

const passage = z.object({ heading: z.string(), lines: lineRange, snippet: z.string() });

export const foundDocument = z.object({
  project: z.string().optional().describe("Only where a project was named: the one that has it."),
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
  snippet: z.string().describe("Part of the passage; with a budget all of it."),
  passages: z.array(passage).describe("Up to three further passages of the document."),
  translations: z
    .array(z.object({ id: z.string(), language: z.string() }))
    .optional()
    .describe("The same page in other languages."),
  sameFile: z.array(z.string()).optional().describe("Links to the same file."),
  conflictCopyOf: z.string().optional().describe("It is a sync tool's copy in conflict with this document."),
  supersededBy: z.string().optional().describe("This document holds in its place."),
  lacks: z.array(z.string()).optional().describe("What of the query no document has."),
});

export const nearWord = z.object({ word: z.string(), near: z.array(z.string()) });

export const leftOut = z.object({
  project: z.string().optional(),
  id: z.string(),
  lines: lineRange,
  tokens: count,
});

type Found = z.output<typeof foundDocument>;

/** What its text is made of. */
export interface SearchAnswer {
  readonly mode: string;
  readonly freshness?: Pick<Told["freshness"], "state">;
  readonly results: Found[];
  readonly leftOut?: z.output<typeof leftOut>[] | undefined;
  readonly unnamed?: number | undefined;
  readonly budget?: number | undefined;
  /** Where not even the best chunk fits: the budget with which it would. */
  readonly needs?: number | undefined;
  readonly didYouMean?: z.output<typeof nearWord>[] | undefined;
  readonly letThrough?: number | undefined;
  readonly filterNote?: string | undefined;
  /** What of the query was not taken as it may have been meant. */
  readonly queryNote?: string | undefined;
  readonly nextCursor?: string | undefined;
}

export function tidy({ translations, sameFile, lacks, ...found }: SearchResult): Found {
  return {
    ...found,
    title: shortened(found.title),
    heading: shortened(found.heading),
    lines: [...found.lines],
    ...(translations === undefined ? {} : { translations: [...translations] }),
    ...(sameFile === undefined ? {} : { sameFile: [...sameFile] }),
    ...(lacks === undefined ? {} : { lacks: [...lacks] }),
    passages: found.passages.map(({ heading, lines: range, snippet }) => ({
      heading: shortened(heading),
      lines: [...range],
      snippet,
    })),
  };
}

export function tidyNear(near: readonly NearWords[] | undefined): Pick<SearchAnswer, "didYouMean"> {
  if (near === undefined) return {};
  return { didYouMean: near.map(({ word, near: words }) => ({ word, near: [...words] })) };
}

interface Common extends Told, Pick<SearchAnswer, "didYouMean" | "letThrough" | "filterNote" | "queryNote"> {
  readonly mode: string;
}

/** What was found, and where its text is read. */
export interface FoundIn {
  readonly result: SearchResult;
  readonly from: Pick<ToolContext, "project" | "graph">;
  /** The name of its project, where several were asked. */
  readonly project?: string | undefined;
}

/**
 * The answer, as text and as JSON each within the budget, of what was found, the best first. Throws `arguments.invalid`
 * where not even what is said besides has room.
 */
export async function answerWithin<Fields extends Common>(
  { project }: Pick<ToolContext, "project">,
  found: readonly FoundIn[],
  common: Fields,
  budget: number,
): Promise<
  Fields & {
    results: Found[];
    leftOut: z.output<typeof leftOut>[];
    unnamed: number;
    budget: number;
    needs?: number;
  }
> {
  const tokens = await loadTokenCount(project);
  const documents = found.map((each) => ({ found: each, chunks: wholeChunksIn(each) }));
  // What each would cost in an answer, in the unit of the budget; of most it is never asked.
  const costs = new Map<WholeChunk, number>();
  const costOfChunk = (of: FoundIn, each: WholeChunk): number => {
    const known = costs.get(each);
    if (known !== undefined) return known;
    const shown = shownOf(of, [each]);
    const cost = Math.max(tokens(wholeTextOf(shown)), tokens(JSON.stringify(shown)));
    costs.set(each, cost);
    return cost;
  };
  const answerOf = (fit: Fit) => ({
    ...common,
    ...(fit.shown.size === 0 && documents.length > 0 ? { needs: needed() } : {}),
    results: [...fit.shown].flatMap(([at, chunks]) => {
      const document = documents[at];
      return document === undefined ? [] : [shownOf(document.found, pick(document.chunks, chunks))];
    }),
    leftOut: fit.leftOut.flatMap(({ document, chunk: at }) => {
      const [of, left] = [documents[document]?.found, documents[document]?.chunks[at]];
      if (of === undefined || left === undefined) return [];
      const { id } = of.result;
      return [{ ...projectOf(of), id, lines: [...left.lines], tokens: costOfChunk(of, left) }];
    }),
    unnamed: fit.unnamed,
    budget,
  });
  // A line about its freshness may come with an answer.
  const said = tokens(forAgents(toldLine(common) ?? ""));
  const costOf = (answer: SearchAnswer): number =>
    Math.max(tokens(textOfSearch(answer)) + said, tokens(JSON.stringify(answer)));
  let needs: number | undefined;
  const needed = (): number => {
    needs ??= budgetFor((each) => {
      const unnamed = documents.reduce((sum, { chunks }) => sum + chunks.length, -1);
      return costOf({ ...answerOf({ shown: new Map([[0, [0]]]), leftOut: [], unnamed }), budget: each });
    }, budget);
    return needs;
  };
  const fit = fitChunks(documents, { budget, costOf: (each) => costOf(answerOf(each)) });
  const answer = answerOf(fit);
  if (fit.shown.size === 0 && costOf(answer) > budget) {
    const least = budgetFor((each) => costOf({ ...answer, budget: each }), budget);
    const hint = `Give at least ${least}, or name one project.`;
    const message = `A budget of ${budget} does not hold what is to be said of the projects that were asked.`;
    throw new AmalfaError("arguments.invalid", message, { hint });
  }
  return answer;
}

function wholeChunksIn({ result, from: { project, graph } }: FoundIn): WholeChunk[] {
  return graph.use((reader) =>
    [result, ...result.passages].map((each): WholeChunk => {
      const { heading, lines: range, snippet } = each;
      const text = textOrSnippet(() => readDocument(project, reader, result.id, { range }).text, snippet);
      return { heading, lines: [range[0], range[1]], text };
    }),
  );
}

function projectOf({ project }: FoundIn): { readonly project?: string } {
  return project === undefined ? {} : { project };
}

/** The answer says its budget, whose digits cost as well. */
function budgetFor(costWith: (budget: number) => number, tooSmall: number): number {
  let budget = tooSmall;
  for (let cost = costWith(budget); cost > budget; cost = costWith(budget)) budget = cost;
  return budget;
}

function pick(chunks: readonly WholeChunk[], numbers: readonly number[]): WholeChunk[] {
  return numbers.flatMap((at) => chunks[at] ?? []);
}

function textOrSnippet(read: () => string, snippet: string): string {
  try {
    return read();
  } catch {
    // Gone since it was found; the next answer leaves it out.
    return snippet;
  }
}

const DIGITS = 1_000;

function shownOf(found: FoundIn, [best, ...others]: readonly WholeChunk[]): Found {
  const { result } = found;
  const { id, title, score, cosine, confidence, conflictCopyOf, supersededBy, lacks } = result;
  const rounded = (value: number): number => Math.round(value * DIGITS) / DIGITS;
  return {
    ...projectOf(found),
    id,
    title: shortened(title),
    score: rounded(score),
    cosine: cosine === null ? null : rounded(cosine),
    confidence: rounded(confidence),
    heading: shortened(best?.heading ?? ""),
    lines: [...(best?.lines ?? result.lines)],
    snippet: best?.text ?? "",
    passages: others.map(({ heading, lines: range, text }) => ({
      heading: shortened(heading),
      lines: [...range],
      snippet: text,
    })),
    ...(conflictCopyOf === undefined ? {} : { conflictCopyOf }),
    ...(supersededBy === undefined ? {} : { supersededBy }),
    ...(lacks === undefined ? {} : { lacks: [...lacks] }),
  };
}

export function textOfSearch(answer: SearchAnswer): string {
  const { results, letThrough, filterNote, queryNote = "", nextCursor, budget } = answer;
  if (results.length === 0 && (answer.leftOut ?? []).length + (answer.unnamed ?? 0) === 0) {
    const filtered =
      letThrough === undefined || filterNote !== undefined
        ? ""
        : ` The filters leave ${formatNumberOf(letThrough, "document")}.`;
    return blocks(`Nothing was found.${filtered}`, filterNote ?? "", inLine(queryNote));
  }
  return blocks(
    inLine(queryNote),
    lacksOf(results, noDocument(answer)),
    nearLine(answer.didYouMean ?? [], noDocument(answer)),
    nothingFits(answer),
    results.map((result) => (budget === undefined ? snippetOf(result) : wholeTextOf(result))),
    leftOutOf(answer),
    more(nextCursor),
  );
}

/** What of the query no document has, in none of several projects. */
function lacksOf(results: readonly Found[], none: string): string {
  const lacks = lackedByAll(results).slice(0, MOST_LACKED);
  return lacks.length === 0
    ? ""
    : `${none} has ${lacks.map((each) => named(inLine(shortened(each)))).join(" or ")}.`;
}

const MOST_LACKED = 3;

function snippetOf(result: Found): string {
  const { snippet, passages, translations = [] } = result;
  const others = passages.map(({ lines: [first, last] }) => `${first}-${last}`).join(", ");
  return lines(
    headOf(result),
    `> ${inLine(snippet)}`,
    others === "" ? "" : `also lines ${others}`,
    translations.map((each) => `${each.language}: ${named(each.id)}`),
  );
}

function wholeTextOf(result: Found): string {
  const { id, snippet, passages } = result;
  return lines(
    headOf(result),
    fenced(snippet),
    passages.map(({ lines: others, snippet: text }) => `${place(id, others)}\n${fenced(text)}`),
  );
}

/** Where a result is, what it is about, and how sure that is. */
function headOf(found: Found): string {
  const { project, id, title, confidence, heading, lines: range, conflictCopyOf, supersededBy } = found;
  const about = inLine(heading === "" ? title : heading);
  const old = supersededBy === undefined ? "" : `, superseded by ${named(supersededBy)}`;
  const copy = conflictCopyOf === undefined ? "" : `, copy in conflict with ${named(conflictCopyOf)}`;
  return `${ofProject(project)}${place(id, range)} ${about} (${confidence.toFixed(2)}${copy}${old})`;
}

/** What was found is too long for the budget, and shorter parts of it would say less than they seem to. */
function nothingFits({ results, budget, needs }: SearchAnswer): string {
  if (results.length > 0 || budget === undefined) return "";
  const best = needs === undefined ? "" : `; the best passage takes a budget of ${needs}`;
  return `Nothing fits into ${budget} tokens${best}.`;
}

function leftOutOf({ leftOut: left = [], unnamed = 0 }: SearchAnswer): string {
  if (left.length === 0) return unnamed === 0 ? "" : `Left out: ${unnamed} more`;
  const names = left.map(
    ({ project, id, lines: range, tokens }) => `${ofProject(project)}${place(id, range)} (${tokens})`,
  );
  if (unnamed > 0) names.push(`${unnamed} more`);
  return `Left out, with their tokens: ${names.join(", ")}`;
}
