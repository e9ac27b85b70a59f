/** Progress of an ingest, from the events that it reports. */
import type { IngestProgress } from "../../ingest/ingest.ts";
import { createProgress, type Progress } from "./progress.ts";
import { writeToStderr } from "./standard-streams.ts";

const PHASES: Readonly<Record<IngestProgress["phase"], string>> = {
  discover: "looking for documents",
  read: "reading and embedding",
  link: "linking",
  write: "writing the graph",
};

export interface IngestProgressDisplay extends Disposable {
  readonly update: (event: IngestProgress) => void;
  readonly stop: () => void;
}

/** Starts showing progress on stderr; whoever calls stops it, also when the ingest fails. */
export function ingestProgress(options: {
  readonly quiet: boolean;
  readonly json: boolean;
}): IngestProgressDisplay {
  const stderr = process.stderr.isTTY ? process.stderr : { write: writeToStderr };
  const progress = createProgress({ stderr, quiet: options.quiet, json: options.json });
  let phase: IngestProgress["phase"] | undefined;
  return {
    update: (event) => {
      if (event.phase !== phase) progress.phase(PHASES[event.phase]);
      phase = event.phase;
      if (event.phase === "read") showWork(progress, event);
    },
    stop: () => progress.stop(),
    [Symbol.dispose]: () => progress.stop(),
  };
}

function showWork(progress: Progress, event: Extract<IngestProgress, { phase: "read" }>): void {
  const { bytes, totalBytes, computed, hits } = event;
  progress.update({ done: bytes, total: totalBytes, computed, hits });
}
