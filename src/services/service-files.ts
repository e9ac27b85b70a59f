/** The services of a project, and the names of their files. */
import { basename, join } from "node:path";
import type { ProjectPaths } from "../config/paths.ts";

/** Services that run in the background, at most one of each in a project. */
export type BackgroundService = "watcher" | "vector";

/** All services; of MCP servers a project may have several, one for each client. */
export type ServiceName = BackgroundService | "mcp";

export const BACKGROUND_SERVICES: readonly BackgroundService[] = ["watcher", "vector"];

const TITLES: Readonly<Record<ServiceName, string>> = {
  watcher: "watcher",
  vector: "vector daemon",
  mcp: "MCP server",
};

/** What people call a service; names of files that are none stand for themselves. */
export function serviceTitle(service: string): string {
  return isServiceName(service) ? TITLES[service] : service;
}

export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(TITLES, name);
}

/** Absolute path of a service's PID file. @param pid decides the name of an MCP server's */
export function pidFilePath(paths: ProjectPaths, service: ServiceName, pid = process.pid): string {
  const names = { watcher: "daemon.pid", vector: "vector-daemon.pid", mcp: `mcp-${pid}.pid` };
  return join(paths.runtime, names[service]);
}

/** The service that a PID file is of, by its name; other names, such as those of earlier versions, are their own service. */
export function serviceOfPidFile(path: string): string {
  const name = basename(path);
  if (name === "daemon.pid") return "watcher";
  if (name === "vector-daemon.pid") return "vector";
  return /^mcp-\d+\.pid$/.test(name) ? "mcp" : name.replace(/\.pid$/, "");
}

/** Absolute path of the log of a service. */
export function logFilePath(paths: ProjectPaths, service: ServiceName): string {
  return join(paths.logs, `${service}.log`);
}

/** Whoever changes a PID file holds this lock, so that looking at a file and replacing it are one step. */
export function pidFilesLockPath(paths: Pick<ProjectPaths, "runtime">): string {
  return join(paths.runtime, "pid-files.lock");
}
