/** What a search may be asked for; apart from the search itself, so that declaring an option costs no import of it. */
import type { SearchMode } from "../graph/search/index.ts";

export const SEARCH_MODES = ["hybrid", "lexical", "semantic"] as const satisfies readonly SearchMode[];

/** Documents to return at most, where the request does not say. */
export const DEFAULT_SEARCH_LIMIT = 10;
export const MAX_SEARCH_LIMIT = 1000;
