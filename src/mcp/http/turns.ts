/**
 * Turns of what takes a millisecond each: of fifty requests that come at once each is begun by itself, and in between
 * whatever else waits is done. All in one go blocked the thread for as long as all of them take.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is one's turn: at once where nobody came just before. */
  take(): Promise<void> {
    const turn = this.#last;
    this.#last = turn.then(() => new Promise((resolve) => setImmediate(resolve)));
    return turn;
  }
}
