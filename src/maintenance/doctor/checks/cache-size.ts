/** `cache.size`: what the vector cache holds, against its cap. */

import { type CacheUse, evictLeastRecentlyUsed, readCacheUse } from "../../../embedding/cache/index.ts";
import { formatBytes } from "../../../system/index.ts";
import {
  type Check,
  type CheckOutcome,
  counted,
  type FixTarget,
  numberOf,
  outcomeOf,
  textOf,
  withCache,
} from "../check.ts";

export const cacheSize: Check = {
  id: "cache.size",
  repair: evict,
  async run(context): Promise<CheckOutcome> {
    const path = context.project.paths.vectorCache;
    const { maxBytes } = context.project.settings.cache;
    return withCache(context, (db) => {
      const use: CacheUse = readCacheUse(db);
      const figures = `${formatBytes(use.bytes)} of ${formatBytes(maxBytes)}`;
      if (use.bytes <= maxBytes) return outcomeOf([], `the vector cache uses ${figures}`);
      return outcomeOf(
        [
          {
            severity: "warning",
            message: `The vector cache ${path} uses ${figures}.`,
            why: "It takes more of the disk than the `cache.maxBytes` setting allows.",
            subject: path,
            fix: { action: "evict the least recently used rows", target: { path, maxBytes } },
            commands: [],
          },
        ],
        "",
      );
    });
  },
};

/* Fix of `cache.size`: evicts the least recently used rows. */

async function evict(target: FixTarget): Promise<string> {
  const evicted = evictLeastRecentlyUsed(textOf(target, "path"), { maxBytes: numberOf(target, "maxBytes") });
  return counted(evicted, "1 row evicted", "rows evicted");
}
