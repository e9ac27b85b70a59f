/**
 * Turns of what takes a millisecond each: of fifty requests that come at once each is begun by itself, and in between
 * whatever else waits is done. All in one go blocked the thread for as long as all of them take.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is one's turn: not before all that has come by now is there, so that it is told together. */
  take(): Promise<void> {
    this.#last = this.#last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#last;
  }
}
