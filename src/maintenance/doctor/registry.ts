/** All checks, in the order in which they are reported. A new one takes a file and a line here. */
import type { Check, Fix } from "./check.ts";
import { cacheOpen } from "./checks/cache-open.ts";
import { cacheRows } from "./checks/cache-rows.ts";
import { cacheSize } from "./checks/cache-size.ts";
import { configSources } from "./checks/config-sources.ts";
import { configValid } from "./checks/config-valid.ts";
import { dbIntegrity } from "./checks/db-integrity.ts";
import { dbLeftovers } from "./checks/db-leftovers.ts";
import { dbLock } from "./checks/db-lock.ts";
import { dbOpen } from "./checks/db-open.ts";
import { dbWal } from "./checks/db-wal.ts";
import { graphDrift } from "./checks/graph-drift.ts";
import { graphEdges } from "./checks/graph-edges.ts";
import { graphVectors } from "./checks/graph-vectors.ts";
import { indexFts } from "./checks/index-fts.ts";
import { layoutAccess } from "./checks/layout-access.ts";
import { logsSize } from "./checks/logs-size.ts";
import { modelFiles } from "./checks/model-files.ts";
import { pidForeign, pidStale } from "./checks/pid-files.ts";
import { runtimeOnnx } from "./checks/runtime-onnx.ts";
import { serviceHealth } from "./checks/service-health.ts";
import { serviceOrphan } from "./checks/service-orphan.ts";

export const CHECKS: readonly Check[] = [
  configValid,
  configSources,
  layoutAccess,
  runtimeOnnx,
  modelFiles,
  pidStale,
  pidForeign,
  serviceHealth,
  serviceOrphan,
  dbOpen,
  dbLock,
  dbWal,
  dbIntegrity,
  dbLeftovers,
  graphEdges,
  graphVectors,
  graphDrift,
  indexFts,
  cacheOpen,
  cacheRows,
  cacheSize,
  logsSize,
];

/** Lanes whose checks take longest come first, so that the shorter ones fill the time beside them. */
export const LANES = [
  "files",
  "integrity",
  "cache",
  "graph",
  "index",
  "locks",
  "model",
  "services",
  "folders",
] as const;

/* All fixes by the ids of their checks, each loaded when it is needed. */

export const FIXES: Readonly<Record<string, () => Promise<Fix>>> = {
  "layout.access": async () => (await import("./checks/layout-access.ts")).createFolder,
  "pid.stale": async () => (await import("./checks/pid-files.ts")).removePid,
  "pid.foreign": async () => (await import("./checks/pid-files.ts")).removePid,
  "service.orphan": async () => (await import("./checks/service-orphan.ts")).writePid,
  "db.wal": async () => (await import("./checks/db-wal.ts")).checkpoint,
  "db.leftovers": async () => (await import("./checks/db-leftovers.ts")).moveLeftover,
  "index.fts": async () => (await import("./checks/index-fts.ts")).rebuildIndex,
  "cache.open": async () => (await import("./checks/cache-open.ts")).moveCache,
  "cache.rows": async () => (await import("./checks/cache-rows.ts")).deleteMalformed,
  "cache.size": async () => (await import("./checks/cache-size.ts")).evict,
  "logs.size": async () => (await import("./checks/logs-size.ts")).rotate,
};
