/**
 * Reading documents, in this thread or in one of their own. Three words tell the steps apart:
 *
 * - *content* is the bytes of a file and their hash (`readContent`),
 * - a *prepared* document is parsed and cut into chunks (`prepareDocument`),
 * - a *reading* is what became of one file: prepared, as before, or failed. A `DocumentReader` gives readings, and
 *   `readAhead` several batches before they are asked for.
 *
 * Embedding and staging what was read is not part of it (`embedAndStage`).
 */
export type { EarlyReading, Readings } from "./ahead.ts";
export { readContent, readRegularFile, whyUnreadable } from "./content.ts";
export type {
  ChunkTarget,
  FailedDocument,
  FileReading,
  PreparedChunk,
  PreparedDocument,
} from "./prepare.ts";
export type { DocumentReader } from "./reader.ts";

/** Loads what parses and cuts documents, and the markdown parser with it. */
export const loadPreparation = () => import("./prepare.ts");

export const loadReadAhead = () => import("./ahead.ts");
export const loadReader = () => import("./reader.ts");
