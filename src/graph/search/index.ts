/** Search of the graph, by words and by meaning. */
export { excerpt, placesIn, soughtWords, type WordPlace } from "./excerpt.ts";
export { type SearchMode, type SearchResult, searchGraph } from "./search.ts";
export { SemanticIndex } from "./semantic.ts";
