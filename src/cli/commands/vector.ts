/** `amalfa vector`: the service that keeps the model warm. */
import type { Command } from "commander";
import packageJson from "../../../package.json" with { type: "json" };
import type { Project } from "../../project/load.ts";
import { findModel } from "../../project/models.ts";
import { AmalfaError, EXIT } from "../../system/errors.ts";
import { backgroundCommand } from "../background-service.ts";

export function vectorCommand(): Command {
  return backgroundCommand({
    service: "vector",
    description: "keep the model in memory for searches, in the background",
    run,
  });
}

async function run(project: Project, signal: AbortSignal): Promise<void> {
  const [{ runService }, { VectorDaemon }, { MAX_BODY_BYTES }, { vectorPort }] = await Promise.all([
    import("../../services/run.ts"),
    import("../../services/vector-daemon/daemon.ts"),
    import("../../services/vector-daemon/protocol.ts"),
    import("../../services/vector-daemon/protocol.ts"),
  ]);
  const model = findModel(project.settings.model);
  if (model === undefined) {
    throw new AmalfaError("config.invalid", `There is no model "${project.settings.model}".`, {
      exit: EXIT.usage,
    });
  }
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
          const { startWorkerPool } = await import("../../embedding/inference/pool.ts");
          return startWorkerPool({ model, modelsDirectory: project.paths.models });
        },
      }),
  });
}
