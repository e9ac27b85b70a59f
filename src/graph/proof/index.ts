/** Digests beside the rows, by which the graph proves itself (I15). */
export { DocumentDigests, digestOfRow, joinedColumns, joinedValues, type ProvedColumn } from "./digests.ts";
export {
  chunkFault,
  countFaults,
  type DocumentFault,
  documentFaults,
  proofFaults,
  provedRows,
  requireProved,
  sampleOf,
} from "./examine.ts";
export { metaFault, sealMeta } from "./meta.ts";
export { forgetPackProofs, packFaults, provePack, readProvedPacks } from "./packs.ts";
export {
  beginLateVectors,
  type ComparedChunks,
  noteRelinked,
  proveEverything,
  proveWritten,
} from "./write.ts";
