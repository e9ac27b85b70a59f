/**
 * How long a statement waits for a lock that another process holds.
 *
 * A command meets several locks: those of the project, the graph, the vector cache, the list of projects. When each of
 * them was waited for as long as a statement may wait, `init --wait 2` took twelve seconds.
 */

const USUAL_MS = 5_000;
/** Whoever looks whether a lock is free holds it for a moment, which is never too long. */
export const MOMENT_MS = 500;

let longestMs = USUAL_MS;

/** In milliseconds, for `PRAGMA busy_timeout`. */
export function busyTimeout(): number {
  return longestMs;
}

/** For a process that is one command: connections that are opened from now on wait no longer than this. */
export function waitNoLongerThan(milliseconds: number): void {
  longestMs = Math.round(Math.min(USUAL_MS, Math.max(MOMENT_MS, milliseconds)));
}
