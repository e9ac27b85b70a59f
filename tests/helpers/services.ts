/** Projects whose services are real processes, all of which end with the test. */
import { afterAll } from "bun:test";
import { existsSync } from "node:fs";
import { projectPaths } from "../../src/project/paths.ts";
import type { Health } from "../../src/services/health.ts";
import type { ServiceStatus } from "../../src/services/list.ts";
import { type BackgroundService, pidFilePath } from "../../src/services/service.ts";
import type { StopReport } from "../../src/services/stop.ts";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { listProcesses } from "../../src/system/process/list.ts";
import { amalfa, amalfaJson, type Outcome } from "./amalfa.ts";
import { TempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

export interface StartDocument {
  readonly ok: boolean;
  readonly change: string;
  readonly pid: number;
  readonly port: number;
}

/** Projects whose test has not ended them yet, as when it ran out of time. */
const open = new Set<ServiceProject>();

/**
 * Ends, after all tests of a file, what a test that ran out of time left behind. To be called at the top of each file
 * that uses projects.
 */
export function endServicesAfterwards(): void {
  afterAll(async () => {
    for (const project of open) await project[Symbol.asyncDispose]();
  });
}

export class ServiceProject implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly root = this.folder.path;
  readonly paths = projectPaths(this.root);
  /** Ports are the system's choice unless a test is about them. */
  env: Record<string, string> = { VECTOR_PORT: "0" };

  run(...args: string[]): Promise<Outcome> {
    return amalfa(["--root", this.root, ...args], { cwd: this.root, env: this.env });
  }

  async json<Document>(...args: string[]): Promise<Document> {
    const options = { cwd: this.root, env: this.env };
    return (await amalfaJson<Document>(["--root", this.root, ...args], options)).document;
  }

  async start(service: BackgroundService): Promise<StartDocument> {
    const started = await this.json<StartDocument>(service, "start");
    if (!started.ok) throw new Error(JSON.stringify(started));
    return started;
  }

  async servers(): Promise<readonly ServiceStatus[]> {
    return (await this.json<{ services: readonly ServiceStatus[] }>("servers")).services;
  }

  async service(name: string): Promise<ServiceStatus> {
    const found = (await this.servers()).find(({ service }) => service === name);
    if (found === undefined) throw new Error(`there is no service ${name}`);
    return found;
  }

  stopAll(): Promise<StopReport & { readonly ok: boolean }> {
    return this.json("stop-all");
  }

  pidFile(service: BackgroundService): string {
    return pidFilePath(this.paths, service);
  }

  /** The processes that are a service of this project, by their command lines. */
  processes(service: BackgroundService): number[] {
    const end = `--root ${this.root} ${service} run`;
    return listProcesses()
      .filter(({ commandLine }) => commandLine.endsWith(end))
      .map(({ pid }) => pid);
  }

  constructor() {
    open.add(this);
  }

  /** Ends the services at once: only processes whose command line names this test's own folder. Returns their PIDs. */
  killAll(): number[] {
    const pids = [...this.processes("watcher"), ...this.processes("vector")];
    for (const pid of pids) process.kill(pid, "SIGKILL");
    return pids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.killAll()) {
      await until(() => readProcessIdentity(pid).kind === "dead", { what: `the end of process ${pid}` });
    }
    open.delete(this);
    if (existsSync(this.root)) this.folder[Symbol.dispose]();
  }
}

export async function healthAt(port: number): Promise<Health> {
  return (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as Health;
}

/** A program that has nothing to do with amalfa; it ends with the test, and not before unless somebody ends it. */
export class Stranger implements AsyncDisposable {
  readonly #child = Bun.spawn(["sleep", "600"], { stdio: ["ignore", "ignore", "ignore"] });
  readonly pid = this.#child.pid;

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}
