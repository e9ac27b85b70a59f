/** All fixes by the ids of their checks, each loaded when it is needed. */
import type { Fix } from "./fix.ts";

export const FIXES: Readonly<Record<string, () => Promise<Fix>>> = {
  "layout.access": async () => (await import("./layout-access.ts")).createFolder,
  "pid.stale": async () => (await import("./pid-stale.ts")).removePid,
  "pid.foreign": async () => (await import("./pid-stale.ts")).removePid,
  "service.orphan": async () => (await import("./service-orphan.ts")).writePid,
  "db.wal": async () => (await import("./db-wal.ts")).checkpoint,
  "db.leftovers": async () => (await import("./db-leftovers.ts")).moveLeftover,
  "index.fts": async () => (await import("./index-fts.ts")).rebuildIndex,
  "cache.open": async () => (await import("./cache-open.ts")).moveCache,
  "cache.rows": async () => (await import("./cache-rows.ts")).deleteMalformed,
  "cache.size": async () => (await import("./cache-size.ts")).evict,
  "logs.size": async () => (await import("./logs-size.ts")).rotate,
};
