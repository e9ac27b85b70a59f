/**
 * How fast vectors are being computed, and how long the rest will take.
 *
 * Vectors from the cache cost nothing, and a run that goes on where another one stopped begins with thousands of
 * them. An average since the start would promise that the rest goes as fast. So only time in which something was
 * computed counts, and of that only the latest.
 *
 * Vectors from the cache come in leaps. How long the rest takes can only be told from several samples; before that the answer would be
 * another one every second.
 */

/** A moment of the work. */
export interface Sample {
  /** Milliseconds, from any origin. */
  readonly at: number;
  /** Work done, in any unit. */
  readonly done: number;
  readonly computed: number;
}

export interface Estimate {
  readonly computedPerSecond: number | undefined;
  readonly remainingMs: number | undefined;
}

const WINDOW_MS = 20_000;
const ENOUGH_MS = 1_000;
/** Before this much time and this many leaps, nothing is said of the remaining time. */
const ENOUGH_FOR_REMAINING_MS = 3_000;
const ENOUGH_LEAPS = 3;
/** Samples closer together than this are merged, so that a fast run does not keep thousands of them. */
const RESOLUTION_MS = 200;

export class RateEstimate {
  #samples: Sample[] = [];
  #latest: Sample | undefined;
  /** Samples at which more work was done than at the one before. */
  #leaps = 0;

  reset(): void {
    this.#samples = [];
    this.#leaps = 0;
    this.#latest = undefined;
  }

  add(sample: Sample): void {
    const before = this.#latest;
    this.#latest = sample;
    if (this.#samples.length === 0) {
      // The clock starts with the moment before the first vector was computed.
      if (sample.computed > (before?.computed ?? 0)) this.#samples.push(before ?? sample, sample);
      return;
    }
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.at - last.at < RESOLUTION_MS) return;
    if (sample.done > (last?.done ?? 0)) this.#leaps++;
    this.#samples.push(sample);
    while (this.#samples.length > 2 && sample.at - (this.#samples[1]?.at ?? 0) > WINDOW_MS)
      this.#samples.shift();
  }

  estimate(work: { readonly done: number; readonly total: number }): Estimate {
    const first = this.#samples[0];
    const last = this.#latest;
    const elapsed = first === undefined || last === undefined ? 0 : last.at - first.at;
    if (first === undefined || last === undefined || elapsed < ENOUGH_MS) {
      return { computedPerSecond: undefined, remainingMs: undefined };
    }
    const done = last.done - first.done;
    const isKnown = done > 0 && elapsed >= ENOUGH_FOR_REMAINING_MS && this.#leaps >= ENOUGH_LEAPS;
    return {
      computedPerSecond: ((last.computed - first.computed) * 1000) / elapsed,
      remainingMs: isKnown ? (Math.max(0, work.total - work.done) * elapsed) / done : undefined,
    };
  }
}
