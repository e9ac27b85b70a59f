/** What every check of the cache's rows begins with: a cache of this version, or a reason to skip. */
import type { Database } from "bun:sqlite";
import { isVectorCache } from "../../embedding/vector-cache-schema.ts";
import { blocked, type CheckOutcome, skipped } from "./check.ts";
import type { CheckContext } from "./context.ts";

/** Runs `look` on a readable cache, or skips: what is wrong with the file is for `cache.open` to report. */
export async function withCache(
  context: CheckContext,
  look: (db: Database) => CheckOutcome | Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  const cache = context.vectorCache();
  if (cache.kind === "missing" || cache.kind === "no bytes") return skipped("there is no vector cache yet");
  if (cache.kind === "trouble") return blocked("the vector cache cannot be read", "cache.open");
  if (!isVectorCache(cache.db)) return blocked("there is no vector cache of this version", "cache.open");
  return look(cache.db);
}
