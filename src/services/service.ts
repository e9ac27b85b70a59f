/** The services of a project, and the names of their files. */

import { existsSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import type { ProjectPaths } from "../project/index.ts";
import { HeldEntry, holdRoot, realPath } from "../system/files/index.ts";
import { AmalfaError } from "../system/index.ts";
import { otherUserOf } from "../system/process/index.ts";

/** Services that run in the background, at most one of each in a project. */
export type BackgroundService = "watcher" | "vector" | "server";

/** All services; of MCP servers on stdio a project may have several, one for each client. */
export type ServiceName = BackgroundService | "mcp";

export const BACKGROUND_SERVICES: readonly BackgroundService[] = ["watcher", "vector", "server"];

/** A service that does the work of another one in its own process, so that there need be no other. */
export interface ServedBy {
  readonly service: BackgroundService;
  readonly pid: number;
}

const TITLES: Readonly<Record<ServiceName, string>> = {
  watcher: "watcher",
  vector: "vector daemon",
  server: "server",
  mcp: "MCP server",
};

/** What people call a service; names of files that are none stand for themselves. */
export function serviceTitle(service: string): string {
  return isServiceName(service) ? TITLES[service] : service;
}

function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(TITLES, name);
}

/** Absolute path of a service's PID file. @param pid decides the name of an MCP server's */
export function pidFilePath(paths: ProjectPaths, service: ServiceName, pid = process.pid): string {
  const names = {
    watcher: "daemon.pid",
    vector: "vector-daemon.pid",
    server: "server.pid",
    mcp: `mcp-${pid}.pid`,
  };
  return join(paths.runtime, names[service]);
}

/**
 * The service that a PID file is of, by its name; other names, such as those of earlier versions, are their own
 * service.
 */
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

/* Why a service is neither started nor registered. */

export function runningError(service: string, pid: number): AmalfaError {
  return new AmalfaError(
    "service.running",
    `The ${serviceTitle(service)} of this project is running already, as process ${pid}.`,
  );
}

export function unknownError(service: string, path: string, reason: string): AmalfaError {
  return new AmalfaError(
    "service.unknown",
    `It cannot be told whether the ${serviceTitle(service)} is running: ${reason} (${path}).`,
  );
}

/**
 * Why a service that runs can be neither stopped from here nor proved by what it answers: the project is shared, and it
 * was another user who started it. That is no fault. A clause; undefined for one's own.
 */
export function othersReason(pid: number): string | undefined {
  const user = otherUserOf(pid);
  if (user === undefined) return undefined;
  return `process ${pid} runs under ${user}, and can be neither asked for its health nor stopped from here`;
}

/** Nothing is started beside it, and nothing waits for answers that would prove nothing. */
export function othersError(service: string, reason: string): AmalfaError {
  return new AmalfaError(
    "service.running",
    `The ${serviceTitle(service)} of this project is running already: ${reason}.`,
    { hint: "Nothing has to be done. Where it has to be stopped or started anew, ask that user." },
  );
}

/*
 * What the command line of a service of amalfa looks like.
 *
 * A PID file is only text that anybody can write: a process gets a signal only if what it runs is a service as well
 * (I6). Installations differ in where the program is and in what runs it, so that its name and the sub-command count,
 * not the path.
 */

const SUB_COMMANDS: Readonly<Record<string, RegExp>> = {
  watcher: /\swatcher\s(?:.*\s)?run(?:\s|$)/s,
  vector: /\svector\s(?:.*\s)?run(?:\s|$)/s,
  server: /\sserve\s(?:.*\s)?--http(?:[\s=]|$)/s,
  mcp: /\sserve(?:\s|$)/,
};

/** The program as it is installed, linked or run from its source. */
const PROGRAM = /^(?!-)(?:.*\/)?(?:amalfa|cli(?:\.[jt]s)?)$/s;

/** The same, followed by its arguments, where the system joins them and blanks in one cannot be told from others. */
const PROGRAM_IN_TEXT = /(?:^|[\s/])(?:amalfa|cli\.[jt]s)(?=\s)/;

/**
 * Whether a process with this command line runs the service for the project. @param command one text where the system
 * joins the arguments
 */
export function isServiceCommand(
  command: readonly string[],
  { service, root }: { readonly service: string; readonly root: string },
): boolean {
  if (!runsService(command, service)) return false;
  const given = rootInCommand(command);
  return given === undefined || given === root || given === realPathOf(root);
}

/** The same for whatever project. */
export function runsService(command: readonly string[], service: string): boolean {
  const given = argumentsOf(command);
  return (
    given !== undefined && Object.hasOwn(SUB_COMMANDS, service) && SUB_COMMANDS[service]?.test(given) === true
  );
}

/** The arguments of amalfa as one text that begins with a blank; undefined where it is not amalfa that is run. */
function argumentsOf(command: readonly string[]): string | undefined {
  const [text = ""] = command;
  if (command.length === 1) {
    const program = PROGRAM_IN_TEXT.exec(text);
    return program === null ? undefined : text.slice(program.index + program[0].length);
  }
  const place = command.findIndex((argument) => PROGRAM.test(argument));
  // A file of that name may well be an argument of another program; before a script stand only options of its runtime.
  const before = command.slice(1, Math.max(place, 1));
  const isRun = before.every(
    (argument, index) =>
      argument === "run" || argument.startsWith("-") || before[index - 1]?.startsWith("-") === true,
  );
  if (place === -1 || !isRun) return undefined;
  const given = command.slice(place + 1).map((argument) => ` ${argument.replaceAll(/\s/g, "_")}`);
  return given.join("");
}

/**
 * The project root that a service was started with, without links. Undefined where it was given none or a relative one,
 * or where the arguments cannot be told apart.
 */
function rootInCommand(command: readonly string[]): string | undefined {
  const place = command.indexOf("--root");
  const given =
    place === -1
      ? command.find((argument) => argument.startsWith("--root="))?.slice("--root=".length)
      : command[place + 1];
  return given === undefined || !isAbsolute(given) ? undefined : realPathOf(given);
}

/** The folder may be gone, as after its deletion under a running service. */
function realPathOf(path: string): string {
  try {
    return realPath(path);
  } catch {
    return path;
  }
}

/* When a service ends: it is asked to, or what it is a service of has gone. */

const FOLDER_CHECK_MS = 1_000;

/**
 * Calls `stop` when the signal is aborted, or the runtime folder is gone or another one: a project that was moved away
 * can have another in its place before anybody looks. Both folders are held open, so that nothing else gets their
 * inodes, and nothing is written to what took their place until it is noticed.
 */
export function endingWith(
  signal: AbortSignal,
  { root, runtime }: Pick<ProjectPaths, "root" | "runtime">,
  stop: (reason: string) => void,
): Disposable {
  const onAbort = () => stop("asked to");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const heldRoot = holdRoot(root);
  const own = new HeldEntry(runtime);
  const timer = setInterval(() => {
    if (!existsSync(runtime)) stop(`${runtime} is gone`);
    else if (!own.isAt(runtime)) stop(`${runtime} is another folder now: the project was moved or replaced`);
  }, FOLDER_CHECK_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      own[Symbol.dispose]();
      heldRoot[Symbol.dispose]();
      signal.removeEventListener("abort", onAbort);
    },
  };
}
