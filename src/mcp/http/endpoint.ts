/**
 * `/mcp`: one server for each request of the stateless era, one for each session of the earlier one.
 *
 * A client of the earlier era that keeps no session is served all the same, each request by itself.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { isDeepStrictEqual as isDeepEqual } from "node:util";
import {
  createMcpHandler,
  type EventStore,
  isLegacyRequest,
  type McpHttpHandler,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { Follower } from "../follower.ts";
import { INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST } from "../request-error.ts";
import { TOO_MANY_SUBSCRIPTIONS, wantedIn } from "../subscriptions.ts";
import { faultOf, isInitialize, isListening, type Listening, readBody, refusal, requestIds } from "./body.ts";
import { answerCancelled, type RequestsUnderWay, type UnderWay, withoutAnswersTo } from "./cancelled.ts";
import { ListenStreams } from "./listen-streams.ts";
import { Overloaded } from "./pool.ts";
import type { AskingPool, Caller } from "./rights.ts";
import { Turns } from "./turns.ts";

export interface EndpointOptions {
  /** @param how whether the server answers one request or a session, and of which era */
  readonly serverFor: (caller: Caller, how: "later" | "session" | "one request") => Server;
  /** What tells of the changes of the project that is asked about; nobody is told without. */
  readonly followerFor?: (caller: Caller) => Follower;
  /** Whether a token still opens what it did. */
  readonly isGranted?: (caller: Caller) => boolean;
  /** Whether clients of the earlier era get each answer as JSON, not as a stream that may carry other messages too. */
  readonly json: boolean;
  /** How many walks of files have begun. */
  readonly walksBegun?: () => number;
  /** Keeps what is sent in streams of the earlier era, for clients that come back. */
  readonly events?: (() => EventStore) | undefined;
  readonly onError: (error: Error) => void;
  /** Sessions that are kept at most. */
  readonly mostSessions?: number;
}

interface Session {
  readonly server: Server;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly caller: Caller;
  /** What is being answered, by the ids of its requests as JSON. */
  readonly underWay: RequestsUnderWay;
  lastUsed: number;
}

/** Sessions that are kept; whoever has the most of them makes room. */
const MOST_SESSIONS = 1_000;
const SESSION_IDLE_MS = 60 * 60_000;
/** How often those are ended whose token was taken back. */
const SWEEP_EVERY_MS = 2_000;

interface Exchange {
  /** How many walks of files had begun when the request came. */
  readonly came: number | undefined;
  isOverloaded: boolean;
}

/** What is known of the request that is being answered, wherever the answer is made. */
const exchanges = new AsyncLocalStorage<Exchange>();

/**
 * Workers that are told since when a request waits, however long it took to be understood. Notes that there was no room
 * for it, so that its answer says so in HTTP's own terms.
 */
export function askedOverHttp(pool: AskingPool): AskingPool {
  return {
    ask: async (request) => {
      const exchange = exchanges.getStore();
      try {
        return await pool.ask({ ...request, came: exchange?.came });
      } catch (error) {
        if (error instanceof Overloaded && exchange !== undefined) exchange.isOverloaded = true;
        throw error;
      }
    },
  };
}

export class McpEndpoint {
  readonly #options: EndpointOptions;
  readonly #modern: McpHttpHandler;
  readonly #sessions = new Map<string, Session>();
  readonly #streams = new ListenStreams();
  readonly #turns = new Turns();
  readonly #sweeping: Timer;

  constructor(options: EndpointOptions) {
    this.#options = options;
    const serve = ({ authInfo }: { readonly authInfo?: { readonly extra?: Record<string, unknown> } }) =>
      options.serverFor(authInfo?.extra?.caller as Caller, "later");
    this.#modern = createMcpHandler(serve, {
      legacy: "reject",
      bus: this.#streams.bus,
      maxSubscriptions: Number.MAX_SAFE_INTEGER,
      onerror: options.onError,
    });
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_EVERY_MS);
    this.#sweeping.unref();
  }

  /** How many sessions there are. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** How many streams tell of changes. */
  get subscriptions(): number {
    return this.#streams.size;
  }

  /** Answers a request whose sender is known. @param text the body of a POST */
  async handle(given: Request, text: string, caller: Caller): Promise<Response> {
    const exchange = { came: this.#options.walksBegun?.(), isOverloaded: false };
    await this.#turns.take();
    const response = await exchanges.run(exchange, () => this.#answer(given, text, caller));
    if (!exchange.isOverloaded) return response;
    const body = refusal(null, INTERNAL_ERROR, "The server has too much to do. Try again in a second.");
    return Response.json(body, { status: 503, headers: { "retry-after": "1" } });
  }

  /** Ends all streams and sessions. */
  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all([this.#modern.close(), ...sessions.map(({ server }) => server.close())]);
  }

  async #answer(given: Request, text: string, caller: Caller): Promise<Response> {
    const authInfo = {
      token: "",
      clientId: caller.grant.id,
      scopes: [...caller.grant.rights],
      extra: { caller },
    };
    if (given.method !== "POST") return this.#inSession(given, caller, { authInfo });
    const read = readBody(text);
    if ("refused" in read) return Response.json(read.refused, { status: 400 });
    const { body } = read;
    const request = accepting(given);
    if (!(await isLegacyRequest(request, body))) {
      const serve = (asked: Request) => this.#modern.fetch(asked, { parsedBody: body, authInfo });
      return isListening(body) ? this.#listen(request, body, caller, serve) : serve(request);
    }
    const fault = faultOf(body, request.headers.get("mcp-protocol-version"));
    if (fault !== undefined) return Response.json(fault, { status: 400 });
    if (request.headers.has("mcp-session-id"))
      return this.#inSession(request, caller, { authInfo, parsedBody: body });
    return this.#begin(request, caller, { authInfo, parsedBody: body });
  }

  /**
   * A stream of changes. What is refused is refused here: the SDK would keep any stream, however many there are and
   * whoever asks, and tell it nothing.
   */
  #listen(
    request: Request,
    { id, params }: Listening,
    caller: Caller,
    serve: (request: Request) => Promise<Response>,
  ): Promise<Response> | Response {
    if (!caller.grant.rights.includes("read"))
      return Response.json(refusal(id, INVALID_REQUEST, "This token does not have the right to read."));
    const wanted = wantedIn(params);
    if ("refused" in wanted) return Response.json(refusal(id, INVALID_PARAMS, wanted.refused));
    const follower = this.#options.followerFor?.(caller);
    if (follower === undefined)
      return Response.json(refusal(id, INTERNAL_ERROR, "This server tells nobody of changes."));
    if (!this.#streams.hasRoomFor(caller))
      return Response.json(refusal(id, INTERNAL_ERROR, TOO_MANY_SUBSCRIPTIONS));
    return this.#streams.open(caller, follower, wanted, (ending) =>
      serve(withHeaders(request, request.headers, AbortSignal.any([request.signal, ending]))),
    );
  }

  /** What a token began does not outlast it. */
  #sweep(): void {
    const isGranted = this.#options.isGranted ?? (() => true);
    this.#streams.endUnless(isGranted);
    for (const [id, { caller }] of this.#sessions) if (!isGranted(caller)) this.#end(id);
  }

  async #inSession(
    request: Request,
    caller: Caller,
    options: Parameters<WebStandardStreamableHTTPServerTransport["handleRequest"]>[1],
  ): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (id === null) {
      const body = refusal(null, -32000, "Method not allowed: there is no session. Use POST.");
      return Response.json(body, { status: 405, headers: { allow: "POST" } });
    }
    const session = this.#sessions.get(id);
    // A session is its own token's, with what that opened when it began; others learn nothing about it.
    if (session === undefined || !isDeepEqual(session.caller, caller)) return noSession();
    session.lastUsed = performance.now();
    return this.#answerIn(session, request, options);
  }

  /**
   * The SDK answers of two requests with one id the last alone, and none that was cancelled or whose session has ended.
   * Whoever sent them would wait for ever.
   */
  async #answerIn(
    { underWay, transport }: Session,
    request: Request,
    options: Parameters<WebStandardStreamableHTTPServerTransport["handleRequest"]>[1],
  ): Promise<Response> {
    const ids = requestIds(options?.parsedBody).map((each) => JSON.stringify(each));
    if (new Set(ids).size < ids.length || ids.some((each) => underWay.has(each))) {
      const body = refusal(null, INVALID_REQUEST, "An id of a request is that of another one under way.");
      return Response.json(body, { status: 400 });
    }
    const { promise: ended, resolve } = Promise.withResolvers<Response>();
    const own: UnderWay = { end: resolve, cancelled: new Set() };
    for (const each of ids) underWay.set(each, own);
    try {
      const answered = transport.handleRequest(request, options);
      return await withoutAnswersTo(own.cancelled, await Promise.race([answered, ended]));
    } finally {
      for (const each of ids) underWay.delete(each);
    }
  }

  /** A session for who begins one, else an answer by itself. */
  async #begin(
    request: Request,
    caller: Caller,
    options: { readonly authInfo: object; readonly parsedBody: unknown },
  ): Promise<Response> {
    const isOpening = isInitialize(options.parsedBody);
    const server = this.#options.serverFor(caller, isOpening ? "session" : "one request");
    const events = isOpening ? this.#options.events?.() : undefined;
    const underWay: RequestsUnderWay = new Map();
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      enableJsonResponse: this.#options.json,
      ...(isOpening ? { sessionIdGenerator: () => crypto.randomUUID() } : {}),
      ...(events === undefined ? {} : { eventStore: events, retryInterval: 500 }),
      onsessioninitialized: (id) =>
        this.#keep(id, { server, transport, caller, underWay, lastUsed: performance.now() }),
      onsessionclosed: (id) => this.#end(id),
    });
    await server.connect(transport);
    answerCancelled(transport, underWay);
    return transport.handleRequest(request, options as Parameters<typeof transport.handleRequest>[1]);
  }

  #keep(id: string, session: Session): void {
    this.#sessions.set(id, session);
    const idleSince = performance.now() - SESSION_IDLE_MS;
    for (const [old, { lastUsed }] of this.#sessions) if (lastUsed <= idleSince) this.#end(old);
    if (this.#sessions.size <= (this.#options.mostSessions ?? MOST_SESSIONS)) return;
    const surplus = oldestOfMost(this.#sessions);
    if (surplus !== undefined) this.#end(surplus);
  }

  #end(id: string): void {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    void session?.server.close().catch(() => {});
    for (const { end } of session?.underWay.values() ?? []) end(noSession());
  }
}

function noSession(): Response {
  return Response.json(refusal(null, -32001, "Session not found"), { status: 404 });
}

/**
 * The session that was used longest ago, of the token that has the most: one token that begins sessions without end
 * takes none from others.
 */
function oldestOfMost(sessions: ReadonlyMap<string, Session>): string | undefined {
  const byToken = new Map<string, { count: number; oldest: string; lastUsed: number }>();
  for (const [id, { caller, lastUsed }] of sessions) {
    const found = byToken.get(caller.grant.id) ?? { count: 0, oldest: id, lastUsed };
    const isOlder = lastUsed < found.lastUsed;
    byToken.set(caller.grant.id, {
      count: found.count + 1,
      oldest: isOlder ? id : found.oldest,
      lastUsed: Math.min(lastUsed, found.lastUsed),
    });
  }
  const [most] = [...byToken.values()].sort((a, b) => b.count - a.count);
  return most?.oldest;
}

const BOTH = ["application/json", "text/event-stream"] as const;

/**
 * A client that says nothing about what it takes takes both kinds of answer. Kinds are written in any case, and may be
 * ranges; the SDK knows them in small letters and one by one.
 */
function accepting(request: Request): Request {
  const accept = request.headers.get("accept") ?? "*/*";
  const ranges = accept
    .toLowerCase()
    .split(",")
    .map((each) => each.split(";")[0]?.trim());
  const taken = BOTH.filter((kind) =>
    ["*/*", kind, `${kind.slice(0, kind.indexOf("/"))}/*`].some((range) => ranges.includes(range)),
  );
  if (taken.every((kind) => accept.includes(kind))) return request;
  const headers = new Headers(request.headers);
  headers.set("accept", taken.join(", "));
  return withHeaders(request, headers, request.signal);
}

/** Its body has been read. */
function withHeaders({ url, method }: Request, headers: Headers, signal: AbortSignal): Request {
  return new Request(url, { method, headers, signal });
}
