/** What a service says of itself, and asking for it. An answer proves nothing until it names service, project and process. */

import { messageOf } from "../system/index.ts";
import { isRefused, parseJsonObject, requestLoopback } from "./http.ts";

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

export const PROBE_TIMEOUT_MS = 1_000;
/** No health document is longer. */
const LONGEST_BYTES = 64 * 1024;

export type Probe =
  | { readonly kind: "answered"; readonly health: Health }
  /** `reason` is a clause, such as "nothing answers on port 3010". */
  | { readonly kind: "failed"; readonly reason: string; readonly listening: boolean };

/** Asks whatever listens on a port of the loopback interface for its health, for a second. Never throws. */
export async function probeHealth(port: number, timeoutMs = PROBE_TIMEOUT_MS): Promise<Probe> {
  try {
    const answer = await requestLoopback(port, { path: "/health", timeoutMs, longestBytes: LONGEST_BYTES });
    const health = parseHealth(answer.text);
    if (health !== undefined) return { kind: "answered", health };
    return { kind: "failed", reason: `another program listens on port ${port}`, listening: true };
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

function parseHealth(text: string): Health | undefined {
  const health = parseJsonObject(text) as Partial<Health> | undefined;
  if (health === undefined) return undefined;
  const { status, ready, service, root, pid, model } = health;
  const known = status === "starting" || status === "ok" || status === "degraded";
  const named = typeof service === "string" && typeof root === "string" && typeof pid === "number";
  const typed = typeof ready === "boolean" && (model === null || typeof model === "string");
  return known && named && typed ? (health as Health) : undefined;
}
