import { z } from "zod/v4";
import { loadReadingMany, loadTokens } from "../../knowledge/index.ts";
import { budget, count, documentId, lineRange, projectName, told, toldOf } from "../fields.ts";
import { forAgents } from "../for-agents.ts";
import { blocks, fenced, inLine, lines, named, ofProject, place } from "../markdown.ts";
import { inProject } from "../other-projects.ts";
import { shortened } from "../paging.ts";
import { defineTool, READS_ONLY } from "../tool.ts";

const { fitDocuments, readDocumentsNow } = await loadReadingMany();
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
    .describe("Lines that did not fit."),
  failed: z.array(
    z.object({ id: z.string(), code: z.string(), message: z.string(), hint: z.string().optional() }),
  ),
  unnamed: count.describe("Of what is left out or failed, so much has no room to be named."),
  budget: count,
  ...told,
});

type Result = z.output<typeof output>;

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
    const costOf = (result: Result): number =>
      Math.max(tokens(textOf(result)), tokens(JSON.stringify(result)));
    const resultFor = (room: number): Result => {
      const fitted = fitDocuments(documents, room, tokens);
      return {
        ...(elsewhere === undefined ? {} : { project: elsewhere.name }),
        documents: fitted
          .filter(({ lines: [first, last], totalLines }) => last >= first || totalLines === 0)
          .map(({ id, title, lines: [first, last], totalLines, text, etag }) => ({
            id,
            title: shortened(title),
            lines: [first, last],
            totalLines,
            text,
            ...(allowWrite ? { etag } : {}),
          })),
        leftOut: fitted.flatMap(({ id, left }) =>
          left === undefined ? [] : [{ id, lines: [...left.lines], tokens: left.tokens }],
        ),
        failed: failed.map(({ id, error }) => failure(id, error)),
        unnamed: 0,
        budget: most,
        ...toldOf(read),
      };
    };
    // What stands around the texts is only known once they are cut.
    let room = most;
    let result = resultFor(room);
    for (let over = costOf(result) - most; over > 0 && room > 0; over = costOf(result) - most) {
      room = Math.max(0, room - over);
      result = resultFor(room);
    }
    while (costOf(result) > most) {
      const shorter = withLess(result);
      if (shorter === undefined) break;
      result = { ...shorter, unnamed: documents.length + failed.length - namedIn(shorter) };
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
  if (leftOut.length > 0) return { ...result, leftOut: leftOut.slice(0, -1) };
  if (failed.length > 0) return { ...result, failed: failed.slice(0, -1) };
  if (documents.length > 0) return { ...result, documents: documents.slice(0, -1) };
  return undefined;
}

/** How many of what was asked for is named, one way or another. */
function namedIn({ documents, leftOut, failed }: Result): number {
  return new Set([...documents, ...leftOut].map(({ id }) => id)).size + failed.length;
}

function failure(
  id: string,
  { code, message, hint }: { code: string; message: string; hint?: string | undefined },
): Result["failed"][number] {
  const said = { id: shortened(id), code, message: forAgents(shortened(message)) };
  return hint === undefined ? said : { ...said, hint: forAgents(shortened(hint)) };
}

function textOf({ project, documents, leftOut, failed, unnamed }: Result): string {
  return blocks(
    documents.map(({ id, title, lines: [first = 0, last = 0], totalLines, text, etag }) => {
      const tag = etag === undefined ? "" : `, etag ${etag}`;
      const head = `${ofProject(project)}${named(id)} ${inLine(title)}`;
      return `${head}: lines ${first}-${last} of ${totalLines}${tag}\n${fenced(text)}`;
    }),
    lines(
      leftOut.length === 0 ? "" : "Left out:",
      leftOut.map(({ id, lines: range, tokens }) => `- ${place(id, range)} (${tokens} tokens)`),
      failed.map(
        ({ id, message, hint }) => `- ${named(id)}: ${message}${hint === undefined ? "" : ` ${hint}`}`,
      ),
      unnamed === 0 ? "" : `- ${unnamed} more, too many to be named`,
    ),
  );
}
