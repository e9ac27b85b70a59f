/** `amalfa init`: one ingest under the maintenance lock. */
import { mkdirSync } from "node:fs";
import type { Embedder } from "../embedding/index.ts";
import { type IngestProgress, type IngestReport, loadIngest } from "../ingest/index.ts";
import type { Project } from "../project/index.ts";
import { type LockHolder, withMaintenanceLock } from "../project/lock/index.ts";

const { ingest } = await loadIngest();

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
  const lock = { command: "init", waitSeconds, signal, onWait } as const;
  const report = await withMaintenanceLock(project.paths, lock, () => {
    makeCacheDirectory(project.paths.cacheDirectory);
    return run();
  });
  // For the searches and diagnoses to come, where nothing had to be embedded, so that nobody has proved the weights yet.
  const { noteModel } = await import("../embedding/model/index.ts");
  noteModel(embedder.model, project.paths.models);
  return report;
}

/** A project whose first ingest had nothing to embed has all its folders as well. */
function makeCacheDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch {
    // An ingest goes on without a cache, and says so when it needs one (I8).
  }
}

/* What `init` and `rebuild` are both told: an ingest under the maintenance lock. */

export interface LockedIngestOptions {
  readonly project: Project;
  readonly embedder: Embedder;
  /** Go on although a source vanished or most documents are gone (I11). */
  readonly allowEmpty: boolean;
  /** Takes no lock and writes nothing. */
  readonly dryRun: boolean;
  /** How long to wait for another holder of the lock. */
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (event: IngestProgress) => void;
  /** Called when there is somebody to wait for. */
  readonly onWait: (holder: LockHolder | undefined) => void;
}
