/** Search of the graph, by words and by meaning. */
export { originalsIn } from "./conflict-copies.ts";
export type { Explanation, SearchResult } from "./describe.ts";
export { placesIn, soughtWords, type WordPlace, windowOf } from "./excerpt.ts";
export { minusLine } from "./excluded.ts";
export { countLetThrough, type Filters, filterable, filtersLeavingNothing, hasFilters } from "./filters.ts";
export { codeOfLanguage, languageTag, type Place, placeOf } from "./language-folders.ts";
export { isLanguageTag, languageOfDocument } from "./languages.ts";
export { type NearWords, nearInAll, nearLine } from "./near-words.ts";
export { asksForSomething } from "./query.ts";
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
export { type Undecided, undecidedAmong } from "./sentences.ts";
export type { TemplateTest } from "./templates-below.ts";
export { type TermSource, termsOf } from "./terms.ts";
export { lackedByAll } from "./to-the-letter.ts";
