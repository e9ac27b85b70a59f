/** Fix of `cache.size`: evicts the least recently used rows. */
import { evictLeastRecentlyUsed } from "../../embedding/vector-cache-limits.ts";
import { type Fix, numberOf, textOf } from "./fix.ts";

export const evict: Fix = async (target) => {
  const evicted = evictLeastRecentlyUsed(textOf(target, "path"), { maxBytes: numberOf(target, "maxBytes") });
  return `${evicted} rows evicted`;
};
