/**
 * The HTTP side of a service: `/livez`, `/readyz`, `/health`, and what the service adds.
 *
 * - It listens on the loopback interface only.
 * - A page in a browser must not reach it: requests with an `Origin`, or with the name of another host (DNS
 *   rebinding), are refused.
 */

import { isUtf8 } from "node:buffer";
import { systemErrorCode } from "../system/index.ts";
import { type Health, notReadyReason } from "./health.ts";

export interface LoopbackServer {
  readonly port: number;
  /** Ends all connections and stops listening. */
  stop(): Promise<void>;
}

export interface LoopbackServerOptions {
  readonly health: () => Health;
  /** Answers a challenge, see `answerTo`. */
  readonly prove?: ((challenge: string, port: number) => string) | undefined;
  /** The port to take if it is free; else one that the system chooses. */
  readonly preferredPort?: number | undefined;
  /** Answers requests for other paths; undefined is 404. */
  readonly handle?: (request: Request, path: string) => Promise<Response> | undefined;
  /** Bodies that are larger are refused with 413, in bytes. */
  readonly maxBodyBytes?: number | undefined;
}

export function startLoopbackServer(options: LoopbackServerOptions): LoopbackServer {
  const server = listen(options);
  return { port: portOf(server), stop: () => server.stop(true) };
}

type Server = ReturnType<typeof serveOn>;

function listen(options: LoopbackServerOptions): Server {
  if (options.preferredPort === undefined) return serveOn(0, options);
  try {
    return serveOn(options.preferredPort, options);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    return serveOn(0, options);
  }
}

function serveOn(port: number, options: LoopbackServerOptions) {
  return Bun.serve({
    hostname: "127.0.0.1",
    port,
    // An answer may take as long as the queue before it is.
    idleTimeout: 0,
    maxRequestBodySize: options.maxBodyBytes ?? 1024,
    fetch: (request, server) => respond(request, portOf(server), options),
    error: (error) => refusal(500, "internal", error.message),
  });
}

function portOf(server: { readonly port: number | undefined }): number {
  if (server.port === undefined) throw new Error("the server listens on no port");
  return server.port;
}

function respond(
  request: Request,
  port: number,
  options: LoopbackServerOptions,
): Response | Promise<Response> {
  if (!isLocalHost(request.headers.get("host"), port))
    return refusal(403, "host", "This service answers to 127.0.0.1 and localhost only.");
  if (request.headers.has("origin")) return refusal(403, "origin", "This service does not answer web pages.");
  const url = new URL(request.url);
  const path = url.pathname;
  if (path === "/livez" || path === "/readyz" || path === "/health") {
    if (request.method !== "GET" && request.method !== "HEAD") return refusal(405, "method", "Use GET.");
    const health = options.health();
    if (path === "/health") return Response.json({ ...health, ...proofFor(url, port, options) });
    const reason = path === "/livez" ? undefined : notReadyReason(health);
    return reason === undefined
      ? new Response("ok\n")
      : new Response(`not ready: ${reason}\n`, { status: 503 });
  }
  return options.handle?.(request, path) ?? refusal(404, "path", `There is nothing at ${path}.`);
}

const LONGEST_CHALLENGE = 100;

function proofFor(url: URL, port: number, { prove }: LoopbackServerOptions): { proof?: string } {
  const challenge = url.searchParams.get("challenge");
  const answered = challenge !== null && challenge.length <= LONGEST_CHALLENGE && prove !== undefined;
  return answered ? { proof: prove(challenge, port) } : {};
}

function isLocalHost(host: string | null, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/** The document that every refusal is. @param more fields beside the error */
export function refusal(status: number, code: string, message: string, more: object = {}): Response {
  return Response.json({ ok: false, error: { code, message }, ...more }, { status });
}

/* Bodies of requests, bounded in bytes and in the time they take to arrive, whatever a request says of itself. */

const BODY_WITHIN_MS = 10_000;

/**
 * The body as text, or why it is refused. A request may leave its length out, or come a byte at a time: so what has
 * come is counted as it comes, and no more of it is read or kept than is wanted.
 */
export async function readBody(
  request: Request,
  mostBytes: number,
  crowded?: Crowded,
): Promise<string | Response> {
  if (Number(request.headers.get("content-length") ?? 0) > mostBytes) return tooLarge(mostBytes);
  const reader = request.body?.getReader();
  if (reader === undefined) return "";
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), BODY_WITHIN_MS);
  try {
    const bytes = await Promise.race([boundedBytes(reader, mostBytes, crowded), late]);
    if (bytes instanceof Response) return closing(bytes);
    if (bytes === "late") return closing(refusal(408, "slow", "The body did not arrive in time."));
    if (bytes === undefined) return tooLarge(mostBytes);
    // What is written would have other signs in it than were sent.
    return isUtf8(bytes) ? new TextDecoder().decode(bytes) : refusal(400, "body", "The body is not UTF-8.");
  } catch {
    return refusal(400, "body", "The body could not be read.");
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => {});
  }
}

/** Why there is no room for so many bytes of a body; undefined where there is. */
type Crowded = (bytes: number) => Response | undefined;

/** Undefined for more than may be. */
async function boundedBytes(
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read">,
  mostBytes: number,
  crowded: Crowded | undefined,
): Promise<Uint8Array | Response | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > mostBytes) return undefined;
    const refused = crowded?.(length);
    if (refused !== undefined) return refused;
    parts.push(part.value);
  }
  return Buffer.concat(parts);
}

function tooLarge(mostBytes: number): Response {
  return closing(refusal(413, "size", `The body is larger than ${mostBytes} bytes.`));
}

/** The rest of the body would be taken for the next request. */
function closing(response: Response): Response {
  response.headers.set("connection", "close");
  return response;
}
