/** The graph: its tables, opening it, and what it knows of documents. */
export { ChunkKeys } from "./chunk-keys.ts";
export { DamagedRows } from "./damage.ts";
export { type DocumentLinks, findDocumentId, type LinkedDocument, readLinks } from "./documents.ts";
export { type EarlierGraph, earlierIds, readEarlierGraph } from "./earlier-versions.ts";
export {
  addNumbers,
  indexSettingsFault,
  indexTablesFault,
  lookupFault,
  numbersIn,
  TOTALS_ID,
} from "./index-tables.ts";
export {
  databaseError,
  guarded,
  keepPages,
  openGraphToRead,
  openGraphToReadIfPresent,
  openGraphToWrite,
} from "./open.ts";
export { sharedFiles } from "./same-file.ts";
export {
  allFields,
  chunkId,
  createSchema,
  fieldsColumn,
  isOfEarlierSchema,
  SCHEMA_VERSION,
  type SchemaState,
  schemaState,
} from "./schema.ts";
export { besideGraph, schemaFault } from "./schema-fault.ts";
export { float32View, packsUnlikeVectors, signBits } from "./sign-bits.ts";
export {
  countGraph,
  countPending,
  FILE_CHANGED_MS,
  FRONT_MATTER_META,
  type GraphCounts,
  hasDocuments,
  PACE_META,
  readContentHashes,
  readFileStats,
  readFileStatsOf,
  readFileStatsOfDamaged,
  readGeneration,
  readMeta,
  readPace,
  readUnreadFrontMatter,
  type StoredStat,
  storedText,
  storedTexts,
  type UnreadFrontMatter,
} from "./state.ts";
