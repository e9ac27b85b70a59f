/**
 * The HTTP side of a service: `/livez`, `/readyz`, `/health`, and what the service adds.
 *
 * - It listens on the loopback interface only.
 * - A page in a browser must not reach it: requests with an `Origin`, or with the name of another host (DNS
 *   rebinding), are refused.
 */

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
