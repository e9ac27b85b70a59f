/**
 * What questions may ask for, and what they ask for where they do not say; apart from the answers, so that declaring an
 * option costs no import of them.
 */
import type { SearchMode } from "../graph/search/index.ts";

export const SEARCH_MODES = ["hybrid", "lexical", "semantic"] as const satisfies readonly SearchMode[];

/** Documents to return at most, where the request does not say. */
export const DEFAULT_SEARCH_LIMIT = 10;
export const MAX_SEARCH_LIMIT = 1000;

/** Pairs to return at most, where the request does not say. */
export const DEFAULT_GAPS_LIMIT = 20;
export const MAX_GAPS_LIMIT = 1000;
/** The least cosine of a pair, where the request does not say. */
export const DEFAULT_GAPS_THRESHOLD = 0.6;
