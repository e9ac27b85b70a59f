/** What the commands that are about the vector cache say when it cannot be used. A run that merely uses it never fails on its account. */
import { existsSync } from "node:fs";
import { AmalfaError, EXIT, messageOf } from "../errors.ts";
import { isBusy, sqliteCode } from "../sqlite/open.ts";
import { NotAFile, UnknownCacheSchema } from "./vector-cache-schema.ts";

/** Runs `work`, and turns what SQLite throws into what a user can act on. */
export function guardedCache<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cacheError(path, error);
  }
}

/** Throws `cache.missing`. */
export function requireCacheFile(path: string): void {
  if (existsSync(path)) return;
  throw new AmalfaError("cache.missing", `There is no vector cache at ${path} yet.`, {
    hint: "Run `amalfa init`; where there is a graph already, `amalfa rebuild` fills a cache from it without computing anything.",
  });
}

/** Others than SQLite's pass through. */
export function cacheError(path: string, error: unknown): unknown {
  if (error instanceof UnknownCacheSchema) {
    return new AmalfaError("cache.schema", `${path} is no vector cache of this version: ${error.message}.`, {
      hint: "Upgrade amalfa, or correct the `cache.path` setting; nothing was changed.",
    });
  }
  if (error instanceof NotAFile) {
    return new AmalfaError("cache.unusable", `${path} cannot be used: ${error.message}.`, {
      hint: "Move it away, or correct the `cache.path` setting.",
    });
  }
  const code = sqliteCode(error);
  if (code === undefined) return error;
  if (isBusy(error)) {
    return new AmalfaError("cache.busy", `Another process is writing to ${path}.`, {
      hint: "Run the command again in a moment.",
      exit: EXIT.busy,
      cause: error,
    });
  }
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return new AmalfaError("cache.damaged", `${path} is damaged or no vector cache: ${messageOf(error)}.`, {
      hint: "Run `amalfa doctor --fix`, which moves it to quarantine, and then `amalfa rebuild`, which fills a new one from the graph.",
      cause: error,
    });
  }
  return new AmalfaError("cache.unusable", `${path} cannot be used: ${messageOf(error)}.`, {
    hint: "Look at its permissions and at the free space of the disk; `amalfa doctor` says more.",
    cause: error,
  });
}
