/**
 * A server that tells a client what is wrong with the parameters of a request.
 *
 * The SDK reads them right before it hands a request over, and answers with an internal error, -32603, and the text of
 * its own parser where they do not fit: a client takes that for a fault of the server, and an agent does not learn
 * what to send instead.
 */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CallToolRequestSchema,
  ErrorCode,
  InitializeRequestSchema,
  isJSONRPCRequest,
  type JSONRPCMessage,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  PingRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { startOf } from "../system/index.ts";

/** What is answered here, by method. */
const REQUESTS = new Map(
  [
    InitializeRequestSchema,
    PingRequestSchema,
    ListToolsRequestSchema,
    CallToolRequestSchema,
    ListResourcesRequestSchema,
    ListResourceTemplatesRequestSchema,
    ReadResourceRequestSchema,
  ].map((schema) => [schema.shape.method.value as string, schema]),
);

/** Faults that are named; one of them is usually the cause of all. */
const NAMED = 3;

export class CheckedServer extends Server {
  override async connect(transport: Transport): Promise<void> {
    const connected = super.connect(transport);
    // Set by now; what a client sends arrives later.
    const handle = transport.onmessage;
    transport.onmessage = (message, extra) => {
      const fault = faultOf(message);
      if (fault === undefined || !isJSONRPCRequest(message)) return handle?.(message, extra);
      const error = { code: ErrorCode.InvalidParams, message: fault };
      void transport.send({ jsonrpc: "2.0", id: message.id, error });
    };
    await connected;
  }
}

/** What is wrong with the parameters of a request, a sentence. */
function faultOf(message: JSONRPCMessage): string | undefined {
  if (!isJSONRPCRequest(message)) return undefined;
  const parsed = REQUESTS.get(message.method)?.safeParse(message);
  if (parsed === undefined || parsed.success) return undefined;
  const faults = parsed.error.issues
    .slice(0, NAMED)
    .map(({ path, message: said }) => `${path.join(".") || "the request"}: ${said}`);
  return startOf(
    `The parameters of ${message.method} are not what the protocol says: ${faults.join("; ")}.`,
    1_000,
  );
}
