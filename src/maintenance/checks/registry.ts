/** All checks, in the order in which they are reported. A new one takes a file and a line here. */
import { cacheOpen } from "./cache-open.ts";
import { cacheRows } from "./cache-rows.ts";
import { cacheSize } from "./cache-size.ts";
import type { Check } from "./check.ts";
import { configSources } from "./config-sources.ts";
import { configValid } from "./config-valid.ts";
import { dbIntegrity } from "./db-integrity.ts";
import { dbLeftovers } from "./db-leftovers.ts";
import { dbLock } from "./db-lock.ts";
import { dbOpen } from "./db-open.ts";
import { dbWal } from "./db-wal.ts";
import { graphDrift } from "./graph-drift.ts";
import { graphEdges } from "./graph-edges.ts";
import { graphVectors } from "./graph-vectors.ts";
import { indexFts } from "./index-fts.ts";
import { layoutAccess } from "./layout-access.ts";
import { logsSize } from "./logs-size.ts";
import { modelFiles } from "./model-files.ts";
import { pidForeign } from "./pid-foreign.ts";
import { pidStale } from "./pid-stale.ts";
import { runtimeOnnx } from "./runtime-onnx.ts";
import { serviceHealth } from "./service-health.ts";
import { serviceOrphan } from "./service-orphan.ts";

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
