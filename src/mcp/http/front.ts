/**
 * The HTTP side of the server: who may ask, how much and for how long, before anything is answered.
 *
 * - Where a request comes from is looked at first, its token next, its body last.
 * - `/livez` and `/readyz` say nothing that would be worth a token; `/health` and `/metrics` are open to callers on
 *   this machine, and want a token from anybody else.
 * - Bodies are bounded in bytes, each and all together, and in the time they take to arrive; so are answers, by
 *   whoever makes them.
 */
import type { Health } from "../../services/index.ts";
import { notReadyReason, readBody } from "../../services/index.ts";
import { bearerOf, foreignReason, type GuardOptions } from "./guard.ts";
import type { Metrics } from "./metrics.ts";
import type { Caller } from "./rights.ts";
import { Room } from "./room.ts";
import type { Grant } from "./tokens.ts";

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly guard: GuardOptions;
  readonly grantOf: (token: string) => Grant | undefined;
  /** The project that the bearer of a token asks about. @param wanted as the request names it */
  readonly rootFor: (grant: Grant, wanted: string | null) => string | undefined;
  readonly mcp: (request: Request, text: string, caller: Caller) => Promise<Response>;
  readonly health: () => Health;
  /** Answers `POST /embed`, as the vector daemon does. */
  readonly embed: (request: Request) => Promise<Response> | undefined;
  /** Whether a token is that of a process of the same user. */
  readonly isOwnProcess: (token: string, port: number) => boolean;
  readonly prove: (challenge: string, port: number) => string | undefined;
  readonly metrics: Metrics;
  readonly metricsText: () => string;
  /** For the bodies of all requests. */
  readonly room: Room;
}

export interface Front {
  readonly port: number;
  /** Takes no further connections, and resolves once those that there are have been answered. */
  close(withinMs: number): Promise<void>;
}

/** A search is a few kilobytes; a note that is written, its size. */
const MOST_BODY_BYTES = 2 * 1024 * 1024;
/** All that are being sent, wait or are answered. */
const MOST_BYTES_TOGETHER = 128 * 1024 * 1024;
/** What is sent to ask something hardly ever has more. */
const SMALL_BODY_BYTES = 64 * 1024;
/** A connection on which nothing moves, in seconds. */
const IDLE_SECONDS = 30;
const LONGEST_CHALLENGE = 100;

type Server = Bun.Server<undefined>;

export function openFront(given: Omit<FrontOptions, "room">): Front {
  const options: FrontOptions = {
    ...given,
    room: new Room({ mostBytes: MOST_BYTES_TOGETHER, smallBytes: SMALL_BODY_BYTES }),
  };
  let underWay = 0;
  const server: Server = Bun.serve({
    hostname: options.host,
    port: options.port,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    idleTimeout: IDLE_SECONDS,
    // Refused here, where it is counted; Bun would do it before anybody knows of the request.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: async (request, own) => {
      underWay++;
      try {
        return await respond(request, own, options);
      } finally {
        underWay--;
      }
    },
    error: (error) => refusal(500, "internal", error.message),
  });
  return {
    port: server.port ?? 0,
    close: async (withinMs) => {
      void server.stop(false);
      const until = performance.now() + withinMs;
      while (underWay > 0 && performance.now() < until) await Bun.sleep(10);
      await server.stop(true);
    },
  };
}

async function respond(request: Request, server: Server, options: FrontOptions): Promise<Response> {
  const foreign = foreignReason(request.headers, options.guard);
  const response =
    foreign === undefined
      ? await byPath(request, new URL(request.url), server, options)
      : refusal(403, "foreign", foreign);
  if (response.status >= 400) options.metrics.refused(response.status);
  if (foreign !== undefined) return response;
  const origin = request.headers.get("origin");
  if (origin !== null) {
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", "mcp-session-id");
    response.headers.set("vary", "origin");
  }
  return response;
}

async function byPath(request: Request, url: URL, server: Server, options: FrontOptions): Promise<Response> {
  switch (url.pathname) {
    case "/livez":
      return isRead(request) ? new Response("ok\n") : notAllowed("GET");
    case "/readyz": {
      if (!isRead(request)) return notAllowed("GET");
      const reason = notReadyReason(options.health());
      return reason === undefined ? new Response("ok\n") : new Response("not ready\n", { status: 503 });
    }
    case "/health":
    case "/metrics":
      if (!isRead(request)) return notAllowed("GET");
      if (!isFromHere(request, server) && grantOf(request, options) === undefined)
        return unauthorised(request);
      return url.pathname === "/health"
        ? Response.json({ ...options.health(), ...proofFor(url, server, options) })
        : new Response(options.metricsText(), { headers: { "content-type": "text/plain; version=0.0.4" } });
    case "/embed":
      if (request.method !== "POST") return notAllowed("POST");
      if (!mayEmbed(request, server, options)) return unauthorised(request);
      return (await options.embed(request)) ?? refusal(404, "path", "This server has no model.");
    case "/mcp":
      return await mcp(request, url, server, options);
    default:
      return refusal(404, "path", `There is nothing at ${url.pathname.slice(0, 200)}.`);
  }
}

async function mcp(request: Request, url: URL, server: Server, options: FrontOptions): Promise<Response> {
  const began = performance.now();
  const response = await mcpResponse(request, url, server, options);
  options.metrics.answered(response.status, performance.now() - began);
  return response;
}

async function mcpResponse(
  request: Request,
  url: URL,
  server: Server,
  options: FrontOptions,
): Promise<Response> {
  if (request.method === "OPTIONS") return preflight();
  const grant = grantOf(request, options);
  if (grant === undefined) return unauthorised(request);
  if (!["POST", "GET", "DELETE"].includes(request.method)) return notAllowed("POST, GET, DELETE");
  const root = options.rootFor(
    grant,
    asWritten(request.headers.get("amalfa-project")) ?? url.searchParams.get("project"),
  );
  if (root === undefined)
    return refusal(
      404,
      "project.unknown",
      "There is no such project for this token, or several of that name.",
    );
  let text = "";
  using seat = options.room.seat(grant.id);
  if (request.method === "POST") {
    const noRoom = (bytes: number) => (seat.hold(bytes) ? undefined : crowded());
    const body = await readBody(request, MOST_BODY_BYTES, noRoom);
    if (body instanceof Response) return body;
    text = body;
  }
  // From here on whoever answers sees to it that it does not take for ever.
  server.timeout(request, 0);
  return await options.mcp(request, text, { grant, root });
}

function crowded(): Response {
  const response = refusal(503, "overloaded", "Too much is being sent at once. Try again in a second.");
  response.headers.set("retry-after", "1");
  return response;
}

/** Bytes of a header are read as Latin-1; clients send the names of folders as UTF-8. */
function asWritten(header: string | null): string | null {
  if (header === null) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(header, "latin1"));
  } catch {
    return header;
  }
}

function grantOf(request: Request, { grantOf: known }: FrontOptions): Grant | undefined {
  const token = bearerOf(request.headers);
  return token === undefined ? undefined : known(token);
}

/** It says nothing about any project: a process of the same user may ask, and whoever may read. */
function mayEmbed(request: Request, server: Server, options: FrontOptions): boolean {
  const token = bearerOf(request.headers);
  if (token === undefined) return false;
  return (
    options.isOwnProcess(token, server.port ?? 0) || options.grantOf(token)?.rights.includes("read") === true
  );
}

/** Whether the caller is on this machine, and no proxy that speaks for somebody else. */
function isFromHere(request: Request, server: Server): boolean {
  const address = server.requestIP(request)?.address ?? "";
  const isLocal = address === "::1" || /^(::ffff:)?127\./.test(address);
  const isPassedOn = ["forwarded", "x-forwarded-for", "via"].some((name) => request.headers.has(name));
  const host = request.headers.get("host") ?? "";
  return isLocal && !isPassedOn && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(host);
}

function proofFor(url: URL, server: Server, { prove }: FrontOptions): { proof?: string } {
  const challenge = url.searchParams.get("challenge");
  if (challenge === null || challenge.length > LONGEST_CHALLENGE) return {};
  const proof = prove(challenge, server.port ?? 0);
  return proof === undefined ? {} : { proof };
}

function isRead({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

/** Where a server keeps one of its own depends on whether others were made: this is true of both. */
const WHERE_TOKENS_ARE =
  "Whoever runs the server has it: one that was made with `amalfa serve token add`, and where none was made, " +
  "the one in .amalfa/runtime/server-token.";

/** A token that is not valid is not said again: answers end up in logs. */
function unauthorised({ headers }: Request): Response {
  const isWrong = bearerOf(headers) !== undefined;
  const message = isWrong
    ? `This token is not valid here. ${WHERE_TOKENS_ARE}`
    : `A token is needed: \`Authorization: Bearer …\`. ${WHERE_TOKENS_ARE}`;
  const response = refusal(401, "token", message);
  response.headers.set(
    "www-authenticate",
    `Bearer realm="amalfa"${isWrong ? ', error="invalid_token"' : ""}`,
  );
  return response;
}

function notAllowed(allow: string): Response {
  const response = refusal(405, "method", `Use ${allow}.`);
  response.headers.set("allow", allow);
  return response;
}

/** For pages whose origin is allowed; others have been refused. */
function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "POST, GET, DELETE",
      "access-control-allow-headers":
        "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, " +
        "mcp-name, amalfa-project, last-event-id",
      "access-control-max-age": "600",
    },
  });
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ ok: false, error: { code, message } }, { status });
}
