/** `amalfa init`: one ingest under the maintenance lock. */
import type { Project } from "../config/load.ts";
import type { Embedder } from "../embedding/embedder.ts";
import { type IngestProgress, type IngestReport, ingest } from "../ingest/ingest.ts";
import { type LockHolder, withMaintenanceLock } from "./lock.ts";

export interface InitOptions {
  readonly project: Project;
  readonly embedder: Embedder;
  /** Read and chunk every file again, whatever its time and content. */
  readonly force: boolean;
  readonly allowEmpty: boolean;
  readonly dryRun: boolean;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (event: IngestProgress) => void;
  readonly onWait: (holder: LockHolder | undefined) => void;
}

/** Throws what `ingest` throws, and `lock.held` (exit 4). A dry run takes no lock, since it writes nothing. */
export async function init(options: InitOptions): Promise<IngestReport> {
  const { project, embedder, allowEmpty, dryRun, signal, onProgress } = options;
  const run = (): Promise<IngestReport> =>
    ingest({
      project,
      embedder,
      mode: options.force ? "force" : "incremental",
      allowEmpty,
      dryRun,
      signal,
      onProgress,
    });
  if (dryRun) return run();
  const { waitSeconds, onWait } = options;
  return withMaintenanceLock(project.paths, { command: "init", waitSeconds, signal, onWait }, run);
}
