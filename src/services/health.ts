/**
 * What a service says of itself, and asking for it. An answer proves nothing until it names service, project and
 * process.
 */

import type { ProjectPaths } from "../project/index.ts";
import { messageOf } from "../system/index.ts";
import { listeningPorts, sharesNamespaces } from "../system/process/index.ts";
import { isRefused, parseJsonObject, requestLoopback } from "./http.ts";
import { answerTo, readNonce } from "./pid-files/index.ts";

export interface Health {
  /** `degraded`: it runs, but could not do its work; `lastError` says what. */
  readonly status: "starting" | "ok" | "degraded";
  readonly ready: boolean;
  readonly service: string;
  readonly version: string;
  readonly pid: number;
  /** Absolute path of the project root. */
  readonly root: string;
  /** Model id; null for services without a model. */
  readonly model: string | null;
  /** ISO 8601. */
  readonly startedAt: string;
  /** With the status `ok`: documents that could not be ingested, which are to be mended, not the service. */
  readonly lastError: { readonly message: string; readonly at: string } | null;
  /** Figures of the service, for people. */
  readonly details?: Readonly<Record<string, string | number | null>>;
}

/** Why a service is not ready, as a clause; undefined when it is. */
export function notReadyReason({
  status,
  ready,
  lastError,
}: Pick<Health, "status" | "ready" | "lastError">): string | undefined {
  if (ready) return undefined;
  if (status === "starting") return "it is still starting";
  return lastError?.message.replace(/\.$/, "") ?? "it does not say why";
}

/** How long an answer may take, in milliseconds; a machine that is busy takes seconds to let a service answer. */
const PROBE_TIMEOUT_MS = 5_000;
/** No health document is longer. */
const LONGEST_BYTES = 64 * 1024;

export type Probe =
  | {
      readonly kind: "answered";
      readonly health: Health;
      /** Whether whoever answered knows the secret of the project that was asked about. */
      readonly knowsNonce: boolean;
    }
  /** `reason` is a clause, such as "nothing answers on port 3010". */
  | { readonly kind: "failed"; readonly reason: string; readonly listening: boolean };

export interface ProbeOptions {
  readonly timeoutMs?: number;
  /** The secret of the project, as `readNonce` answers it. */
  readonly nonce?: string | undefined;
}

/** Asks whatever listens on a port of the loopback interface for its health, for some seconds. Never throws. */
export async function probeHealth(port: number, options: ProbeOptions = {}): Promise<Probe> {
  const { timeoutMs = PROBE_TIMEOUT_MS, nonce } = options;
  const challenge = crypto.randomUUID();
  try {
    const path = `/health?challenge=${challenge}`;
    const answer = await requestLoopback(port, { path, timeoutMs, longestBytes: LONGEST_BYTES });
    const health = parseHealth(answer.text);
    if (health !== undefined) {
      const { pid, proof } = health as Health & { proof?: unknown };
      const knowsNonce = nonce !== undefined && proof === answerTo(challenge, nonce, { pid, port });
      return { kind: "answered", health, knowsNonce };
    }
    const who = isEarlierDaemon(answer.text) ? EARLIER_DAEMON : "another program";
    return { kind: "failed", reason: `${who} listens on port ${port}`, listening: true };
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") {
      return { kind: "failed", reason: `no answer on port ${port} within ${timeoutMs} ms`, listening: true };
    }
    // Bun says the one or the other, depending on how far the attempt came.
    const refused = isRefused(error);
    const reason = refused
      ? `nothing listens on port ${port}`
      : `port ${port} gave no answer: ${messageOf(error)}`;
    return { kind: "failed", reason, listening: !refused };
  }
}

/**
 * The health of a service whose process is proved. The answer must be proved too: that it knows the project's secret,
 * or that it comes from this very process, as the system tells. Never throws.
 */
export async function probeService(
  paths: ProjectPaths,
  { pid, port }: { readonly pid: number; readonly port: number },
  timeoutMs?: number,
): Promise<Probe> {
  const nonce = readNonce(paths);
  const probe = await probeHealth(port, timeoutMs === undefined ? { nonce } : { nonce, timeoutMs });
  if (probe.kind === "failed" || probe.knowsNonce || isListening(pid, port)) return probe;
  const { service, root, pid: said } = probe.health;
  // Whose it says it is tells more, where it does not even claim to be the one that was asked.
  if (said !== pid || root !== paths.root) return probe;
  return {
    kind: "failed",
    reason: `what answers on port ${port} says that it is the ${service} service, and cannot prove it`,
    listening: true,
  };
}

function isListening(pid: number, port: number): boolean {
  return sharesNamespaces(pid, ["pid", "net"]) && listeningPorts(pid).includes(port);
}

export interface ExpectedService {
  readonly service: string;
  readonly root: string;
  readonly pid?: number | undefined;
}

/** Whether a health document is that of the service that is meant. */
export function isHealthOf(health: Health, expected: ExpectedService): boolean {
  const samePid = expected.pid === undefined || health.pid === expected.pid;
  return health.service === expected.service && health.root === expected.root && samePid;
}

const EARLIER_DAEMON = "the vector daemon of amalfa 1.x, which is never asked for a vector,";

/**
 * What that of 1.x answers names neither a project nor a process. Its vectors are of one model, whatever is asked for.
 */
function isEarlierDaemon(text: string): boolean {
  const { status, ready, model, service, reranker_ready: reranker } = parseJsonObject(text) ?? {};
  const answers = typeof status === "string" && typeof ready === "boolean" && typeof model === "string";
  return answers && service === undefined && typeof reranker === "boolean";
}

function parseHealth(text: string): Health | undefined {
  const health = parseJsonObject(text) as Partial<Health> | undefined;
  if (health === undefined) return undefined;
  const { status, ready, service, root, pid, model } = health;
  const known = status === "starting" || status === "ok" || status === "degraded";
  const named = typeof service === "string" && typeof root === "string" && typeof pid === "number";
  const typed = typeof ready === "boolean" && (model === null || typeof model === "string");
  return known && named && typed ? (health as Health) : undefined;
}
