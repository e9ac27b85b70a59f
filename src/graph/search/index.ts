/** Search of the graph, by words and by meaning. */
export { originalsIn } from "./conflict-copies.ts";
export { countLetThrough, type Filters, filterable, filtersLeavingNothing, hasFilters } from "./filters.ts";
export {
  codeOfLanguage,
  isLanguageTag,
  languageOfDocument,
  languageTag,
  type Place,
  placeOf,
} from "./language/index.ts";
export { asksForSomething, minusLine } from "./query/index.ts";
export type { SearchMode } from "./rank.ts";
export {
  type Found,
  findInGraph,
  type SearchRequest,
  searchGraph,
  searchWords,
  type WordsFound,
} from "./search.ts";
export { SemanticIndex } from "./semantic.ts";
export type { Explanation, SearchResult } from "./shown/index.ts";
export {
  placesIn,
  soughtWords,
  type Undecided,
  undecidedAmong,
  type WordPlace,
  windowOf,
} from "./shown/index.ts";
export type { TemplateTest } from "./templates-below.ts";
export { type TermSource, termsOf } from "./terms/index.ts";
export { lackedByAll, type NearWords, nearInAll, nearLine } from "./words/index.ts";
