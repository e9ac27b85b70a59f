/** Care of the vector cache: pruning, clearing, exporting and proving it. */
export type { CompactReport, PruneReport } from "./prune.ts";
export type { RemotePruneReport, RemoteReport } from "./remote.ts";
export type { VerifyReport } from "./verify.ts";

/** Loads what embeds texts again and compares, and the markdown parser with it. */
export const loadVerification = () => import("./verify.ts");

export const loadPruning = () => import("./prune.ts");
export const loadExportPlace = () => import("./export-place.ts");
/** Loads what asks a remote vector cache how it is. */
export const loadRemoteCare = () => import("./remote.ts");
