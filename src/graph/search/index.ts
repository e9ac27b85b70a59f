/** Search of the graph, by words and by meaning. */
export { excerpt, placesIn, soughtWords, type WordPlace } from "./excerpt.ts";
export type { SearchMode } from "./rank.ts";
export { type SearchResult, searchGraph } from "./search.ts";
export { SemanticIndex } from "./semantic.ts";
export { type TermSource, termsOf } from "./terms.ts";
