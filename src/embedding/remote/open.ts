/** Opens what a remote address names; loaded only where there is one. */
import type { Model } from "../../project/index.ts";
import type { RemoteUse } from "../../project/remote/index.ts";
import { announceUpload } from "./announcement.ts";
import { LiveRemote } from "./live-remote.ts";
import { RedisServer } from "./redis-server.ts";
import type { RemoteCache } from "./remote-cache.ts";

export { countRows, examineServer, pruneServer } from "./examine.ts";

export interface RemoteOptions {
  readonly use: RemoteUse;
  readonly model: Model;
  readonly onWarning: (message: string) => void;
  /** Told once, before anything is put there for the first time. */
  readonly onNotice: (message: string) => void;
}

/** A remote that is asked row by row. Never fails; nothing is connected yet. */
export function openLiveRemote({ use, model, onWarning, onNotice }: RemoteOptions): RemoteCache {
  return new LiveRemote({
    use,
    modelId: model.id,
    dimensions: model.dimensions,
    openServer: () => new RedisServer(use),
    onWarning,
    onFirstOffer: () => announceUpload(use, onNotice),
  });
}
