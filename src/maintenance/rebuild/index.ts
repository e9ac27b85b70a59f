/** Tier 2: makes the graph again from the files. */
export { BUILDING_SUFFIX, databasePlace, ownerOf } from "./condition.ts";
export { mayBeMoved } from "./plan.ts";

export const loadRebuild = () => import("./rebuild.ts");
