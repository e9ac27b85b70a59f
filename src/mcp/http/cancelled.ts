/** Requests of a session that are cancelled while they are answered, alone or among others that came as one. */
import type { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import { INTERNAL_ERROR } from "../request-error.ts";

/** A request, or several that came as one. */
export interface UnderWay {
  /** Ends the waiting for it. */
  readonly end: (response: Response) => void;
  /** Those that were cancelled, by their ids as JSON. */
  readonly cancelled: Set<string>;
}

/** By the ids of the requests, as JSON. */
export type RequestsUnderWay = Map<string, UnderWay>;

/**
 * The transport waits for an answer to each request of a list, and those that are cancelled get none: it is given one
 * for them, which is not passed on.
 */
export function answerCancelled(
  transport: WebStandardStreamableHTTPServerTransport,
  underWay: RequestsUnderWay,
): void {
  const hear = transport.onmessage;
  transport.onmessage = (message, extra) => {
    hear?.(message, extra);
    if (!("method" in message) || message.method !== "notifications/cancelled") return;
    const id = message.params?.requestId;
    const found = underWay.get(JSON.stringify(id));
    if (found === undefined || (typeof id !== "string" && typeof id !== "number")) return;
    found.cancelled.add(JSON.stringify(id));
    const error = { code: INTERNAL_ERROR, message: "It was cancelled." };
    void transport.send({ jsonrpc: "2.0", id, error }).catch(() => {});
  };
}

/** A request that was cancelled has no answer; the others of its list have theirs. */
export async function withoutAnswersTo(
  cancelled: ReadonlySet<string>,
  response: Response,
): Promise<Response> {
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  if (cancelled.size === 0 || !isJson) return response;
  const { status, headers } = response;
  const body = (await response.json()) as unknown;
  const answers = [body].flat() as { readonly id?: unknown }[];
  const left = answers.filter(({ id }) => !cancelled.has(JSON.stringify(id)));
  if (left.length === 0) return new Response(null, { status: 202 });
  headers.delete("content-length");
  return Response.json(Array.isArray(body) ? left : left[0], { status, headers });
}
