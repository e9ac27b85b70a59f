/** The ingest: brings the graph up to date with the files. */
export { chunkText, fingerprintOf, queryText } from "./chunking/index.ts";
export { type Differences, type Drift, findDifferences, findDrift } from "./drift.ts";
export type { IngestProgress, IngestReport } from "./options.ts";
export { isAsKnown, type OtherTree, treesToKeep } from "./plan.ts";

export const loadIngest = () => import("./ingest.ts");

/** Loads what computes vectors that are still missing. */
export const loadPendingVectors = () => import("./pending-vectors.ts");
/** Loads what says what the files alone would make a graph of. */
export const loadGraphOfFiles = () => import("./from-files.ts");
