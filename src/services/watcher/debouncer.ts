/**
 * Decides when changes are acted on: once it has been quiet for a while, or at the latest some time after the first
 * of them, so that constant change cannot put it off for ever.
 */

export interface DebounceTimes {
  /** How long it must have been quiet, in milliseconds. */
  readonly quietMs: number;
  /** How long the first change may wait, in milliseconds. */
  readonly latestMs: number;
}

export class Debouncer {
  #first: number | undefined;
  #last = 0;
  #wake: (() => void) | undefined;

  /** Something has changed. @param now milliseconds of a clock that only goes forward */
  mark(now = performance.now()): void {
    this.#first ??= now;
    this.#last = now;
    this.#wake?.();
  }

  /** Forgets what was marked: whoever acts from now on sees all of it. */
  clear(): void {
    this.#first = undefined;
  }

  get isMarked(): boolean {
    return this.#first !== undefined;
  }

  /** When to act, on the clock of `mark`; undefined while nothing is marked. */
  dueAt({ quietMs, latestMs }: DebounceTimes): number | undefined {
    return this.#first === undefined ? undefined : Math.min(this.#last + quietMs, this.#first + latestMs);
  }

  /** Resolves when it is time to act, or when the signal is aborted. */
  async wait(times: () => DebounceTimes, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = this.dueAt(times());
      if (due !== undefined && due <= performance.now()) return;
      await this.#sleep(due === undefined ? undefined : due - performance.now(), signal);
    }
  }

  /** Until the time is up, something is marked, or the signal is aborted; without a time only the latter two. */
  #sleep(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.#wake = undefined;
        resolve();
      };
      const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds);
      signal.addEventListener("abort", done, { once: true });
      // While a time is running, further changes only put it off, which is found out when it is up.
      if (milliseconds === undefined) this.#wake = done;
    });
  }
}
