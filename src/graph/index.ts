/** The graph: its tables, opening it, and what it knows of documents. */
export { type DocumentLinks, findDocumentId, type LinkedDocument, readLinks } from "./documents.ts";
export {
  databaseError,
  guarded,
  openGraphForReading,
  openGraphForWriting,
  openGraphIfPresent,
  openGraphToRead,
} from "./open.ts";
export {
  chunkId,
  createSchema,
  SCHEMA_VERSION,
  type SchemaState,
  schemaFault,
  schemaState,
} from "./schema.ts";
export { float32View, signBits } from "./sign-bits.ts";
export {
  countGraph,
  type GraphCounts,
  readDocumentStats,
  readGeneration,
  readMeta,
  readStoredHashes,
  readStoredStats,
} from "./state.ts";
