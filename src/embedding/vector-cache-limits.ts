/** The bounds of the vector cache, and keeping it within them. */
import type { Database } from "bun:sqlite";
import { openForWriting } from "../sqlite/open.ts";
import { closeInPlace } from "./malformed-rows.ts";
import { planEviction, usedBytes } from "./vector-cache-eviction.ts";
import { evictInRounds, executeEviction } from "./vector-cache-removal.ts";

/** Part of the cap down to which rows go, so that the next few rows do not start it again. */
export const LOW_WATER_MARK = 0.9;

/** The bounds of a cache. */
export interface CacheLimits {
  /** Beyond this size rows go. */
  readonly maxBytes: number;
  /** Rows unused for longer than this go; milliseconds. */
  readonly maxAgeMs?: number | undefined;
}

/** How long a run waits for more room than it needs, in milliseconds. */
const LOW_WATER_MS = 3_000;

/**
 * Keeps the cache within its limits, and answers how many rows went. Costs microseconds when it is. A very large cache comes down to its
 * cap in any case, and towards the low-water mark for some seconds.
 *
 * @param mayGo answers false for keys that this run has used.
 */
export function enforceLimits(
  db: Database,
  { maxBytes, maxAgeMs }: CacheLimits,
  mayGo?: (key: string) => boolean,
  now: number = Date.now(),
): number {
  let evicted = 0;
  if (maxAgeMs !== undefined && hasOlder(db, now - maxAgeMs)) {
    evicted += executeEviction(db, planEviction(db, { unusedSince: now - maxAgeMs, mayGo, now }));
  }
  if (usedBytes(db) <= maxBytes) return evicted;
  const targetBytes = maxBytes * LOW_WATER_MARK;
  const deadline = performance.now() + LOW_WATER_MS;
  const isEnough = (): boolean => performance.now() >= deadline && usedBytes(db) <= maxBytes;
  return evicted + evictInRounds(db, () => planEviction(db, { targetBytes, mayGo, now }), { isEnough });
}

function hasOlder(db: Database, time: number): boolean {
  return db.query("SELECT 1 FROM cache WHERE last_used < ? LIMIT 1").get(time) !== null;
}

/** Evicts rows when the cache at `path` uses more than `maxBytes`, and answers how many went. Throws the driver's error. */
export function evictLeastRecentlyUsed(path: string, limits: CacheLimits): number {
  const db = openForWriting(path);
  try {
    return enforceLimits(db, limits);
  } finally {
    closeInPlace(db);
  }
}
