/** How long a hub is waited for, and how often it is asked. */

export interface Patience {
  /** Without a byte for so long, a connection is given up. */
  readonly idleMs: number;
  /** Attempts that brought nothing, one after the other. */
  readonly attempts: number;
  /** Before the second attempt, and twice as long each time. */
  readonly pauseMs: number;
  /** A hub that wants to be left alone for longer is not waited for. */
  readonly longestWaitMs: number;
}

export const PATIENCE: Patience = { idleMs: 30_000, attempts: 5, pauseMs: 500, longestWaitMs: 60_000 };

/** Ends a request that nothing comes from. */
export class Watch implements Disposable {
  readonly #idle = new AbortController();
  readonly #idleMs: number;
  readonly signal: AbortSignal;
  #timer: Timer | undefined;

  constructor(idleMs: number, signal: AbortSignal) {
    this.#idleMs = idleMs;
    this.signal = AbortSignal.any([this.#idle.signal, signal]);
    this.alive();
  }

  get isIdle(): boolean {
    return this.#idle.signal.aborted;
  }

  alive(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#idle.abort(), this.#idleMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Seconds, or a date; undefined where nothing was said. In milliseconds. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export async function paused(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
