/** Cutting documents into chunks. */
export type { Chunk, TokenCounter } from "./chunk.ts";
export { FEW_TEXTS, fingerprintOf, passageText, queryText } from "./embed-text.ts";
export { possibleContexts } from "./headings.ts";

export const loadChunker = () => import("./chunk.ts");
