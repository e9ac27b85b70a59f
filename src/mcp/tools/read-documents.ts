import { z } from "zod/v4";
import { type DocumentText, loadReadingMany, loadTokens, toldLine } from "../../knowledge/index.ts";
import { budget, count, documentId, lineRange, projectName, told, toldOf } from "../fields.ts";
import { type Excerpt, fitDocuments } from "../fit-documents.ts";
import { forAgents } from "../for-agents.ts";
import { blocks, fenced, inLine, lines, linesSaid, named, ofProject, place } from "../markdown.ts";
import { inProject } from "../other-projects.ts";
import { shortened } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { readDocumentsNow } = await loadReadingMany();
const { loadTokenCount } = await loadTokens();

const MOST_DOCUMENTS = 20;
const DEFAULT_BUDGET = 4_000;

const output = z.object({
  project: z.string().optional(),
  documents: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      lines: lineRange,
      totalLines: count,
      text: z.string(),
      etag: z.string().optional(),
    }),
  ),
  leftOut: z
    .array(z.object({ id: z.string(), lines: lineRange, tokens: count }))
    .describe("Lines that did not fit, and what each costs in an answer."),
  failed: z.array(
    z.object({ id: z.string(), code: z.string(), message: z.string(), hint: z.string().optional() }),
  ),
  unnamed: count.describe("Of what is left out or failed, so much has no room to be named."),
  budget: count,
  frame: count
    .optional()
    .describe(
      "The tokens of what is left out, and so many for the answer itself, are the budget that shows it.",
    ),
  ...told,
});

type Result = z.output<typeof output>;
type Shown = Result["documents"][number];
type Left = Result["leftOut"][number];

/** As many digits as a number of tokens may have. */
const LARGE_NUMBER = 55_555;
/** The next answer may say other numbers of itself. */
const TO_SPARE = 5;

export const readDocumentsTool = defineTool({
  name: "read_documents",
  title: "Read several documents",
  description:
    "Read several documents within a budget of tokens. Use it on what a search found; lines may follow an id: a.md:3-9",
  annotations: READS_ONLY,
  input: z.strictObject({
    ids: z.array(documentId).min(1).max(MOST_DOCUMENTS),
    budget: budget.default(DEFAULT_BUDGET),
    project: projectName,
  }),
  output,
  run: async (context, { ids, budget: most, project: name }) => {
    const elsewhere = name === undefined ? undefined : await inProject(context, name);
    const { project, fresh, allowWrite } = elsewhere?.context ?? context;
    const [tokens, read] = await Promise.all([
      loadTokenCount(project),
      readDocumentsNow(project, fresh, ids),
    ]);
    const { documents, failed } = read;
    const around = {
      ...(elsewhere === undefined ? {} : { project: elsewhere.name }),
      documents: [],
      leftOut: [],
      failed: failed.map(({ id, error }) => failure(id, error)),
      unnamed: 0,
      budget: most,
      ...toldOf(read),
    };
    // A line about its freshness may come with an answer.
    const said = tokens(forAgents(toldLine(read) ?? ""));
    const costOf = (result: Result): number =>
      Math.max(tokens(textOf(result)) + said, tokens(JSON.stringify(result)));
    const own = costOf({ ...around, failed: [], frame: LARGE_NUMBER });
    const shown = ({ document: { id, title, totalLines, etag }, lines: range, text }: Excerpt): Shown => ({
      id,
      title: shortened(title),
      lines: [...range],
      totalLines,
      text,
      ...(allowWrite ? { etag } : {}),
    });
    // Parts are put together with white space or a comma: no answer costs more than the sum of its parts.
    const partCost = (part: Partial<Result>, json: unknown): number =>
      Math.max(tokens(textOf({ ...around, failed: [], ...part })), tokens(`${JSON.stringify(json)},`));
    const shownCost = (excerpt: Excerpt): number => {
      const document = shown(excerpt);
      return partCost({ documents: [document] }, document);
    };
    const leftRow = (excerpt: Excerpt): Left => ({
      id: excerpt.document.id,
      lines: [...excerpt.lines],
      tokens: shownCost(excerpt),
    });
    const fitted = fitDocuments(documents, {
      room: most - own - sum(around.failed.map((each) => partCost({ failed: [each] }, each))),
      costOf: shownCost,
      costOfName: (excerpt) => {
        const row = leftRow(excerpt);
        return partCost({ leftOut: [row] }, row);
      },
      count: (line) => Math.max(tokens(line), tokens(JSON.stringify(`${line}\n`).slice(1, -1))),
    });
    const leftOut = fitted.left.map(leftRow);
    let result: Result = {
      ...around,
      documents: fitted.shown.map(shown),
      leftOut,
      ...(leftOut.length === 0 ? {} : { frame: own + TO_SPARE }),
    };
    while (costOf(result) > most) {
      const shorter = withLess(result);
      if (shorter === undefined) break;
      result = { ...shorter, unnamed: unnamedIn(shorter, documents, failed.length) };
    }
    return result;
  },
  text: textOf,
});

/** What is said beside the texts in short, where many names meet a small budget. Undefined at its end. */
function withLess(result: Result): Result | undefined {
  const { documents, leftOut, failed } = result;
  if (failed.some(({ hint }) => hint !== undefined))
    return { ...result, failed: failed.map(({ id, code, message }) => ({ id, code, message })) };
  if (failed.some(({ code, message }) => message !== code))
    return { ...result, failed: failed.map(({ id, code }) => ({ id, code, message: code })) };
  if (leftOut.length > 1) return { ...result, leftOut: leftOut.slice(0, -1) };
  if (leftOut.length > 0) {
    const { frame: _, ...rest } = result;
    return { ...rest, leftOut: [] };
  }
  if (failed.length > 0) return { ...result, failed: failed.slice(0, -1) };
  if (documents.length > 0) return { ...result, documents: documents.slice(0, -1) };
  return undefined;
}

/** How many of what was asked for is not named, one way or another. */
function unnamedIn(
  { documents, leftOut, failed }: Result,
  asked: readonly DocumentText[],
  allFailed: number,
): number {
  const parts = [...documents, ...leftOut].map(({ id, lines: [first = 0, last = 0] }) => ({
    id,
    first,
    last,
  }));
  const isNamed = ({ id, lines: range }: DocumentText): boolean =>
    parts.some((part) => part.id === id && part.first >= range[0] && part.last <= range[1]);
  return asked.filter((each) => !isNamed(each)).length + allFailed - failed.length;
}

function failure(
  id: string,
  { code, message, hint }: { code: string; message: string; hint?: string | undefined },
): Result["failed"][number] {
  const said = { id: shortened(id), code, message: forAgents(shortened(message)) };
  return hint === undefined ? said : { ...said, hint: forAgents(shortened(hint)) };
}

function textOf({ project, documents, leftOut, failed, unnamed, frame }: Result): string {
  return blocks(
    documents.map(({ id, title, lines: range, totalLines, text, etag }) => {
      const tag = etag === undefined ? "" : `, etag ${etag}`;
      const head = `${ofProject(project)}${named(id)} ${inLine(title)}`;
      return `${head}: ${linesSaid(range)} of ${totalLines}${tag}\n${fenced(text)}`;
    }),
    lines(
      frame === undefined ? "" : `Left out; a budget of their tokens and ${frame} more shows them:`,
      leftOut.map(({ id, lines: range, tokens }) => `- ${place(id, range)} (${tokens} tokens)`),
      failed.map(
        ({ id, message, hint }) => `- ${named(id)}: ${message}${hint === undefined ? "" : ` ${hint}`}`,
      ),
      unnamed === 0 ? "" : `- ${unnamed} more, too many to be named`,
    ),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
