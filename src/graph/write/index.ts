/** Writing the graph: staged rows, and the one transaction that copies them. */
export { countRewritten } from "./rewritten.ts";
export {
  countAfterWrite,
  type Edge,
  type EdgeScope,
  type StagedChunk,
  type StagedDocument,
  Staging,
  type StagingOfKnown,
  type UnresolvedLink,
  type WriteScope,
} from "./staging.ts";
export { StoredVectors, storedChecksum } from "./stored-vectors.ts";
export { type LateVector, recordVisit, writeGraph, writeVectors } from "./writer.ts";
