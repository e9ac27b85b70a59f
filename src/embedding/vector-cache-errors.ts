/** What the commands that are about the vector cache say when it cannot be used. A run that merely uses it never fails on its account. */
import { statSync } from "node:fs";
import { AmalfaError, accessReason, EXIT, messageOf, systemErrorCode } from "../errors.ts";
import { isBusy, sqliteCode } from "../sqlite/open.ts";
import { EmptyCache, NotAFile, UnknownCacheSchema } from "./vector-cache-schema.ts";

/** Runs `work`, and turns what SQLite throws into what a user can act on. */
export function guardedCache<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cacheError(path, error);
  }
}

/** Throws `cache.missing`, and `cache.unusable` where a folder on the way is none. */
export function requireCacheFile(path: string): void {
  if (!isThere(path)) throw missing(path);
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw cacheError(path, error);
  }
}

function missing(path: string): AmalfaError {
  return new AmalfaError("cache.missing", `There is no vector cache at ${path} yet.`, {
    hint: "Run `amalfa init`; where there is a graph already, `amalfa rebuild` fills a cache from it without computing anything.",
  });
}

/** Others than SQLite's and the file system's pass through. */
export function cacheError(path: string, error: unknown): unknown {
  if (error instanceof EmptyCache) return missing(path);
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
  if (/^(ELOOP|ENAMETOOLONG|ENOTDIR|EACCES|EPERM)$/.test(systemErrorCode(error) ?? "")) {
    return new AmalfaError("cache.unusable", `${path} cannot be reached: ${accessReason(error)}.`, {
      hint: "Mend the link, the folder or the permissions on the way, or correct the `cache.path` setting.",
      cause: error,
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
