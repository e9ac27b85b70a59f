/** What lies in the place of a vector cache and is none that this version knows. */

/** `user_version` of a vector cache. */
export const CACHE_SCHEMA_VERSION = 2;

/** The file is a database, or an empty file, but not a vector cache that this version knows. */
export class UnknownCacheSchema extends Error {
  readonly version: number;

  constructor(version: number, reason = reasonOf(version)) {
    super(reason);
    this.version = version;
  }
}

/**
 * The file is there and has no table yet, as a full disk leaves it. The next ingest that computes something goes on
 * with it.
 */
export class EmptyCache extends UnknownCacheSchema {
  constructor() {
    super(0, "it is empty");
  }
}

/** What lies in the place of the cache is a folder, a pipe or a device. */
export class NotAFile extends Error {
  constructor() {
    super("it is not a file");
  }
}

export function reasonOf(version: number): string {
  return version > CACHE_SCHEMA_VERSION
    ? `it has schema version ${version}, and this amalfa knows ${CACHE_SCHEMA_VERSION}`
    : SOMETHING_ELSE;
}

export const SOMETHING_ELSE = "it is a database of something else";
