/** The vector cache: a file of vectors by the content that they were made of. */
export type { ArchiveReport } from "./archive.ts";
export {
  type CacheLimits,
  type CacheUse,
  type EvictionPlan,
  evictLeastRecentlyUsed,
  executeEviction,
  planEviction,
  readCacheUse,
  usedBytes,
} from "./evict.ts";
export type { ExportReport } from "./export.ts";
export type { ImportReport } from "./import.ts";
export {
  deleteFaultyRows,
  faultOfRow,
  isMalformedRow,
  type RowFault,
  rebuildCacheIndexes,
} from "./repair.ts";
export type { AgeGroup, CacheReport } from "./report.ts";
export { cacheKey, isNormalised, vectorBytes } from "./row.ts";
export {
  cacheError,
  flawsBesideRows,
  guardedCache,
  hasCacheTable,
  isEmptyDatabase,
  isVectorCache,
  objectsBesideCache,
  openCacheRolledBack,
  openCacheToWrite,
  requireCache,
  requireCacheFile,
  schemaFault,
  schemaVersion,
} from "./schema.ts";
export { openTableShared, type VectorRow, VectorTable } from "./table.ts";
export { type CacheAccess, type CacheRefresh, VectorCache } from "./vector-cache.ts";

export const loadArchive = () => import("./archive.ts");
export const loadExport = () => import("./export.ts");
export const loadImport = () => import("./import.ts");
export const loadReport = () => import("./report.ts");
export { CACHE_SCHEMA_VERSION } from "./unknown-schema.ts";
