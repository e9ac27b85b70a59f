/** Which files are documents. */
export { admitsDocument } from "./admits.ts";
export { type DiscoveredSource, type Discovery, discover } from "./discover.ts";
export type { DiscoveredFile } from "./findings.ts";
export { findLinkRoots, storedLinkRoots } from "./link-roots.ts";
export { placeholdersOf } from "./placeholders.ts";
export { Survey } from "./survey.ts";
