/**
 * A server that tells a client what is wrong with the parameters of a request.
 *
 * The SDK reads them right before it hands a request over, and answers with an internal error, -32603, and the text of
 * its own parser where they do not fit: a client takes that for a fault of the server, and an agent does not learn
 * what to send instead.
 */
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  Server,
  specTypeSchemas,
  type Transport,
} from "@modelcontextprotocol/server";
import { escapedAsInJson, startOf } from "../system/index.ts";
import { INVALID_PARAMS } from "./request-error.ts";

/** What is answered here, by method. */
const REQUESTS = new Map<string, keyof typeof specTypeSchemas>([
  ["initialize", "InitializeRequest"],
  ["ping", "PingRequest"],
  ["tools/list", "ListToolsRequest"],
  ["tools/call", "CallToolRequest"],
  ["resources/list", "ListResourcesRequest"],
  ["resources/templates/list", "ListResourceTemplatesRequest"],
  ["resources/read", "ReadResourceRequest"],
  ["prompts/list", "ListPromptsRequest"],
  ["prompts/get", "GetPromptRequest"],
  ["completion/complete", "CompleteRequest"],
]);

/** Methods that only the era with a handshake has. */
const GONE = new Set(["initialize", "ping"]);

/** Levels of lists and objects. No tool takes more than three; what is far deeper cannot be sent to a worker. */
const DEEPEST = 100;

/** Faults that are named; one of them is usually the cause of all. */
const NAMED = 3;

export class CheckedServer extends Server {
  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    // The handler that `super` has set is wrapped before a client sends anything.
    const handle = transport.onmessage;
    transport.onmessage = (message, extra) => {
      // The stateless era reads no parameters of a method that it does not have.
      const isGone =
        extra?.classification?.era === "modern" && "method" in message && GONE.has(message.method);
      const fault = isGone ? undefined : faultOf(message);
      if (fault === undefined || !isJSONRPCRequest(message)) return handle?.(message, extra);
      const error = { code: INVALID_PARAMS, message: escapedAsInJson(fault) };
      void transport.send({ jsonrpc: "2.0", id: message.id, error });
    };
  }
}

/** What is wrong with the parameters of a request, a sentence. */
function faultOf(message: JSONRPCMessage): string | undefined {
  if (!isJSONRPCRequest(message)) return undefined;
  if (isDeeperThan(DEEPEST, message.params))
    return `The parameters of ${startOf(message.method, 100)} are nested deeper than ${DEEPEST} levels.`;
  const schema = REQUESTS.get(message.method);
  if (schema === undefined) return undefined;
  const { issues } = specTypeSchemas[schema]["~standard"].validate(message);
  if (issues === undefined) return undefined;
  const faults = issues.slice(0, NAMED).map(({ path, message: said }) => {
    const where = (path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".");
    return `${where || "the request"}: ${said}`;
  });
  return startOf(
    `The parameters of ${message.method} are not what the protocol says: ${faults.join("; ")}.`,
    1_000,
  );
}

/** A value of many levels would overflow the stack of a function that calls itself: this goes level by level. */
function isDeeperThan(most: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}
