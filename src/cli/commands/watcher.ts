/** `amalfa watcher`: the service that keeps the graph up to date with the files. */

import type { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import type { Project } from "../../project/index.ts";
import { loadBackend } from "../../services/vector-daemon/index.ts";
import { AmalfaError, EXIT } from "../../system/index.ts";
import { backgroundCommand } from "../background-service.ts";
import { type Invocation, projectOf } from "../invocation.ts";

export function watcherCommand(): Command {
  return backgroundCommand({
    service: "watcher",
    description: "keep the graph up to date with the markdown, in the background",
    check: refuseDisabled,
    run,
  });
}

function refuseDisabled(project: Project): void {
  if (project.settings.watch.enabled) return;
  throw new AmalfaError("watcher.disabled", `The settings of ${project.root} switch the watcher off.`, {
    hint: "Set `watch.enabled` to true in the settings file.",
    exit: EXIT.usage,
  });
}

/** The longest wait that a timer can express; a batch waits for the lock as long as it takes. */
const FOREVER_SECONDS = Number.MAX_SAFE_INTEGER;

async function run(project: Project, signal: AbortSignal, invocation: Invocation): Promise<void> {
  const [{ runService }, { Watcher }, { withMaintenanceLock }, { startBackendFor }] = await Promise.all([
    import("../../services/index.ts").then(({ loadRun }) => loadRun()),
    import("../../services/watcher/index.ts"),
    import("../../project/lock/index.ts"),
    loadBackend(),
  ]);
  await runService({
    paths: project.paths,
    service: "watcher",
    version: packageJson.version,
    model: null,
    signal,
    create: ({ log, stop }) =>
      new Watcher({
        project,
        log,
        stop,
        loadProject: () => projectOf({ ...invocation, root: project.root }),
        withLock: ({ paths }, aborted, work) =>
          withMaintenanceLock(
            paths,
            { command: "watcher", waitSeconds: FOREVER_SECONDS, signal: aborted },
            work,
          ),
        startBackend: (current, model) =>
          startBackendFor({ paths: current.paths, model, onWarning: (message) => log.write(message) }),
      }),
  });
}
