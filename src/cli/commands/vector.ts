/** `amalfa vector`: the service that keeps the model warm. */

import type { Command } from "commander";
import { type Project, requireModel } from "../../project/index.ts";
import type { StartReport } from "../../services/index.ts";
import { loadBackend } from "../../services/vector-daemon/index.ts";
import { backgroundCommand } from "../background-service.ts";

export function vectorCommand(): Command {
  return backgroundCommand({
    service: "vector",
    description: "keep the model in memory for searches, in the background",
    run,
    servedBy,
  });
}

async function servedBy({ paths, settings }: Project): Promise<StartReport | undefined> {
  const { servedByServer } = await loadBackend();
  return servedByServer(paths, requireModel(settings.model));
}

async function run(project: Project, signal: AbortSignal): Promise<void> {
  const { runVectorDaemon } = await import("../../composition.ts");
  await runVectorDaemon(project, { signal });
}
