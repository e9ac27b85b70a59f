/** All checks, in the order in which they are reported. A new one takes a file and a line here. */
import type { Check } from "../check.ts";
import { cacheOpen } from "./cache-open.ts";
import { cacheRemote } from "./cache-remote.ts";
import { cacheRows } from "./cache-rows.ts";
import { cacheSize } from "./cache-size.ts";
import { configSources } from "./config-sources.ts";
import { configValid } from "./config-valid.ts";
import { dbIntegrity } from "./db-integrity.ts";
import { dbLeftovers } from "./db-leftovers.ts";
import { dbLock } from "./db-lock.ts";
import { dbOpen } from "./db-open.ts";
import { dbWal } from "./db-wal.ts";
import { graphDrift } from "./graph-drift.ts";
import { graphEdges } from "./graph-edges.ts";
import { graphRows } from "./graph-rows.ts";
import { graphVectors } from "./graph-vectors.ts";
import { indexFts } from "./index-fts.ts";
import { layoutAccess } from "./layout-access.ts";
import { logsSize } from "./logs-size.ts";
import { modelFiles } from "./model-files.ts";
import { modelLanguage } from "./model-language.ts";
import { pidForeign, pidStale } from "./pid-files.ts";
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
  graphRows,
  graphEdges,
  graphVectors,
  modelLanguage,
  graphDrift,
  indexFts,
  cacheOpen,
  cacheRows,
  cacheSize,
  cacheRemote,
  logsSize,
];
