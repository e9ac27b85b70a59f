/** Cutting documents into chunks. */
export type { Chunk, TokenCounter } from "./chunk.ts";
export { chunkText, FEW_TEXTS, fingerprintOf, queryText } from "./embed-text.ts";
export { possibleContexts } from "./headings.ts";

export const loadChunker = () => import("./chunk.ts");
