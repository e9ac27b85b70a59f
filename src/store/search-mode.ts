/** How to search; apart from the search itself, so that declaring the option costs no import of it. */
export const SEARCH_MODES = ["hybrid", "lexical", "semantic"] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];
