/** `amalfa watcher`: the service that keeps the graph up to date with the files. */

import type { Command } from "commander";
import type { Project } from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
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
  throw new AmalfaError("watcher.disabled", `The settings of ${project.root} switch the watcher off.`);
}

async function run(project: Project, signal: AbortSignal, invocation: Invocation): Promise<void> {
  const { runWatcher } = await import("../../composition.ts");
  await runWatcher(project, { signal, reload: () => projectOf({ ...invocation, root: project.root }) });
}
