/** `amalfa init`: one ingest under the maintenance lock. */
import type { Embedder } from "../embedding/index.ts";
import { type IngestProgress, type IngestReport, loadIngest } from "../ingest/index.ts";
import type { Project } from "../project/index.ts";
import { type MaintenanceLock, withMaintenanceLock } from "../project/lock/index.ts";
import { makeFolderInPlace, requireHeldRoot } from "../system/files/index.ts";
import { formatBytes } from "../system/index.ts";

const { ingest } = await loadIngest();

export interface InitOptions extends LockedIngestOptions {
  /** Read and chunk every file again, whatever its time and content. */
  readonly force: boolean;
  /** Which vectors are computed before it is done; all by default. */
  readonly vectors?: "all" | "few";
}

/** Throws what `ingest` throws, and `lock.held` (exit 4). A dry run takes no lock, since it writes nothing. */
export async function init(options: InitOptions): Promise<IngestReport> {
  const { project, embedder, allowEmpty, dryRun, signal, onProgress } = options;
  const run = (lock?: MaintenanceLock): Promise<IngestReport> =>
    ingest({
      project,
      embedder,
      mode: options.force ? "force" : "incremental",
      allowEmpty,
      dryRun,
      signal,
      vectors: options.vectors ?? "all",
      onProgress: tellingProgress(lock, onProgress),
    });
  if (dryRun) return run();
  const { waitSeconds, onWait } = options;
  const taking = { command: "init", waitSeconds, signal, onWait } as const;
  const report = await withMaintenanceLock(project.paths, taking, async (lock) => {
    makeCacheDirectory(project.paths.cacheDirectory);
    const done = await run(lock);
    // The graph that was written has gone with its folder.
    requireHeldRoot(project.root);
    return done;
  });
  // For the searches and diagnoses to come, where nothing had to be embedded, so that nobody has proved the weights
  // yet.
  const { noteModel } = await import("../embedding/model/index.ts");
  noteModel(embedder.model, project.paths.models);
  return report;
}

/** Progress that is told to others as well, who find the lock held. */
export function tellingProgress(
  lock: MaintenanceLock | undefined,
  onProgress: (event: IngestProgress) => void,
): (event: IngestProgress) => void {
  return (event) => {
    lock?.tell(wordsOf(event));
    onProgress(event);
  };
}

function wordsOf(event: IngestProgress): string {
  switch (event.phase) {
    case "discover":
      return "looking for documents";
    case "read": {
      const percent = event.totalBytes === 0 ? 100 : Math.floor((100 * event.bytes) / event.totalBytes);
      return `reading, ${percent} % of ${formatBytes(event.totalBytes)}`;
    }
    case "embed":
      return `computing vectors, ${event.computed} so far`;
    case "link":
      return "resolving links";
    case "write":
      return "writing the graph";
  }
}

/** A project whose first ingest had nothing to embed has all its folders as well. */
function makeCacheDirectory(path: string): void {
  try {
    makeFolderInPlace(path);
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
  readonly onWait: (holder: string) => void;
}
