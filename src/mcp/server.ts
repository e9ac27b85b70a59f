/**
 * The protocol's requests, answered from the tools and resources.
 *
 * A tool that fails answers with an error result, which is for the agent to act on: a code, what happened, what to do
 * next. Only what is no call of a known tool is a protocol error.
 */
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type Tool as ToolDescription,
  ToolSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod/v4";
import packageJson from "../../package.json" with { type: "json" };
import { type Told, toldLine, toldState } from "../knowledge/index.ts";
import { AmalfaError, messageOf, startOf } from "../system/index.ts";
import { CheckedServer } from "./checked-server.ts";
import { listResources, RESOURCE_TEMPLATES, readResource } from "./resources.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { loadTools } from "./tools/index.ts";
import { wellFormed } from "./well-formed.ts";

const TOOLS = await loadTools();

const INSTRUCTIONS =
  "amalfa is the memory of this project: its markdown, searchable by " +
  "meaning. Start with search_documents, read what it finds with " +
  "read_node_content, follow connections with explore_links. Ids are paths " +
  "relative to the project root. When a tool fails, its error names what to do; " +
  "health diagnoses more. Commands in errors are for the user to run in a terminal.";

/** A server that is ready to be connected. */
export function createServer(context: ToolContext): Server {
  const server = new CheckedServer(
    { name: "amalfa", title: "amalfa", version: packageJson.version },
    { capabilities: { tools: {}, resources: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS.map(describeTool) }));
  const said = new SaidOnce();
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => callTool(context, params, said));
  server.setRequestHandler(ListResourcesRequestSchema, async ({ params }) => {
    await broughtUpToDate(context);
    return protocolErrors(() => wellFormed(listResources(context, params?.cursor)));
  });
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [...RESOURCE_TEMPLATES],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }) => {
    await broughtUpToDate(context);
    return protocolErrors(() => wellFormed(readResource(context, params.uri)));
  });
  return server;
}

/** Resources have no place to say what they are worth; what stands in the way of reading the graph, reading it says. */
async function broughtUpToDate({ fresh }: ToolContext): Promise<void> {
  await fresh.guard.check().catch(() => {});
}

/** The line about an answer's freshness: a session hears it when the state changes, not with every answer. */
class SaidOnce {
  #state = "";

  lineFor(result: Record<string, unknown>): string | undefined {
    if (!isTold(result)) return undefined;
    const state = toldState(result);
    if (state === this.#state) return undefined;
    this.#state = state;
    return toldLine(result);
  }
}

function isTold(result: Record<string, unknown>): result is Record<string, unknown> & Told {
  return typeof result.freshness === "object";
}

function describeTool({ name, title, description, annotations, input, output }: Tool): ToolDescription {
  return {
    name,
    title,
    description,
    annotations: { title, ...annotations },
    inputSchema: jsonSchema(input),
    outputSchema: jsonSchema(output),
  };
}

/**
 * Clients validate with draft 7, some of them only when no other draft is named. Seen as input, an object may have
 * more fields than are named, unless it is strict: results may gain fields, arguments are what they are.
 */
function jsonSchema(schema: z.ZodObject): ToolDescription["inputSchema"] {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return ToolSchema.shape.inputSchema.parse(rest);
}

async function callTool(
  context: ToolContext,
  { name, arguments: given }: { name: string; arguments?: Record<string, unknown> | undefined },
  said: SaidOnce,
): Promise<CallToolResult> {
  const tool = TOOLS.find((each) => each.name === name);
  if (tool === undefined) {
    const names = TOOLS.map((each) => each.name).join(", ");
    throw new McpError(
      ErrorCode.InvalidParams,
      `There is no tool "${startOf(name, 100)}". The tools are ${names}.`,
    );
  }
  try {
    const result = wellFormed(await tool.call(context, given ?? {}));
    if (result.pending !== undefined) context.onPending?.();
    const line = said.lineFor(result);
    const texts = [JSON.stringify(result), ...(line === undefined ? [] : [line])];
    return { content: texts.map((text) => ({ type: "text", text })), structuredContent: result };
  } catch (error) {
    return errorResult(error);
  }
}

/** The same document that commands print with --json. */
function errorResult(error: unknown): CallToolResult {
  const { code, message, hint } = describeError(error);
  const body = wellFormed({ ok: false, error: { code, message, ...(hint === undefined ? {} : { hint }) } });
  return { isError: true, content: [{ type: "text", text: JSON.stringify(body) }] };
}

function describeError(error: unknown): { code: string; message: string; hint: string | undefined } {
  if (error instanceof AmalfaError) {
    return {
      code: error.code,
      message: cut(error.message),
      hint: error.hint === undefined ? undefined : cut(error.hint),
    };
  }
  return {
    code: "internal",
    message: cut(`Something went wrong that amalfa did not foresee: ${messageOf(error)}.`),
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
    const status = code.startsWith("document.") ? RESOURCE_NOT_FOUND : ErrorCode.InternalError;
    throw new McpError(
      code.startsWith("resource.") || code.startsWith("cursor.") ? ErrorCode.InvalidParams : status,
      hint === undefined ? message : `${message} ${hint}`,
      { code, hint },
    );
  }
}
