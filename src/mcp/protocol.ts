/**
 * The protocol, over whatever answers it: tools and resources in this process, in a worker, or in another process.
 *
 * One server serves one connection on stdio, or one request over HTTP; both eras of the protocol, the one with a
 * handshake and the stateless one, are the SDK's.
 */
import type {
  CallToolResult,
  GetPromptResult,
  ListResourcesResult,
  Prompt,
  ReadResourceResult,
  ResourceTemplateType,
  Server,
  Tool,
} from "@modelcontextprotocol/server";
import packageJson from "../../package.json" with { type: "json" };
import { messageOf } from "../system/index.ts";
import { CheckedServer } from "./checked-server.ts";
import type { Follower } from "./follower.ts";
import type { Look, LookRequest } from "./look.ts";
import { PROMPTS, promptText } from "./prompts.ts";
import { INVALID_PARAMS, RequestError } from "./request-error.ts";
import { SessionSubscriptions } from "./subscriptions.ts";

/** What answers requests. Whatever fails throws a protocol error; a tool that fails answers with an error result. */
export interface Answers {
  tools(): Promise<readonly Tool[]>;
  callTool(call: ToolCall, signal: AbortSignal): Promise<ToolAnswer>;
  resources(cursor: string | undefined): Promise<ListResourcesResult>;
  resourceTemplates(): Promise<readonly ResourceTemplateType[]>;
  readResource(uri: string): Promise<ReadResourceResult>;
  /** Ids of documents that begin with a text, or else have it in them. */
  completeId(typed: string): Promise<Completed>;
  /** What resources say now, for whoever is told when that changes. */
  look(request: LookRequest): Promise<Look>;
}

export interface Completed {
  readonly values: readonly string[];
  readonly hasMore: boolean;
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
  "amalfa is the memory of this project: its documents, searchable by meaning. " +
  "Start with search_documents, with a budget of tokens for whole passages; read more with read_node_content. " +
  "Ids are paths relative to the project root. Commands in errors are for the user to run in a terminal.";

export interface ServerUse {
  readonly session?: Session;
  /**
   * Tells what has changed: to the session of a client, or to whoever listens in the stateless era, of whom the server
   * of one request knows nothing. Nobody is told without.
   */
  readonly follower?: Follower | "of the connection" | undefined;
}

/** A server that is ready to be connected. */
export function createServer(
  answers: Answers,
  { session = { state: "" }, follower }: ServerUse = {},
): Server {
  const tells = follower === undefined ? {} : { subscribe: true, listChanged: true };
  const server = new CheckedServer(
    { name: "amalfa", title: "amalfa", version: packageJson.version },
    {
      capabilities: { tools: {}, resources: tells, prompts: {}, completions: {}, logging: {} },
      instructions: INSTRUCTIONS,
    },
  );
  server.setRequestHandler("tools/list", async () => ({ tools: [...(await answers.tools())] }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    const call = { name: params.name, arguments: params.arguments ?? {} };
    return withLine(await answers.callTool(call, mcpReq.signal), session);
  });
  const subscriptions = typeof follower === "object" ? subscriptionsOf(server, follower) : undefined;
  server.setRequestHandler("resources/list", ({ params }) => {
    subscriptions?.followList();
    return answers.resources(params?.cursor);
  });
  server.setRequestHandler("resources/templates/list", async () => ({
    resourceTemplates: [...(await answers.resourceTemplates())],
  }));
  server.setRequestHandler("resources/read", ({ params }) => answers.readResource(params.uri));
  server.setRequestHandler("prompts/list", () => ({ prompts: listPrompts() }));
  server.setRequestHandler("prompts/get", ({ params }) => getPrompt(params));
  server.setRequestHandler("completion/complete", async ({ params: { ref, argument } }) => {
    const isDocument = ref.type === "ref/resource" && argument.name === "id";
    const { values, hasMore } = isDocument ? await answers.completeId(argument.value) : NOTHING;
    return { completion: { values: [...values], hasMore } };
  });
  return server;
}

/** Those of a session, until it ends. */
function subscriptionsOf(server: Server, follower: Follower): SessionSubscriptions {
  const subscriptions = new SessionSubscriptions(server, follower);
  server.setRequestHandler("resources/subscribe", async ({ params }) => {
    await subscriptions.subscribe(params.uri);
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    subscriptions.unsubscribe(params.uri);
    return {};
  });
  server.onclose = () => subscriptions[Symbol.dispose]();
  return subscriptions;
}

/** Whatever is completed that is no document: nothing is known of what else there may be. */
const NOTHING: Completed = { values: [], hasMore: false };

function listPrompts(): Prompt[] {
  return PROMPTS.map(({ name, title, description, arguments: taken }) => ({
    name,
    title,
    description,
    arguments: taken.map((each) => ({ ...each })),
  }));
}

function getPrompt({ name, arguments: given }: PromptCall): GetPromptResult {
  try {
    const { prompt, text } = promptText(name, given);
    return { description: prompt.description, messages: [{ role: "user", content: { type: "text", text } }] };
  } catch (error) {
    throw new RequestError(INVALID_PARAMS, messageOf(error));
  }
}

interface PromptCall {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, string>> | undefined;
}

function withLine({ result, told }: ToolAnswer, session: Session): CallToolResult {
  if (told === undefined || told.state === session.state) return result;
  session.state = told.state;
  if (told.line === undefined) return result;
  return { ...result, content: [...result.content, { type: "text", text: told.line }] };
}
