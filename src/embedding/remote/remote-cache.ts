/**
 * A remote vector cache as an embedder uses it. None of its methods ever fails: at the first fault the run goes on as
 * if there were none, with one warning (I8).
 */

import { readFileSync } from "node:fs";
import { interrupted, messageOf } from "../../system/index.ts";
import type { VectorRow } from "../cache/index.ts";

export interface RemoteCache {
  /** Told that vectors will be asked for soon: begins what takes a while. */
  expect(): void;
  /** The vectors of those keys that it has, each of them proved. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  /** Told of each vector that this run asked for and had, once: some may have come from there by another way. */
  had(key: string): void;
  /** Takes what was computed, to be put there by and by where that is allowed. Returns at once. */
  offer(rows: readonly VectorRow[]): void;
  stats(): RemoteStats;
  /** Puts there what is still waiting, for a short while, and lets go of it. */
  close(): Promise<void>;
}

/** What a run had to do with it. */
export interface RemoteStats {
  /** Vectors that were taken from there. */
  readonly hits: number;
  /** Rows that were there and did not prove themselves. */
  readonly refused: number;
  /** Vectors that were computed and are to be put there. */
  readonly offered: number;
  /** Why the run went on without it; null where it did not. */
  readonly fault: string | null;
}

/** A server of rows: what a live remote needs of it. Each method throws a {@link RemoteFault} once it is at fault. */
export interface RowServer {
  connect(): Promise<void>;
  /** For each name what is stored there; null for nothing, and for what is no value. */
  get(names: readonly string[]): Promise<(Uint8Array | null)[]>;
  set(rows: readonly (readonly [name: string, value: Uint8Array])[], ttlMs: number): Promise<void>;
  close(): void;
}

/** Why a remote cannot be used. Its message is a clause, without secrets. */
export class RemoteFault extends Error {}

/** How often the time is looked at, in milliseconds. */
const TICK_MS = 50;

/**
 * The outcome of `work`, or a fault once the time is up: a server that is silent keeps its promises open for ever.
 * Throws `interrupted` as soon as the signal is aborted.
 *
 * Time in which this thread was busy with something else does not count: what a healthy server said meanwhile lies
 * there unread, and a timer that is due comes before it. On a loaded machine that made every remote look dead.
 *
 * @param late a clause
 */
export async function within<T>(
  ms: number,
  late: string,
  work: Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let timer: ReturnType<typeof setInterval> | undefined;
  let stop = (): void => {};
  const deadline = new Promise<never>((_, reject) => {
    let left = ms;
    let before = performance.now();
    const tick = Math.max(1, Math.min(TICK_MS, ms));
    timer = setInterval(() => {
      const now = performance.now();
      left -= Math.min(now - before, 2 * tick);
      before = now;
      if (left <= 0) reject(new RemoteFault(late));
    }, tick);
    stop = () => reject(interrupted("What was asked of the remote vector cache"));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener("abort", stop);
    // Whatever still comes of it is nobody's concern.
    work.catch(() => {});
  }
}

/** The certificates of an authority of one's own. Throws a `RemoteFault`. */
export function ownAuthority(): { readonly ca?: string } {
  const file = process.env.NODE_EXTRA_CA_CERTS ?? "";
  if (file === "") return {};
  try {
    return { ca: readFileSync(file, "utf8") };
  } catch (error) {
    throw new RemoteFault(`the certificates of NODE_EXTRA_CA_CERTS cannot be read: ${messageOf(error)}`);
  }
}
