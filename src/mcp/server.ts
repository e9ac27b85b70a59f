/**
 * The protocol's requests, answered from the tools and resources.
 *
 * A tool that fails answers with an error result, which is for the agent to act on: a code, what happened, what to do
 * next. Only what is no call of a known tool is a protocol error.
 */
import type { CallToolResult } from "@modelcontextprotocol/server";
import { type Told, toldLine, toldState } from "../knowledge/index.ts";
import { clauseOf, escapedAsInJson, foreseen, startOf } from "../system/index.ts";
import { forAgents, toldForAgents } from "./for-agents.ts";
import { answerOnce } from "./kept-answers.ts";
import { describeTool } from "./listing.ts";
import { lookAt } from "./look.ts";
import type { Answers, ToolAnswer, ToolCall } from "./protocol.ts";
import { INTERNAL_ERROR, INVALID_PARAMS, RequestError } from "./request-error.ts";
import { completeId, listResources, RESOURCE_TEMPLATES, readResource } from "./resources.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { loadTools } from "./tools/index.ts";
import { wellFormed } from "./well-formed.ts";

const TOOLS = await loadTools();

/** Answers from the graph of one project, in this process. */
export function answersFrom(context: ToolContext): Answers {
  return {
    tools: async () => (context.allowWrite ? DESCRIBED_WITH_WRITING : DESCRIBED)(),
    callTool: (call) => answerOnce(context, call, (within) => callTool(within, call)),
    resources: async (cursor) => {
      await broughtUpToDate(context);
      return protocolErrors(() => wellFormed(listResources(context, cursor)));
    },
    resourceTemplates: async () => RESOURCE_TEMPLATES,
    readResource: async (uri) => {
      await broughtUpToDate(context);
      return protocolErrors(() => wellFormed(readResource(context, uri)));
    },
    completeId: async (typed) => protocolErrors(() => wellFormed(completeId(context, typed))),
    look: async (request) => {
      if (request.files) await broughtUpToDate(context);
      return protocolErrors(() => lookAt(context, request));
    },
  };
}

/** Resources have no place to say what they are worth; what stands in the way of reading the graph, reading it says. */
async function broughtUpToDate({ fresh }: ToolContext): Promise<void> {
  await fresh.guard.check().catch(() => {});
}

function lineFor(told: Told): string | undefined {
  const line = toldLine(told);
  return line === undefined ? undefined : escapedAsInJson(forAgents(line));
}

function isTold(result: Record<string, unknown>): result is Record<string, unknown> & Told {
  return typeof result.freshness === "object";
}

/** The tools that this server has. */
function toolsOf({ allowWrite }: Pick<ToolContext, "allowWrite">): readonly Tool[] {
  return TOOLS.filter(({ needs }) => needs === undefined || allowWrite);
}

/** They are the same for every project, and are told with every call of a worker. */
function described(allowWrite: boolean): () => readonly DescribedTool[] {
  let made: readonly DescribedTool[] | undefined;
  return () => {
    made ??= toolsOf({ allowWrite }).map(describeTool);
    return made;
  };
}

type DescribedTool = ReturnType<typeof describeTool>;
const DESCRIBED = described(false);
const DESCRIBED_WITH_WRITING = described(true);

async function callTool(context: ToolContext, { name, arguments: given }: ToolCall): Promise<ToolAnswer> {
  const tools = toolsOf(context);
  const tool = tools.find((each) => each.name === name);
  if (tool === undefined) {
    const names = tools.map((each) => each.name).join(", ");
    throw new RequestError(
      INVALID_PARAMS,
      `There is no tool "${startOf(name, 100)}". The tools are ${names}.`,
    );
  }
  try {
    const result = toldForAgents(wellFormed(await tool.call(context, given)));
    if (result.pending !== undefined) context.onPending?.();
    const content = [{ type: "text" as const, text: escapedAsInJson(tool.text(result)) }];
    const told = isTold(result) ? { state: toldState(result), line: lineFor(result) } : undefined;
    return { result: { content, structuredContent: result }, told };
  } catch (error) {
    return { result: errorResult(error) };
  }
}

/** The same document that commands print with --json. */
function errorResult(error: unknown): CallToolResult {
  const { code, message, hint } = describeError(error);
  const body = wellFormed({ ok: false, error: { code, message, ...(hint === undefined ? {} : { hint }) } });
  return { isError: true, content: [{ type: "text", text: escapedAsInJson(JSON.stringify(body)) }] };
}

function describeError(error: unknown): { code: string; message: string; hint: string | undefined } {
  const known = foreseen(error);
  if (known !== undefined) {
    return {
      code: known.code,
      message: cut(forAgents(known.message)),
      hint: known.hint === undefined ? undefined : cut(forAgents(known.hint)),
    };
  }
  return {
    code: "internal",
    message: cut(`Something went wrong that amalfa did not foresee: ${clauseOf(error)}.`),
    hint: "Call health to see whether the memory is in order.",
  };
}

/** What an error quotes may be as long as an argument. */
function cut(text: string): string {
  return text.length <= 2_000 ? text : `${startOf(text, 2_000)}…`;
}

const RESOURCE_NOT_FOUND = -32002;

function protocolErrors<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message, hint } = describeError(error);
    const status = code.startsWith("document.") ? RESOURCE_NOT_FOUND : INTERNAL_ERROR;
    throw new RequestError(
      code.startsWith("resource.") || code.startsWith("cursor.") ? INVALID_PARAMS : status,
      hint === undefined ? message : `${message} ${hint}`,
      { code, hint },
    );
  }
}
