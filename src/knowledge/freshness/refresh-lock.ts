/** The maintenance lock, for the moment that bringing in a few documents takes. */
import type { Project } from "../../project/index.ts";
import {
  type LockHolder,
  type MaintenanceLock,
  readLockHolder,
  takeMaintenanceLock,
} from "../../project/lock/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { isAlive, isStopped } from "../../system/process/index.ts";

/** What the lock is said to be held for. */
const REFRESH = "refresh";

/**
 * How long to wait for those who hold the lock for milliseconds, unless the machine is busy, and how often to look, in
 * milliseconds.
 */
const SHORT_WAIT_MS = 10_000;
/** For what an answer can do without, and the next one does as well, such as vectors. */
export const NO_WAIT_MS = 100;
const LOOK_EVERY_MS = 20;
const WATCHER_BATCH_MS = 2_000;
const NAMELESS_MS = 3_000;

/**
 * Those that hold the lock for milliseconds are waited for, an ingest is not. Whoever has just taken the lock, or is
 * about to let it go, has no name beside it: an answer that took that for an ingest missed what was just written. One
 * that stays without a name is another program, or could not write its name, and every answer would wait for it.
 */
export async function takeLock({ paths }: Project, waitMs = SHORT_WAIT_MS): Promise<MaintenanceLock> {
  const until = performance.now() + waitMs;
  let namelessUntil = performance.now() + NAMELESS_MS;
  for (;;) {
    try {
      return await takeMaintenanceLock(paths, { command: REFRESH, waitSeconds: 0 });
    } catch (error) {
      const isHeld = error instanceof AmalfaError && error.code === "lock.held";
      if (!isHeld || performance.now() >= until) throw error;
      const holder = livingHolder(paths);
      if (holder !== undefined) namelessUntil = performance.now() + NAMELESS_MS;
      if (holder === undefined ? performance.now() >= namelessUntil : holdsForLong(holder)) throw error;
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

/** A name that a killed process has left says nothing of who holds the lock now. */
function livingHolder(paths: Project["paths"]): LockHolder | undefined {
  const holder = readLockHolder(paths);
  return holder !== undefined && isAlive(holder.pid) ? holder : undefined;
}

function holdsForLong(holder: LockHolder): boolean {
  if (![REFRESH, "serve", "watcher"].includes(holder.command) || isStopped(holder.pid)) return true;
  // A batch of the watcher is mostly as short, and its first one is not.
  return holder.command === "watcher" && Date.now() - Date.parse(holder.since) > WATCHER_BATCH_MS;
}
