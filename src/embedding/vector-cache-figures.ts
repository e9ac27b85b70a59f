/** How much the vector cache holds. Reads only, and never fails on account of the cache (I8). */
import { statSync } from "node:fs";
import { openToRead } from "../sqlite/open-as-it-lies.ts";

export interface VectorCacheFigures {
  /** Rows; 0 where there is no cache or it cannot be read. */
  readonly entries: number;
  /** Size of the file, without its write-ahead log. */
  readonly bytes: number;
}

export function readVectorCacheFigures(path: string): VectorCacheFigures {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return { entries: bytes === 0 ? 0 : countRows(path), bytes };
}

function countRows(path: string): number {
  try {
    using db = openToRead(path).db;
    return db.query<{ entries: number }, []>("SELECT count(*) AS entries FROM cache").get()?.entries ?? 0;
  } catch {
    // What is wrong with the file is for the doctor to say.
    return 0;
  }
}
