/** How many vectors are still to be computed, and how long that takes. */
import type { Database } from "bun:sqlite";
import { countPending, readPace } from "../../graph/index.ts";
import type { ProjectPaths } from "../../project/index.ts";
import { readLockHolder } from "../../project/lock/index.ts";
import { isAlive } from "../../system/process/index.ts";
import type { Pending } from "../told.ts";

/** Undefined where every chunk has its vector. */
export function readPending(paths: ProjectPaths, db: Database): Pending | undefined {
  const { chunks, of } = countPending(db);
  if (chunks === 0) return undefined;
  const share = Math.floor((1 - chunks / of) * 10_000) / 10_000;
  const pace = isAtWork(paths) ? readPace(db) : undefined;
  return { chunks, share, ...(pace === undefined ? {} : { secondsLeft: Math.ceil(chunks / pace) }) };
}

/** Whether an ingest is computing them, as far as its name beside the lock tells. */
function isAtWork(paths: ProjectPaths): boolean {
  const holder = readLockHolder(paths);
  return holder !== undefined && isAlive(holder.pid);
}
