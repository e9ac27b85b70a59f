/**
 * Services of this project that have lost their PID file.
 *
 * One is found and proved by the lock that it holds, whether it answers or not; what it says of itself counts only
 * where the answer is proved as well. A process that sees other PIDs, ports or files than this one is none that could
 * be judged from here.
 */
import type { ProjectPaths } from "../project/index.ts";
import {
  listeningPorts,
  type ProcessIdentity,
  readPidNamespace,
  readProcessIdentity,
  sharesNamespaces,
} from "../system/process/index.ts";
import { type Health, isHealthOf, probeService } from "./health.ts";
import { judgePidFile, livenessLockOwners, type ServiceRecord, writePidFile } from "./pid-files/index.ts";
import { BACKGROUND_SERVICES, type BackgroundService, pidFilePath } from "./service.ts";

export interface Orphan {
  readonly service: BackgroundService;
  readonly identity: ProcessIdentity;
  /** Null where it listens on none, or does not answer. */
  readonly port: number | null;
  readonly health: Health | null;
}

/** The services that run without a PID file. @param usualPort a port to look at besides */
export async function findOrphans(paths: ProjectPaths, usualPort?: number): Promise<Orphan[]> {
  const found = await Promise.all(
    BACKGROUND_SERVICES.map((service) => findOrphan(paths, service, usualPort)),
  );
  return found.filter((orphan) => orphan !== undefined);
}

/** Writes the PID file of an orphan again. `registered`: it was about to write its own, and has. */
export async function adoptOrphan(
  paths: ProjectPaths,
  service: BackgroundService,
  usualPort?: number,
): Promise<"adopted" | "registered" | "none"> {
  const orphan = await findOrphan(paths, service, usualPort);
  const path = pidFilePath(paths, service);
  if (judgePidFile(path, { root: paths.root }).kind === "ours") return "registered";
  if (orphan === undefined) return "none";
  writePidFile(paths, path, orphan.identity.pid, recordOf(orphan, paths));
  return "adopted";
}

/** What the orphan's PID file says. */
export function recordOf({ service, identity, port, health }: Orphan, { root }: ProjectPaths): ServiceRecord {
  const { startTime, bootId } = identity;
  const { startedAt, version, model, details } = health ?? { startedAt: "", version: "", model: null };
  const url = typeof details?.url === "string" ? details.url : null;
  const own = typeof details?.port === "number" ? details.port : port;
  return {
    service,
    root,
    startTime,
    bootId,
    pidNamespace: readPidNamespace(),
    livenessLock: true,
    startedAt,
    version,
    port: own,
    ...(own === port ? {} : { healthPort: port }),
    ...(url === null ? {} : { url }),
    model,
  };
}

async function findOrphan(
  paths: ProjectPaths,
  service: BackgroundService,
  usualPort: number | undefined,
): Promise<Orphan | undefined> {
  const pidFile = pidFilePath(paths, service);
  if (judgePidFile(pidFile, { root: paths.root }).kind === "ours") return undefined;
  for (const pid of livenessLockOwners(pidFile)) {
    const reading = readProcessIdentity(pid);
    if (reading.kind !== "alive" || !sharesNamespaces(pid, ["pid", "net", "mnt"])) continue;
    const listening = listeningPorts(pid);
    const ports = listening.length > 0 || !usualPort ? listening : [usualPort];
    const { identity } = reading;
    for (const port of ports) {
      const probe = await probeService(paths, { pid, port });
      if (probe.kind === "answered" && isHealthOf(probe.health, { service, root: paths.root, pid })) {
        return { service, identity, port, health: probe.health };
      }
    }
    return { service, identity, port: listening[0] ?? null, health: null };
  }
  return undefined;
}
