/** Which rows of this machine's vector cache others may have. */
import type { Model } from "../../project/index.ts";
import { openToRead } from "../../sqlite/index.ts";

export interface OwnRows {
  readonly model: Model;
  /** The vector cache of this machine. */
  readonly cachePath: string;
  /**
   * What may go elsewhere: vectors of the project's own chunks. Those of what was searched for are nobody else's
   * business.
   */
  readonly ownKeys: () => { has(key: string): boolean };
}

/** In the order in which they were put into the cache. Throws what SQLite does. */
export function ownKeysOf({ model, cachePath, ownKeys }: OwnRows): string[] {
  const own = ownKeys();
  using db = openToRead(cachePath).db;
  const keys = db
    .query("SELECT key FROM cache WHERE model = ? ORDER BY rowid")
    .values(model.id)
    .flat() as string[];
  return keys.filter((key) => own.has(key));
}
