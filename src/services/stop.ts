/**
 * Stopping services: each process is proved to be this project's before it gets a signal (I6), and waited for.
 *
 * PID files of services that have ended are removed on the way. Files that name strangers stay, since they are
 * evidence; starting the service replaces them, and `amalfa doctor --fix` removes them.
 */
import type { ProjectPaths } from "../project/index.ts";
import { endProcess, type ProcessIdentity } from "../system/process/index.ts";
import { findOrphans, type Orphan } from "./orphans.ts";
import { judgePidFile, judgeSettledPidFile, listPidFiles, removePidFile } from "./pid-files/index.ts";
import {
  BACKGROUND_SERVICES,
  type BackgroundService,
  othersReason,
  pidFilePath,
  type ServedBy,
  serviceOfPidFile,
} from "./service.ts";

export interface StoppedService {
  readonly service: string;
  readonly pid: number;
  readonly by: "SIGTERM" | "SIGKILL";
}

/** What was not stopped, because it is no service of this project or because that cannot be told, and why. */
export interface RemainingService {
  readonly service: string;
  readonly pid: number | null;
  readonly pidFile: string;
  /** `foreign`: a stranger, nothing to worry about. `unknown`, `remains`: a service may still be running. */
  readonly state: "foreign" | "unknown" | "remains";
  readonly reason: string;
}

export interface StopReport {
  readonly stopped: readonly StoppedService[];
  readonly remaining: readonly RemainingService[];
  /** What goes on doing the work of the service that was to be stopped. */
  readonly servedBy?: ServedBy;
}

/**
 * Stops one service of the project, and waits until it has ended. @param usualPort where to look for one without a
 * PID file
 */
export async function stopService(
  paths: ProjectPaths,
  service: BackgroundService,
  usualPort?: number,
): Promise<StopReport> {
  const orphans = (await findOrphans(paths, usualPort)).filter((orphan) => orphan.service === service);
  return stopAll(paths, [pidFilePath(paths, service)], orphans);
}

/**
 * Stops every service of the project, MCP servers and services without a PID file included, and waits until all have
 * ended.
 */
export async function stopAllServices(paths: ProjectPaths, usualPort?: number): Promise<StopReport> {
  const usual = BACKGROUND_SERVICES.map((service) => pidFilePath(paths, service));
  const files = new Set([...listPidFiles(paths), ...usual]);
  return stopAll(paths, [...files], await findOrphans(paths, usualPort));
}

async function stopAll(
  paths: ProjectPaths,
  files: readonly string[],
  orphans: readonly Orphan[],
): Promise<StopReport> {
  const outcomes = await Promise.all([
    ...files.map((file) => stopByPidFile(paths, file)),
    ...orphans.map(({ service, identity }) =>
      endService(paths, service, pidFilePath(paths, service), identity),
    ),
  ]);
  return {
    stopped: outcomes.filter((outcome) => outcome !== undefined && "by" in outcome),
    remaining: outcomes.filter((outcome) => outcome !== undefined && "state" in outcome),
  };
}

async function stopByPidFile(
  paths: ProjectPaths,
  pidFile: string,
): Promise<StoppedService | RemainingService | undefined> {
  const service = serviceOfPidFile(pidFile);
  const judged = await judgeSettledPidFile(pidFile, { root: paths.root });
  switch (judged.kind) {
    case "absent":
      return undefined;
    case "dead":
    case "malformed":
      removeQuietly(paths, pidFile, judged.stamp);
      return undefined;
    case "foreign":
    case "unknown":
      return { service, pid: judged.pid, pidFile, state: judged.kind, reason: judged.reason };
    case "ours":
      return await endService(paths, service, pidFile, judged.identity);
  }
}

async function endService(
  paths: ProjectPaths,
  service: string,
  pidFile: string,
  identity: ProcessIdentity,
): Promise<StoppedService | RemainingService | undefined> {
  const { pid } = identity;
  const others = othersReason(pid);
  if (others !== undefined) return { service, pid, pidFile, state: "remains", reason: others };
  const end = await endProcess(identity);
  if (end.kind === "remains") return { service, pid, pidFile, state: "remains", reason: end.reason };
  // A service that was forced to end could not remove its file, which it may have written again since.
  const left = judgePidFile(pidFile, { root: paths.root });
  if (left.kind === "dead" && left.pid === pid) removeQuietly(paths, pidFile, left.stamp);
  return end.kind === "gone" ? undefined : { service, pid, by: end.by };
}

/** The service has ended, whether or not its file can be removed: what stays is recognised as stale later. */
function removeQuietly(paths: ProjectPaths, pidFile: string, stamp: string): void {
  try {
    removePidFile(paths, pidFile, stamp);
  } catch {
    // See above.
  }
}
