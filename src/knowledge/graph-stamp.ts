/** Which graph was read: nothing has been written to it while its stamp is the same. */
import type { Database } from "bun:sqlite";

/** Of one connection only: another one counts for itself. */
export interface GraphStamp {
  readonly db: Database;
  readonly version: number;
}

export function graphStamp(db: Database): GraphStamp {
  const row = db.query<{ data_version: number }, []>("PRAGMA data_version").get();
  return { db, version: row?.data_version ?? Number.NaN };
}

export function isSameGraph(one: GraphStamp, other: GraphStamp): boolean {
  return one.db === other.db && one.version === other.version;
}
