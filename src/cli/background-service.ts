/**
 * What `amalfa watcher` and `amalfa vector` have in common: start, stop, status, restart, and the hidden `run` that
 * they start.
 */

import { existsSync } from "node:fs";
import { Command } from "commander";
import type { Project, ProjectPaths } from "../project/index.ts";
import type { BackgroundService, ServedBy, StartReport, StopReport } from "../services/index.ts";
import { vectorPort } from "../services/vector-daemon/index.ts";
import { AmalfaError, EXIT } from "../system/index.ts";
import { bunProgram } from "../system/process/index.ts";
import { parseSeconds } from "./arguments.ts";
import { addHelp } from "./help.ts";
import { CLI, type Invocation, interruptSignal, invocationOf, pathsOf, projectOf } from "./invocation.ts";
import { printReport } from "./output/result.ts";
import { escapedLines } from "./output/safe-text.ts";
import { writeToStderr } from "./output/standard-streams.ts";

export interface BackgroundCommand {
  readonly service: BackgroundService;
  readonly description: string;
  /** Throws when the project's settings say that the service is not to run. */
  readonly check?: (project: Project) => void;
  /** Is the service, until the signal is aborted; it is started as the hidden command `run`. */
  readonly run?: (project: Project, signal: AbortSignal, invocation: Invocation) => Promise<void>;
  /** What does the service's work already, though it is another one: nothing is started then. */
  readonly servedBy?: (project: Project) => Promise<StartReport | undefined>;
  /** Adds what `start` and `restart` may be told. */
  readonly options?: (command: Command) => Command;
  /** The arguments that start it, where that is not `run`. @param flags what the command was told */
  readonly args?: (flags: object) => readonly string[];
}

/** As the help speaks of them. */
const CALLED: Readonly<Record<BackgroundService, string>> = {
  watcher: "the watcher",
  vector: "the vector daemon",
  server: "the server",
};

/** How long a service that was asked to end may take to close what it has open, in milliseconds. */
const CLOSE_WITHIN_MS = 1_500;

interface WaitFlags {
  readonly wait: number;
}

export function backgroundCommand(options: BackgroundCommand): Command {
  const { service } = options;
  const called = CALLED[service];
  const parent = new Command(service).description(options.description);
  const starting = (name: string, description: string): Command => {
    const command = parent
      .command(name)
      .description(description)
      .option("--wait <seconds>", "how long it may take to become ready", parseSeconds, 120);
    return options.options?.(command) ?? command;
  };
  const start = starting("start", `start ${called} in the background, and wait until it is ready`);
  start.action((flags: WaitFlags) => startAndPrint(options, "start", flags, invocationOf(start)));
  const restart = starting("restart", `stop ${called} if it runs, and start it`);
  restart.action((flags: WaitFlags) => startAndPrint(options, "restart", flags, invocationOf(restart)));
  const stop = parent.command("stop").description(`stop ${called}, and wait until it has ended`);
  stop.action(() => stopAndPrint(service, invocationOf(stop)));
  const status = parent.command("status").description(`show whether ${called} runs and is healthy`);
  status.action(() => printStatus(service, invocationOf(status)));
  for (const command of [start, stop, status, restart]) {
    addHelp(command, { examples: [`amalfa ${service} ${command.name()}`], exits: ["busy", "interrupted"] });
  }
  const { run: be } = options;
  if (be !== undefined) {
    const run = parent
      .command("run", { hidden: true })
      .description("run the service itself, in the foreground");
    run.action(() => beService({ ...options, run: be }, invocationOf(run)));
  }
  const examples = [`amalfa ${service} start`, `amalfa ${service} status --json`];
  return addHelp(parent, { examples, exits: ["busy", "interrupted"] });
}

async function startAndPrint(
  options: BackgroundCommand,
  action: "start" | "restart",
  flags: WaitFlags,
  invocation: Invocation,
): Promise<void> {
  const project = await projectOf(invocation);
  options.check?.(project);
  const { service } = options;
  const services = await import("../services/index.ts");
  const [{ startService }, { stopService }] = await Promise.all([services.loadStart(), services.loadStop()]);
  const usualPort = service === "vector" ? vectorPort(process.env) : undefined;
  const stopped =
    action === "restart" ? await stopService(project.paths, service, usualPort) : NOTHING_STOPPED;
  refuseRemaining(stopped, services);
  const started = await startService({
    paths: project.paths,
    service,
    command: [
      ...bunProgram(CLI),
      ...globalFlags(project, invocation),
      ...(options.args?.(flags) ?? [service, "run"]),
    ],
    usualPort,
    servedBy: () => options.servedBy?.(project) ?? Promise.resolve(undefined),
    waitMs: flags.wait * 1000,
    signal: interruptSignal(),
  });
  const reason = services.notReadyReason(started.health);
  const result = { ok: reason === undefined, action, ...started, stopped: stopped.stopped };
  const tokenFile = started.url === undefined ? undefined : await tokenFileOf(project);
  await printReport(invocation, result, async (report, terminal) =>
    (await import("./output/render-services.ts")).renderStarted(report, terminal, tokenFile),
  );
  if (reason === undefined) return;
  process.exitCode = EXIT.failed;
  const next = "It tries again by itself; `amalfa doctor` says what to do about the cause.";
  writeToStderr(
    escapedLines(`amalfa: The ${services.serviceTitle(service)} is not ready: ${reason}\n  ${next}\n`),
  );
}

/** Where clients of the server find its token; undefined while others are in force. */
async function tokenFileOf({ paths }: Project): Promise<string | undefined> {
  const { localTokenFile } = await (await import("../mcp/http/index.ts")).loadLocalToken();
  const file = localTokenFile(paths);
  return existsSync(file) ? file : undefined;
}

/** What holds for the command holds for the service that it starts. */
function globalFlags({ root }: Project, { remoteCache }: Invocation): string[] {
  return ["--root", root, ...(remoteCache ? [] : ["--no-remote-cache"])];
}

const NOTHING_STOPPED: StopReport = { stopped: [], remaining: [] };

/** A stranger in the PID file is no hindrance; a service that may still run is. */
function refuseRemaining(
  { remaining }: StopReport,
  { othersError, othersReason }: typeof import("../services/index.ts"),
): void {
  const hindrance = remaining.find(({ state }) => state !== "foreign");
  if (hindrance === undefined) return;
  const others = hindrance.pid === null ? undefined : othersReason(hindrance.pid);
  if (others !== undefined) throw othersError(hindrance.service, others);
  throw new AmalfaError(
    "service.unknown",
    `The service was not stopped: ${hindrance.reason} (${hindrance.pidFile}).`,
  );
}

async function stopAndPrint(service: BackgroundService, invocation: Invocation): Promise<void> {
  const paths = pathsOf(invocation);
  const { stopService } = await (await import("../services/index.ts")).loadStop();
  const usualPort = service === "vector" ? vectorPort(process.env) : undefined;
  const report = await stopService(paths, service, usualPort);
  const servedBy = service === "vector" ? await whoServes(service, paths) : undefined;
  await printStopped({ ...report, ...servedBy }, { action: "stop", service }, invocation);
}

/** What goes on with the work of a service that was stopped. */
async function whoServes(
  service: BackgroundService,
  paths: ProjectPaths,
): Promise<{ readonly servedBy?: ServedBy }> {
  const { listServices } = await import("../services/index.ts");
  const found = (await listServices(paths)).find((status) => status.service === service);
  return found?.servedBy === undefined ? {} : { servedBy: found.servedBy };
}

/** Prints what was stopped; the exit status is 1 when a service may still be running. */
export async function printStopped(report: StopReport, what: object, invocation: Invocation): Promise<void> {
  const ok = report.remaining.every(({ state }) => state === "foreign");
  await printReport(invocation, { ok, ...what, ...report }, async (stopped, terminal) =>
    (await import("./output/render-services.ts")).renderStopped(stopped, terminal),
  );
  if (!ok) process.exitCode = EXIT.failed;
}

async function printStatus(service: BackgroundService, invocation: Invocation): Promise<void> {
  const paths = pathsOf(invocation);
  const { listServices } = await import("../services/index.ts");
  const services = await listServices(paths, vectorPort(process.env));
  const own = services.filter((status) => status.service === service);
  const ok = own.every(({ state }) => state === "running" || state === "stopped");
  await printReport(invocation, { ok, action: "status", services: own }, async (found, terminal) =>
    (await import("./output/render-services.ts")).renderServices(found.services, terminal),
  );
  if (!ok) process.exitCode = EXIT.failed;
}

async function beService(
  options: BackgroundCommand & Required<Pick<BackgroundCommand, "run">>,
  invocation: Invocation,
): Promise<void> {
  // The terminal that started it may close; the service goes on.
  process.on("SIGHUP", () => {});
  const signal = interruptSignal();
  signal.addEventListener("abort", () => setTimeout(() => process.exit(0), CLOSE_WITHIN_MS).unref(), {
    once: true,
  });
  const project = await projectOf(invocation);
  options.check?.(project);
  await options.run(project, signal, invocation);
}
