/** The tiers of maintenance, and moving damaged files aside. */
export type { LockedIngestOptions } from "./init.ts";
export type { Needs } from "./space.ts";

export const loadInit = () => import("./init.ts");
export const loadSpace = () => import("./space.ts");
export const loadQuarantine = () => import("./quarantine.ts");
