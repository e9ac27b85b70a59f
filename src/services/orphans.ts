/**
 * Services of this project that have lost their PID file.
 *
 * One is found by its command line or on its usual port, and proved by what it answers: its health document must name this service, this
 * project and the very process that listens.
 */
import type { ProjectPaths } from "../project/index.ts";
import {
  listeningPorts,
  listProcesses,
  type ProcessIdentity,
  readPidNamespace,
  readProcessIdentity,
} from "../system/process/index.ts";
import { type Health, isHealthOf, probeHealth } from "./health.ts";
import { judgePidFile, type ServiceRecord, writePidFile } from "./pid-files/index.ts";
import { BACKGROUND_SERVICES, type BackgroundService, pidFilePath } from "./service.ts";

export interface Orphan {
  readonly service: BackgroundService;
  readonly identity: ProcessIdentity;
  readonly port: number;
  readonly health: Health;
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
  writePidFile(paths, path, orphan.identity.pid, recordOf(orphan));
  return "adopted";
}

/** What the orphan's PID file says. */
export function recordOf({ service, identity, port, health }: Orphan): ServiceRecord {
  const { startTime, bootId } = identity;
  const { root, startedAt, version, model } = health;
  return {
    service,
    root,
    startTime,
    bootId,
    pidNamespace: readPidNamespace(),
    startedAt,
    version,
    port,
    model,
  };
}

async function findOrphan(
  paths: ProjectPaths,
  service: BackgroundService,
  usualPort: number | undefined,
): Promise<Orphan | undefined> {
  if (judgePidFile(pidFilePath(paths, service), { root: paths.root }).kind === "ours") return undefined;
  const end = `--root ${paths.root} ${service} run`;
  const candidates = listProcesses().filter(({ commandLine }) => commandLine.endsWith(end));
  const ports = new Set(candidates.flatMap(({ pid }) => listeningPorts(pid)));
  if (usualPort !== undefined && usualPort > 0) ports.add(usualPort);
  for (const port of ports) {
    const orphan = await proveOrphan(paths, service, port);
    if (orphan !== undefined) return orphan;
  }
  return undefined;
}

async function proveOrphan(
  paths: ProjectPaths,
  service: BackgroundService,
  port: number,
): Promise<Orphan | undefined> {
  const probe = await probeHealth(port);
  if (probe.kind === "failed" || !isHealthOf(probe.health, { service, root: paths.root })) return undefined;
  const { health } = probe;
  const reading = readProcessIdentity(health.pid);
  // Whoever answers might name any process: it must be the one that listens there.
  if (reading.kind !== "alive" || !listeningPorts(health.pid).includes(port)) return undefined;
  return { service, identity: reading.identity, port, health };
}
