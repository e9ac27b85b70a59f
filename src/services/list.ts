/** The state of every service of a project, read and never changed. */
import type { ProjectPaths } from "../project/index.ts";
import { memoryOf } from "../system/process/index.ts";
import { type Health, isHealthOf, notReadyReason, probeService } from "./health.ts";
import { findOrphans } from "./orphans.ts";
import { healthPortOf, judgePidFile, listPidFiles, type PidFileJudgement } from "./pid-files/index.ts";
import {
  BACKGROUND_SERVICES,
  othersReason,
  pidFilePath,
  type ServedBy,
  serviceOfPidFile,
} from "./service.ts";

export type ServiceState = "running" | "stopped" | "stale" | "foreign" | "unhealthy" | "unknown";

/** One service, as in the contract. */
export interface ServiceStatus {
  readonly service: string;
  readonly state: ServiceState;
  /** The service that does its work, where no process of its own runs: process, port and health are that one's. */
  readonly servedBy?: ServedBy;
  readonly pid: number | null;
  readonly port: number | null;
  /** The address for clients, of services that have such. */
  readonly url?: string;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly uptimeMs: number | null;
  readonly memoryBytes: number | null;
  readonly health: Health | null;
  readonly pidFile: string;
  /**
   * Why the state is neither running nor stopped, which documents a running service could not ingest, or whose it is
   * where it is another user's.
   */
  readonly reason: string | null;
}

/** The services that run in the background, whether they run or not, and whatever else has a PID file. */
export async function listServices(paths: ProjectPaths, usualPort?: number): Promise<ServiceStatus[]> {
  const usual = BACKGROUND_SERVICES.map((service) => pidFilePath(paths, service));
  const others = listPidFiles(paths).filter((file) => !usual.includes(file));
  const [statuses, orphans] = await Promise.all([
    Promise.all([...usual, ...others].map((file) => describeService(paths, file))),
    findOrphans(paths, usualPort),
  ]);
  const known = statuses.map((status): ServiceStatus => {
    const orphan = orphans.find(({ service }) => service === status.service);
    if (orphan === undefined || status.state === "running") return status;
    const { identity, port, health } = orphan;
    const lacks = status.state === "stopped" ? "without a PID file" : "and its PID file does not name it";
    return {
      ...status,
      state: "unhealthy",
      ...liveFigures(identity.pid, health?.startedAt ?? null),
      port,
      health,
      reason:
        health === null
          ? `it runs ${lacks}, and it does not answer; ` +
            `\`amalfa ${status.service} restart\` ends it and starts it anew`
          : `it runs ${lacks}; \`amalfa ${status.service} start\` writes it again`,
    };
  });
  const server = known.find(({ service }) => service === "server");
  return known.map((status) => (server === undefined ? status : servedIfAtAll(status, server)));
}

/** A server computes vectors for the project's commands, with the one model that it has. */
function servedIfAtAll(status: ServiceStatus, server: ServiceStatus): ServiceStatus {
  const { pid, port, url, startedAt, uptimeMs, health } = server;
  const serves = server.state === "running" && health?.ready === true && health.model !== null;
  if (status.service !== "vector" || status.state !== "stopped" || !serves || pid === null) return status;
  return {
    ...status,
    state: "running",
    servedBy: { service: "server", pid },
    pid,
    port,
    ...(url === undefined ? {} : { url }),
    startedAt,
    uptimeMs,
    health,
    reason: `the server, process ${pid}, does its work; it needs no process of its own`,
  };
}

async function describeService(paths: ProjectPaths, pidFile: string): Promise<ServiceStatus> {
  const service = serviceOfPidFile(pidFile);
  const judged = judgePidFile(pidFile, { root: paths.root });
  const nothing = { port: null, startedAt: null, uptimeMs: null, memoryBytes: null, health: null };
  const base = { service, pid: null, ...nothing, pidFile, reason: null };
  switch (judged.kind) {
    case "absent":
      return { ...base, state: "stopped" };
    case "malformed":
      return { ...base, state: "stale", reason: judged.reason };
    case "dead":
      return { ...base, state: "stale", pid: judged.pid, reason: judged.reason };
    case "foreign":
    case "unknown":
      return { ...base, state: judged.kind, pid: judged.pid, reason: judged.reason };
    case "ours":
      return { ...base, ...(await describeRunning(paths, service, judged)) };
  }
}

async function describeRunning(
  paths: ProjectPaths,
  service: string,
  judged: Extract<PidFileJudgement, { kind: "ours" }>,
) {
  const { pid, record } = judged;
  const url = record.url ?? undefined;
  const figures = {
    ...liveFigures(pid, record.startedAt || null),
    port: record.port,
    ...(url === undefined ? {} : { url }),
  };
  const port = healthPortOf(record);
  const others = othersReason(pid);
  if (others !== undefined) return { ...figures, state: "running" as const, reason: others };
  if (port === null) return { ...figures, state: "running" as const };
  const probe = await probeService(paths, { pid, port });
  if (probe.kind === "failed") return { ...figures, state: "unhealthy" as const, reason: probe.reason };
  const { health } = probe;
  if (!isHealthOf(health, { service, root: record.root, pid })) {
    const reason = `port ${port} is answered by process ${health.pid}, a service of ${health.root}`;
    return { ...figures, state: "unhealthy" as const, reason };
  }
  if (health.status !== "degraded") {
    const notes = [health.lastError?.message, health.details?.note].filter(
      (note) => typeof note === "string",
    );
    return { ...figures, state: "running" as const, health, reason: notes.join("; ") || null };
  }
  const notReady = notReadyReason(health);
  const reason =
    notReady === undefined
      ? (health.lastError?.message ?? "it could not do all of its work")
      : `not ready: ${notReady}`;
  return { ...figures, state: "unhealthy" as const, health, reason };
}

function liveFigures(pid: number, startedAt: string | null) {
  const since = Date.parse(startedAt ?? "");
  const uptimeMs = Number.isNaN(since) ? null : Math.max(0, Date.now() - since);
  return { pid, startedAt, uptimeMs, memoryBytes: memoryOf(pid) };
}

/* Services of a project that are running and proved to be its own. */

export interface RunningService {
  readonly service: string;
  readonly pid: number;
}

/** By their PID files, sorted by the files' names. Looks only. */
export function runningServices(paths: ProjectPaths): RunningService[] {
  return listPidFiles(paths).flatMap((file) => {
    const judged = judgePidFile(file, { root: paths.root });
    const service = serviceOfPidFile(file);
    return judged.kind === "ours" ? [{ service, pid: judged.pid }] : [];
  });
}
