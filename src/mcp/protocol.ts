/**
 * The protocol, over whatever answers it: tools and resources in this process, in a worker, or in another process.
 *
 * One server serves one connection on stdio, or one request over HTTP; both eras of the protocol, the one with a
 * handshake and the stateless one, are the SDK's.
 */
import type {
  CallToolResult,
  ListResourcesResult,
  ReadResourceResult,
  ResourceTemplateType,
  Server,
  Tool,
} from "@modelcontextprotocol/server";
import packageJson from "../../package.json" with { type: "json" };
import { CheckedServer } from "./checked-server.ts";

/** What answers requests. Whatever fails throws a protocol error; a tool that fails answers with an error result. */
export interface Answers {
  tools(): Promise<readonly Tool[]>;
  callTool(call: ToolCall, signal: AbortSignal): Promise<ToolAnswer>;
  resources(cursor: string | undefined): Promise<ListResourcesResult>;
  resourceTemplates(): Promise<readonly ResourceTemplateType[]>;
  readResource(uri: string): Promise<ReadResourceResult>;
}

export interface ToolCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export interface ToolAnswer {
  readonly result: CallToolResult;
  /** What the answer says of the state of the graph, and the line that tells it. */
  readonly told?: { readonly state: string; readonly line: string | undefined } | undefined;
}

/** What a session was told last of the state of the graph: it hears of it when it changes, not with every answer. */
export interface Session {
  state: string;
}

const INSTRUCTIONS =
  "amalfa is the memory of this project: its markdown, searchable by " +
  "meaning. Start with search_documents, read what it finds with " +
  "read_node_content, follow connections with explore_links. Ids are paths " +
  "relative to the project root. When a tool fails, its error names what to do; " +
  "health diagnoses more. Commands in errors are for the user to run in a terminal.";

/** A server that is ready to be connected. */
export function createServer(answers: Answers, session: Session = { state: "" }): Server {
  const server = new CheckedServer(
    { name: "amalfa", title: "amalfa", version: packageJson.version },
    { capabilities: { tools: {}, resources: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler("tools/list", async () => ({ tools: [...(await answers.tools())] }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    const call = { name: params.name, arguments: params.arguments ?? {} };
    return withLine(await answers.callTool(call, mcpReq.signal), session);
  });
  server.setRequestHandler("resources/list", ({ params }) => answers.resources(params?.cursor));
  server.setRequestHandler("resources/templates/list", async () => ({
    resourceTemplates: [...(await answers.resourceTemplates())],
  }));
  server.setRequestHandler("resources/read", ({ params }) => answers.readResource(params.uri));
  return server;
}

function withLine({ result, told }: ToolAnswer, session: Session): CallToolResult {
  if (told === undefined || told.state === session.state) return result;
  session.state = told.state;
  if (told.line === undefined) return result;
  return { ...result, content: [...result.content, { type: "text", text: told.line }] };
}
