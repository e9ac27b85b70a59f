/** One HTTP request to a port of this machine, with a limit on everything a stranger might overdo. */
import { systemErrorCode } from "../system/index.ts";

export interface LoopbackRequest {
  readonly path: string;
  /** Sent with POST as JSON; without it the request is a GET. */
  readonly json?: unknown;
  /** How long the whole answer may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How long the answer's body may be, in bytes. */
  readonly longestBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
}

export interface LoopbackAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Bun sends requests for 127.0.0.1 to the proxy of the environment (`HTTP_PROXY`) as well, unless told otherwise; its
 * types know of no way, and `node:http`, which asks no proxy, takes three times as long to load and to answer.
 */
const DIRECTLY = { proxy: false } as object;

/**
 * Rejects with a `TimeoutError` when the time is up, and on an answer that is cut short or too long; see `isRefused`.
 */
export async function requestLoopback(port: number, options: LoopbackRequest): Promise<LoopbackAnswer> {
  const { path, json, timeoutMs, longestBytes } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const post = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
    body: JSON.stringify(json),
  };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...(json === undefined ? {} : post),
    ...DIRECTLY,
    signal,
    redirect: "error",
  });
  return { status: response.status, text: await readAtMost(response, longestBytes) };
}

/** Whether an error of `requestLoopback` means that nothing listens on the port. */
export function isRefused(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === "ConnectionRefused" || code === "ECONNREFUSED";
}

async function readAtMost(response: Response, bytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  if (response.body === null) return text;
  for await (const part of response.body) {
    length += part.length;
    if (length > bytes) throw new Error(`the answer is longer than ${bytes} bytes`);
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}

/* JSON that somebody else wrote: whatever it is, reading it does not throw. */

/**
 * The fields of an object in JSON, of which nothing is known yet; undefined for text that is no JSON, and for other
 * values.
 */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
