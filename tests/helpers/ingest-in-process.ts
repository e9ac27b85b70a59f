/** An ingest in the test's own process, so that the test can do something between two of its steps. */
import { createEmbedder } from "../../src/embedding/embedder.ts";
import type { IngestProgress } from "../../src/ingest/index.ts";
import { loadSettings } from "../../src/maintenance/doctor/settings.ts";
import { init } from "../../src/maintenance/init.ts";
import { rebuild } from "../../src/maintenance/rebuild/rebuild.ts";
import { MODEL, startMadeUpBackend } from "./embedding.ts";

/** `init --force` or `rebuild` of the project at `root`; vectors are made up. */
export async function ingestInProcess(
  root: string,
  command: "init" | "rebuild",
  onProgress: (event: IngestProgress) => void,
): Promise<void> {
  const { project } = await loadSettings(root);
  await using embedder = createEmbedder({
    model: MODEL,
    cachePath: project.paths.vectorCache,
    modelsDirectory: project.paths.models,
    onWarning: () => {},
    startBackend: startMadeUpBackend,
  });
  const { signal } = new AbortController();
  const options = {
    ...{ project, embedder, allowEmpty: false, dryRun: false, waitSeconds: 0, signal, onProgress },
    onWait: () => {},
  };
  if (command === "init") await init({ ...options, force: true });
  else await rebuild({ ...options, onWarning: () => {} });
}
