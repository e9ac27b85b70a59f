/**
 * Starting a service: a detached process that survives its terminal, reported as started once it is ready, or says
 * that it runs and why it is not: a service that waits for what a user has to mend goes on.
 *
 * Any number of starts at once end with one service: each process that is started takes the PID file or ends, and
 * every start then waits for the one that has it.
 */
import { closeSync } from "node:fs";
import { dirname } from "node:path";
import { makeDataFolder, type ProjectPaths } from "../project/index.ts";
import { shortageIn } from "../system/files/index.ts";
import { AmalfaError, interrupted, writeHint, writeReason } from "../system/index.ts";
import { environmentOfService, whyNothingIsKnown } from "../system/process/index.ts";
import { type Health, isHealthOf, probeService } from "./health.ts";
import { linesSince, openLogForChild } from "./log.ts";
import { adoptOrphan } from "./orphans.ts";
import { healthPortOf, judgeSettledPidFile, livenessLockOwners } from "./pid-files/index.ts";
import {
  type BackgroundService,
  logFilePath,
  othersError,
  othersReason,
  pidFilePath,
  type ServedBy,
  serviceTitle,
  unknownError,
} from "./service.ts";

export interface StartOptions {
  readonly paths: ProjectPaths;
  readonly service: BackgroundService;
  /** What runs the service: a program and its arguments, all paths absolute. */
  readonly command: readonly string[];
  /** A port to look at for a service of this project whose PID file was lost. */
  readonly usualPort?: number | undefined;
  /** What does this service's work already, though it is another one: then nothing is started. */
  readonly servedBy?: (() => Promise<StartReport | undefined>) | undefined;
  /** How long the service may take to become ready, in milliseconds. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface StartReport {
  readonly service: BackgroundService;
  /** `adopted`: it was running without a PID file, and has one again. `served`: another service does its work. */
  readonly change: "started" | "already running" | "adopted" | "served";
  /** The service that does its work; process, port and health are that one's. */
  readonly servedBy?: ServedBy;
  readonly pid: number;
  readonly port: number;
  /** The address for clients, of services that have such. */
  readonly url?: string;
  /** `ready` is false when the service runs and could not do its work yet; `lastError` says why. */
  readonly health: Health;
}

const POLL_MS = 40;

/**
 * Throws `service.failed` with the last lines of the log, `service.slow`, `service.unknown`, `service.running` where it
 * runs under another user, or `interrupted`.
 */
export async function startService(options: StartOptions): Promise<StartReport> {
  const { paths, service, signal } = options;
  const path = pidFilePath(paths, service);
  const deadline = performance.now() + options.waitMs;
  // What is started could neither be proved nor stopped afterwards.
  const why = whyNothingIsKnown();
  if (why !== undefined)
    throw new AmalfaError("service.unseen", `The ${serviceTitle(service)} was not started: ${why}.`);
  let child: Child | undefined;
  let adopted = false;
  for (;;) {
    const judged = await judgeSettledPidFile(path, { root: paths.root });
    if (judged.kind === "unknown") throw unknownError(service, path, judged.reason);
    const others = othersReason(judged.kind === "ours" ? judged.pid : (livenessLockOwners(path)[0] ?? 0));
    if (others !== undefined) throw othersError(service, others);
    if (judged.kind === "ours") {
      const { pid, record } = judged;
      const port = healthPortOf(record);
      const health =
        port === null ? undefined : await settledHealth(paths, port, { service, root: paths.root, pid });
      if (record.port !== null && health !== undefined) {
        const change = adopted ? "adopted" : child?.pid === pid ? "started" : "already running";
        const url = record.url ?? undefined;
        return { service, change, pid, port: record.port, ...(url === undefined ? {} : { url }), health };
      }
    } else if (child === undefined) {
      const orphan = await adoptOrphan(paths, service, options.usualPort);
      adopted = orphan === "adopted";
      if (orphan !== "none") continue;
      const served = await options.servedBy?.();
      if (served !== undefined) return served;
      child = spawnDetached(options);
      continue;
    } else if (child.hasEnded()) {
      throw failed(options, child);
    }
    if (signal?.aborted) throw interrupted(`Waiting for the ${serviceTitle(service)}`);
    if (performance.now() >= deadline) throw slow(options);
    await Bun.sleep(POLL_MS);
  }
}

/** Undefined while it is still starting. */
async function settledHealth(
  paths: ProjectPaths,
  port: number,
  expected: { service: string; root: string; pid: number },
): Promise<Health | undefined> {
  const probe = await probeService(paths, { pid: expected.pid, port });
  if (probe.kind === "failed" || !isHealthOf(probe.health, expected)) return undefined;
  const { health } = probe;
  return health.ready || health.status === "degraded" ? health : undefined;
}

interface Child {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  readonly exitCode: () => number | null;
  /** Size of the log when it was started. */
  readonly logSize: number;
}

/**
 * The service leads a session of its own, so that the end of a terminal does not reach it; its output goes to its
 * log.
 */
function spawnDetached({ paths, service, command }: StartOptions): Child {
  const log = openLog(paths, logFilePath(paths, service));
  try {
    const child = Bun.spawn([...command], {
      cwd: paths.root,
      env: environmentOfService(),
      detached: true,
      stdio: ["ignore", log.descriptor, log.descriptor],
    });
    child.unref();
    return {
      pid: child.pid,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      exitCode: () => child.exitCode,
      logSize: log.size,
    };
  } finally {
    closeSync(log.descriptor);
  }
}

function openLog(paths: ProjectPaths, path: string): ReturnType<typeof openLogForChild> {
  try {
    makeDataFolder(paths, paths.logs);
    return openLogForChild(path);
  } catch (error) {
    if (error instanceof AmalfaError) throw error;
    throw new AmalfaError("service.log", `The log ${path} cannot be written: ${writeReason(error)}.`, {
      ...writeHint(error),
      cause: error,
    });
  }
}

function failed({ paths, service }: StartOptions, child: Child): AmalfaError {
  const log = logFilePath(paths, service);
  const lines = linesSince(log, child.logSize).map((line) => `  ${line}`);
  const how = child.exitCode() === null ? "was killed" : `ended with status ${child.exitCode()}`;
  const what = `The ${serviceTitle(service)} ${how} before it was ready`;
  if (lines.length > 0) {
    return new AmalfaError("service.failed", `${what}. The last lines of its log:\n${lines.join("\n")}`, {
      hint: `The whole log is ${log}; \`amalfa doctor\` looks for the cause.`,
    });
  }
  if (shortageIn(dirname(log)) !== undefined) {
    return new AmalfaError("service.failed", `${what}, and there is no space left to write its log ${log}.`, {
      hint: "Free some space, and run the command again.",
    });
  }
  return new AmalfaError("service.failed", `${what}, and wrote nothing to its log ${log}.`, {
    hint: "Run `amalfa doctor`, which looks for the cause.",
  });
}

function slow({ paths, service, waitMs }: StartOptions): AmalfaError {
  return new AmalfaError(
    "service.slow",
    `The ${serviceTitle(service)} is running, but was not ready within ${Math.round(waitMs / 1000)} s.`,
    {
      hint:
        "It goes on in the background: `amalfa servers` shows its state, " +
        `${logFilePath(paths, service)} what it does. If it hangs, run \`amalfa ${service} restart\`.`,
    },
  );
}
