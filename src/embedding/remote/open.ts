/** Opens what a remote address names; loaded only where there is one. */
import type { Model } from "../../project/index.ts";
import type { RemoteUse } from "../../project/remote/index.ts";
import { announceUpload } from "./announcement.ts";
import { LiveRemote } from "./live-remote.ts";
import { PackRemote } from "./pack-remote.ts";
import type { PackPlace } from "./packs.ts";
import { RedisServer } from "./redis-server.ts";
import type { RemoteCache } from "./remote-cache.ts";

export { announceUpload } from "./announcement.ts";
export { countRows, examineServer, pruneServer } from "./examine.ts";
export { Packs } from "./packs.ts";
export { pushRows } from "./push-rows.ts";

export interface RemoteOptions {
  readonly use: RemoteUse;
  readonly model: Model;
  readonly onWarning: (message: string) => void;
  /** Told once, before anything is put there for the first time. */
  readonly onNotice: (message: string) => void;
  /** That of the command: ends what is waited for. */
  readonly signal?: AbortSignal | undefined;
}

export interface IngestRemoteOptions extends RemoteOptions {
  /** The vector cache of this machine. */
  readonly cachePath: string;
  readonly ownKeys: PackPlace["ownKeys"];
  readonly dryRun: boolean;
  /** The bound of that cache, which is what is fetched at most. */
  readonly maxBytes: number;
}

/** How long packs are fetched for an ingest, in milliseconds, before it computes what is missing still. */
const FETCH_MS = 5 * 60_000;

/** The remote of an ingest, of whichever kind. Never fails; nobody is asked yet. */
export function openRemote(options: IngestRemoteOptions): RemoteCache {
  if (options.use.url.kind === "redis") return openLiveRemote(options);
  return new PackRemote({
    ...options,
    most: { bytes: options.maxBytes, ms: FETCH_MS },
    onFirstOffer: () => announceUpload(options.use, options.onNotice),
  });
}

/** A remote that is asked row by row. */
export function openLiveRemote({ use, model, onWarning, onNotice, signal }: RemoteOptions): RemoteCache {
  return new LiveRemote({
    use,
    modelId: model.id,
    dimensions: model.dimensions,
    signal,
    openServer: () => new RedisServer(use),
    onWarning,
    onFirstOffer: () => announceUpload(use, onNotice),
  });
}
