/** What is shown of the documents that were found. */
export { describe, type Explanation, type SearchResult } from "./describe.ts";
export { placesIn, soughtWords, windowOf } from "./excerpt.ts";
export { type Undecided, undecidedAmong } from "./sentences.ts";
export type { Hit as WordPlace } from "./window.ts";
