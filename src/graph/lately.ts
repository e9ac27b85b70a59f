/** What was read of the graph lately, by what it was asked for: kept for as long as the graph is the same. */
export class Lately<Key, Value> {
  readonly #most: number;
  #state: number | string = Number.NaN;
  #of = new Map<Key, Value>();

  /** @param most how much may be kept */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * What there is to know of each of these, in their order.
   * @param state another one whenever the graph may be another one
   * @param read what was not read lately
   */
  of(
    state: number | string,
    wanted: readonly Key[],
    read: (unknown: Key[]) => Iterable<readonly [Key, Value]>,
  ) {
    if (this.#state !== state || this.#of.size > this.#most) this.#of = new Map();
    this.#state = state;
    const { found, unknown } = this.#known(wanted);
    if (unknown.length === 0) return found;
    for (const pair of read(unknown)) this.#of.set(pair[0], pair[1]);
    return this.#known(wanted).found;
  }

  #known(wanted: readonly Key[]) {
    const found = new Map<Key, Value>();
    const unknown: Key[] = [];
    for (const key of wanted) {
      const value = this.#of.get(key);
      if (value === undefined) unknown.push(key);
      else found.set(key, value);
    }
    return { found, unknown };
  }
}
