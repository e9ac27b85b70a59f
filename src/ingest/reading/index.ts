/** Reading documents: hashed, parsed and cut, in this thread or in one of their own. */
export type { EarlyReading, Readings } from "./ahead.ts";
export { readContent, readFailure, readRegularFile } from "./content.ts";
export type { ChunkTarget, FailedDocument, FileReading, PreparedChunk, PreparedDocument } from "./prepare.ts";
export type { DocumentReader } from "./reader.ts";

/** Loads what parses and cuts documents, and the markdown parser with it. */
export const loadPreparation = () => import("./prepare.ts");

export const loadReadAhead = () => import("./ahead.ts");
export const loadReader = () => import("./reader.ts");
