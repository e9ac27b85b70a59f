/**
 * The server of many clients: one process that answers over HTTP until it is asked to end.
 *
 * - It is a service of the project that it was started in, with a PID file and a lock that proves it (I6).
 * - It answers nobody without a token. On the loopback interface it makes one where it was given none; anywhere else
 *   it does not start without.
 * - It ends as it is asked to: nothing new is taken, what is under way is answered, then the workers go.
 */
import type { Project } from "../../project/index.ts";
import { endingWith, type Health, startLoopbackServer } from "../../services/index.ts";
import {
  answerTo,
  callerToken,
  registerService,
  type ServiceRegistration,
} from "../../services/pid-files/index.ts";
import { MAX_BODY_BYTES } from "../../services/vector-daemon/index.ts";
import { AmalfaError, messageOf, systemErrorCode } from "../../system/index.ts";
import { localPlace } from "../local-place.ts";
import { createServer, type Session } from "../protocol.ts";
import { type Address, isLoopback, ownNames, urlOf } from "./address.ts";
import { askedOverHttp, McpEndpoint } from "./endpoint.ts";
import { Followers } from "./followers.ts";
import { type Front, openFront } from "./front.ts";
import { bearerOf } from "./guard.ts";
import { keepLocalSocket } from "./local-socket.ts";
import { type LocalToken, localToken, withdrawLocalToken } from "./local-token.ts";
import type { Terms } from "./messages.ts";
import { Metrics } from "./metrics.ts";
import { namesOfRoots } from "./names-of-roots.ts";
import { type PoolOptions, ReadWorkers } from "./pool.ts";
import { answersFor, type Caller } from "./rights.ts";
import { digestOf, type Grant, listTokens, RIGHTS, Tokens } from "./tokens.ts";

export interface HttpOptions {
  readonly project: Project;
  readonly version: string;
  readonly address: Address;
  /** Whether what has changed is brought in before an answer. */
  readonly refresh: boolean;
  /** Whether those whose token has the right to may write notes. */
  readonly allowWrite: boolean;
  /** Read workers at most. */
  readonly workers: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** A token of this server alone, from its environment. */
  readonly token: string | undefined;
  /** The program that this process is, and its workers have to be. */
  readonly program: string;
  readonly startWorker: PoolOptions["start"];
  readonly embed: PoolOptions["embed"];
  /** Answers `POST /embed`; undefined for anything else. */
  readonly handleEmbed: (request: Request, path: string) => Promise<Response> | undefined;
  readonly model: string | null;
  readonly signal: AbortSignal;
  /** What whoever started it should know: where it listens, and where the token is. */
  readonly onStarted: (started: { readonly url: string; readonly token: LocalToken | undefined }) => void;
  readonly onWarning: (message: string) => void;
}

/** Requests that wait at most; see `FairQueue`. */
const MOST_WAITING = 256;
/** A diagnosis takes the longest, some seconds. */
const ANSWER_WITHIN_MS = 60_000;
/** Whoever stops a service waits three seconds for it. */
const FINISH_WITHIN_MS = 2_000;
/** What sessions have been told; whoever was told longest ago hears it again. */
const MOST_TOLD = 1_000;

/** Resolves when it has ended. Throws `service.running`, `server.token`, `server.address`. */
export async function serveHttp(options: HttpOptions): Promise<void> {
  const { project, address, version } = options;
  const { paths, root } = project;
  refuseWithoutToken(options);
  using registration = registerService({
    paths,
    service: "server",
    version,
    model: options.model ?? undefined,
  });
  const releaseAtExit = () => registration.release();
  process.once("exit", releaseAtExit);
  const local = needsOwnToken(options) ? localToken(project) : undefined;
  if (local === undefined) withdrawLocalToken(project);
  const own = options.token ?? local?.token;
  const tokens = new Tokens(own === undefined ? undefined : { token: own, grant: ownGrant(root) });
  using metrics = new Metrics();
  const pool = new ReadWorkers({
    size: options.workers,
    mostWaiting: MOST_WAITING,
    answerWithinMs: ANSWER_WITHIN_MS,
    program: options.program,
    start: options.startWorker,
    embed: options.embed,
    onWarning: options.onWarning,
  });
  // Where the port is taken, workers that have started already would keep the process from ending.
  await using closing = new AsyncDisposableStack();
  closing.defer(() => pool.close());
  closing.defer(() => void process.removeListener("exit", releaseAtExit));
  const sessions = new Sessions();
  const asking = askedOverHttp(pool);
  const terms = termsOf(options);
  // They go on looking after the request that they began with.
  const followers = new Followers((caller) => answersFor(caller, terms, pool));
  const endpoint = new McpEndpoint({
    serverFor: (caller, how) => {
      const follower = { session: followers.of(caller), later: "of the connection" as const };
      const tells = how !== "one request" && caller.grant.rights.includes("read");
      return createServer(answersFor(caller, terms, asking), {
        session: sessions.of(caller),
        follower: tells ? follower[how] : undefined,
      });
    },
    followerFor: (caller) => followers.of(caller),
    isGranted: ({ grant }) => tokens.opens(grant),
    json: true,
    walksBegun: () => pool.walks.begun,
    onError: () => {},
  });
  let isEnding = false;
  let where: Where | undefined;
  const health = (): Health => healthOf({ registration, pool, metrics, isEnding, where, options });
  const front = listen(address, (port) =>
    openFront({
      host: address.host,
      port,
      tls: options.tls,
      guard: { names: ownNames(address.host, options.allowedHosts), origins: options.allowedOrigins },
      grantOf: (token) => tokens.grantOf(token),
      rootFor: (grant, wanted) => rootFor(grant, wanted, root),
      mcp: (request, text, caller) => endpoint.handle(request, text, caller),
      health,
      embed: (request) => options.handleEmbed(request, "/embed"),
      isOwnProcess: (token, port) => isOwnProcess(registration, token, port),
      prove: (challenge, port) => proof(registration, challenge, port),
      metrics,
      metricsText: () =>
        metrics.text({
          ...pool.figures(),
          sessions: endpoint.sessions,
          subscriptions: endpoint.subscriptions,
        }),
    }),
  );
  closing.defer(async () => {
    if (!isEnding) await front.close(0);
  });
  const url = `${urlOf(address.host, front.port, options.tls !== undefined)}/mcp`;
  where = { url, port: front.port };
  const answersHere =
    options.tls === undefined && (address.host === "127.0.0.1" || address.host === "0.0.0.0");
  const { nonce } = registration;
  const prove =
    nonce === undefined
      ? undefined
      : (challenge: string, port: number) => answerTo(challenge, nonce, { pid: process.pid, port });
  const besides = answersHere
    ? undefined
    : startLoopbackServer({
        health,
        prove,
        handle: (request, path) => {
          const token = bearerOf(request.headers) ?? "";
          const port = Number(new URL(request.url).port);
          return isOwnProcess(registration, token, port) ? options.handleEmbed(request, path) : undefined;
        },
        maxBodyBytes: MAX_BODY_BYTES,
      });
  registration.update({ ...where, ...(besides === undefined ? {} : { healthPort: besides.port }) });
  const bridges = await keepLocalSocket(localPlace(version), (of, client) =>
    answersFor({ grant: bridgeGrant(of, client), root: of }, BRIDGE_TERMS, pool),
  );
  metrics.watch();
  options.onStarted({ url, token: local });
  const why = await ending(options, pool);
  isEnding = true;
  await Promise.all([
    front.close(FINISH_WITHIN_MS),
    pool.finished(FINISH_WITHIN_MS).then(() => endpoint.close()),
  ]);
  await Promise.all([besides?.stop(), bridges.close()]);
  if (why === "outdated")
    throw new AmalfaError(
      "server.outdated",
      "amalfa was installed anew while this server ran, and the last of its workers has ended.",
    );
}

/** Whoever can reach the address can try; a token that was made up for a terminal is not for a network. */
function refuseWithoutToken({ address, token, project }: HttpOptions): void {
  if (isLoopback(address.host) || token !== undefined) return;
  if (listTokens().length > 0) return;
  throw new AmalfaError(
    "server.token",
    `A server at ${address.host} can be reached from other machines, and has no token to tell its clients by.`,
    {
      hint: `Run \`amalfa --root ${project.root} serve token add\`, or set AMALFA_SERVER_TOKEN; then start it again.`,
    },
  );
}

function needsOwnToken({ address, token, project }: HttpOptions): boolean {
  if (token !== undefined || !isLoopback(address.host)) return false;
  return !listTokens().some(({ projects }) => projects.includes(project.root));
}

/** What clients over HTTP get is what this server was started with. */
function termsOf({ refresh, allowWrite, project }: HttpOptions): Terms {
  return { refresh, allowWrite, remoteCache: project.remoteCache !== "off", projects: [] };
}

/**
 * A bridge stands for a `serve` that was started without options: how this server was started, for another project
 * maybe, neither gives it anything nor takes anything from it. Whoever wants something else is served alone.
 */
const BRIDGE_TERMS: Terms = { refresh: true, allowWrite: false, remoteCache: true, projects: "listed" };

function bridgeGrant(root: string, id: string): Grant {
  return { id, name: "a bridge", projects: [root], rights: ["read", "tag"] };
}

function ownGrant(root: string): Grant {
  return { id: "own", name: "the server's own token", projects: [root], rights: RIGHTS };
}

/** Where no port was asked for, another one will do. Throws `server.address`. */
function listen(address: Address, open: (port: number) => Front): Front {
  try {
    return open(address.port);
  } catch (error) {
    const isTaken = systemErrorCode(error) === "EADDRINUSE";
    if (isTaken && !address.isPortGiven) return open(0);
    const reason = isTaken ? "it is in use" : messageOf(error).replace(/[.?!]+$/, "");
    throw new AmalfaError(
      "server.address",
      `Port ${address.port} of ${address.host} cannot be listened on: ${reason}.`,
      isTaken ? { cause: error, hint: otherPort(address) } : { cause: error },
    );
  }
}

function otherPort({ host }: Address): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return `Name another port; \`--http ${shown}:0\` takes any that is free.`;
}

/**
 * The project that is asked about: the one that is named, by its root or its name, else the one that the server was
 * started in, else the token's first.
 */
function rootFor({ projects }: Grant, wanted: string | null, own: string): string | undefined {
  if (wanted === null || wanted === "") return projects.includes(own) ? own : projects[0];
  if (projects.includes(wanted)) return wanted;
  return namesOfRoots(projects).find(({ name }) => name === wanted)?.root;
}

/** What the bearer of each token was told last of each project. */
class Sessions {
  readonly #sessions = new Map<string, Session>();

  of({ grant, root }: Caller): Session {
    const key = digestOf(`${grant.id}\n${root}`);
    const session = this.#sessions.get(key) ?? { state: "" };
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    for (const [oldest] of this.#sessions) {
      if (this.#sessions.size <= MOST_TOLD) break;
      this.#sessions.delete(oldest);
    }
    return session;
  }
}

function isOwnProcess({ nonce }: ServiceRegistration, token: string, port: number): boolean {
  return nonce !== undefined && digestOf(token) === digestOf(callerToken(nonce, { pid: process.pid, port }));
}

function proof({ nonce }: ServiceRegistration, challenge: string, port: number): string | undefined {
  return nonce === undefined ? undefined : answerTo(challenge, nonce, { pid: process.pid, port });
}

interface Where {
  readonly url: string;
  readonly port: number;
}

interface HealthFacts {
  readonly registration: ServiceRegistration;
  readonly pool: ReadWorkers;
  readonly metrics: Metrics;
  readonly isEnding: boolean;
  readonly where: Where | undefined;
  readonly options: HttpOptions;
}

function healthOf({ registration, pool, metrics, isEnding, where, options }: HealthFacts): Health {
  const { workers, ready, waiting, underWay, replaced } = pool.figures();
  const isReady = ready > 0 && !isEnding;
  return {
    status: isReady || isEnding ? "ok" : "starting",
    ready: isReady,
    service: "server",
    version: options.version,
    pid: process.pid,
    root: options.project.root,
    model: options.model,
    startedAt: registration.record.startedAt,
    lastError: null,
    details: { ...where, requests: metrics.requests, workers, waiting, underWay, replaced },
  };
}

/**
 * Nobody would find a server whose PID file has gone, to stop it or to start no other one. Whoever keeps a server
 * running starts it anew where it has ended with an error.
 */
async function ending(
  { signal, project, onWarning }: HttpOptions,
  pool: ReadWorkers,
): Promise<"asked" | "outdated"> {
  const { promise, resolve } = Promise.withResolvers<"asked" | "outdated">();
  void pool.outdated.then(() => resolve("outdated"));
  using _ = endingWith(signal, project.paths, (reason) => {
    if (!signal.aborted) onWarning(`ending: ${reason}`);
    resolve("asked");
  });
  return await promise;
}
