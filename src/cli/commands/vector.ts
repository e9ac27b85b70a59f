/** `amalfa vector`: the service that keeps the model warm. */

import type { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import { type Project, requireModel } from "../../project/index.ts";
import { loadDaemon, MAX_BODY_BYTES, vectorPort } from "../../services/vector-daemon/index.ts";
import { backgroundCommand } from "../background-service.ts";

export function vectorCommand(): Command {
  return backgroundCommand({
    service: "vector",
    description: "keep the model in memory for searches, in the background",
    run,
  });
}

async function run(project: Project, signal: AbortSignal): Promise<void> {
  const [{ runService }, { VectorDaemon }] = await Promise.all([
    import("../../services/index.ts").then(({ loadRun }) => loadRun()),
    loadDaemon(),
  ]);
  const model = requireModel(project.settings.model);
  await runService({
    paths: project.paths,
    service: "vector",
    version: packageJson.version,
    model: model.id,
    preferredPort: vectorPort(process.env),
    maxBodyBytes: MAX_BODY_BYTES,
    signal,
    create: ({ log }) =>
      new VectorDaemon({
        model,
        log,
        startBackend: async () => {
          const { startWorkerPool } = await import("../../embedding/inference/index.ts");
          return startWorkerPool({ model, modelsDirectory: project.paths.models });
        },
      }),
  });
}
