/** A project with the PID file of a watcher. */
import { mkdirSync, writeFileSync } from "node:fs";
import { projectPaths } from "../../src/project/paths.ts";
import { judgePidFile } from "../../src/services/pid-files/judge.ts";
import { pidFilePath } from "../../src/services/service.ts";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { TempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

export class Project extends TempFolder {
  readonly paths = projectPaths(this.path);
  readonly pidFile = pidFilePath(this.paths, "watcher");

  holding(text: string): this {
    mkdirSync(this.paths.runtime, { recursive: true });
    writeFileSync(this.pidFile, text);
    return this;
  }

  judge() {
    return judgePidFile(this.pidFile, { root: this.path });
  }

  record(pid: number) {
    const reading = readProcessIdentity(pid);
    if (reading.kind !== "alive") throw new Error(`process ${pid} is ${reading.kind}`);
    const { startTime, bootId } = reading.identity;
    const rest = { startedAt: new Date().toISOString(), version: "0", port: null, model: null };
    return { service: "watcher", root: this.path, startTime, bootId, ...rest };
  }
}

/** A process that has just been started has no command line for a moment. */
export async function hasCommandLine(pid: number): Promise<void> {
  await until(() => {
    const reading = readProcessIdentity(pid);
    return reading.kind === "alive" && reading.identity.command.length > 0;
  });
}
