/** `amalfa vector`: the service that keeps the model warm. */

import type { Command } from "commander";
import type { Project } from "../../project/index.ts";
import { backgroundCommand } from "../background-service.ts";

export function vectorCommand(): Command {
  return backgroundCommand({
    service: "vector",
    description: "keep the model in memory for searches, in the background",
    run,
  });
}

async function run(project: Project, signal: AbortSignal): Promise<void> {
  const { runVectorDaemon } = await import("../../composition.ts");
  await runVectorDaemon(project, { signal });
}
