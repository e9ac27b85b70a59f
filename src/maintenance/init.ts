/** `amalfa init`: one ingest under the maintenance lock. */
import { mkdirSync } from "node:fs";
import { type IngestReport, ingest } from "../ingest/ingest.ts";
import { withMaintenanceLock } from "./lock.ts";
import type { LockedIngestOptions } from "./locked-ingest.ts";

export interface InitOptions extends LockedIngestOptions {
  /** Read and chunk every file again, whatever its time and content. */
  readonly force: boolean;
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
  return withMaintenanceLock(project.paths, { command: "init", waitSeconds, signal, onWait }, () => {
    makeCacheDirectory(project.paths.cacheDirectory);
    return run();
  });
}

/** A project whose first ingest had nothing to embed has all its folders as well. */
function makeCacheDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch {
    // An ingest goes on without a cache, and says so when it needs one (I8).
  }
}
