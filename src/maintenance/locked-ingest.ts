/** What `init` and `rebuild` are both told: an ingest under the maintenance lock. */
import type { Project } from "../config/load.ts";
import type { Embedder } from "../embedding/embedder.ts";
import type { IngestProgress } from "../ingest/ingest.ts";
import type { LockHolder } from "./lock.ts";

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
