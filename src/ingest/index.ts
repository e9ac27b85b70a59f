/** The ingest: brings the graph up to date with the files. */
export { type Drift, findDrift } from "./drift.ts";
export type { IngestProgress, IngestReport } from "./options.ts";

export const loadIngest = () => import("./ingest.ts");
