/** The body of a request: which messages it holds, and what is wrong with it. */
import { parseJSONRPCMessage } from "@modelcontextprotocol/server";
import { withoutNulls } from "../arguments.ts";
import { INVALID_REQUEST, PARSE_ERROR } from "../request-error.ts";

const REVISION_WITH_BATCHES = "2025-03-26";

export function readBody(text: string): { readonly body: unknown } | { readonly refused: object } {
  try {
    const value: unknown = JSON.parse(text);
    return { body: Array.isArray(value) ? value.map(withoutNulls) : withoutNulls(value) };
  } catch {
    return { refused: refusal(null, PARSE_ERROR, "Parse error: the body is not JSON.") };
  }
}

/** What is wrong with a body of the earlier era; the SDK judges those of the later one. */
export function faultOf(body: unknown, revision: string | null): object | undefined {
  if (!Array.isArray(body)) return isMessage(body) ? undefined : notRequest(body);
  if (revision !== null && revision !== REVISION_WITH_BATCHES)
    return refusal(null, INVALID_REQUEST, `Revision ${revision} takes one message a request, and no lists.`);
  if (body.length === 0) return notRequest(body);
  return body.every(isMessage) ? undefined : notRequest(body.find((each) => !isMessage(each)));
}

function notRequest(value: unknown): object {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : null;
  const named = typeof id === "string" || typeof id === "number" ? id : null;
  return refusal(named, INVALID_REQUEST, "This is not a JSON-RPC 2.0 message.");
}

function isMessage(value: unknown): boolean {
  try {
    parseJSONRPCMessage(value);
    return true;
  } catch {
    return false;
  }
}

export function isInitialize(body: unknown): boolean {
  return typeof body === "object" && body !== null && "method" in body && body.method === "initialize";
}

export function refusal(id: string | number | null, code: number, message: string): object {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

/** Ids of the requests among its messages. */
export function requestIds(body: unknown): unknown[] {
  return [body].flat().flatMap((each) => {
    const isRequest = typeof each === "object" && each !== null && "method" in each && "id" in each;
    return isRequest ? [each.id] : [];
  });
}

export interface Listening {
  readonly id: string | number;
  readonly params?: unknown;
}

export function isListening(body: unknown): body is Listening {
  if (typeof body !== "object" || body === null || !("method" in body) || !("id" in body)) return false;
  return (
    body.method === "subscriptions/listen" && (typeof body.id === "string" || typeof body.id === "number")
  );
}
