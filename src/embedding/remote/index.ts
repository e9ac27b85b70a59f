/** The remote vector cache: vectors that another machine has computed, and those that others may have from here. */
export type { RemotePruning } from "./examine.ts";
export { forgetPacks } from "./pack-record.ts";
export type { PackPlace, Packs, PullReport, PushReport } from "./packs.ts";
export { type RemoteCache, RemoteFault, type RemoteStats } from "./remote-cache.ts";

export const loadRemote = () => import("./open.ts");
