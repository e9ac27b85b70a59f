/**
 * The bounded queue before the workers, fair to all clients: each has a line of its own, and they take turns, so that
 * one that sends hundreds of requests at once does not make the others wait for all of them. When it is full, room is
 * made at the end of the longest line for whoever has a shorter one.
 */
export class FairQueue<Item> {
  readonly #most: number;
  readonly #lines = new Map<string, Item[]>();
  #length = 0;

  /** @param most how many may wait */
  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#length;
  }

  /** @returns what has no place: the item itself, one of a longer line, or nothing */
  add(client: string, item: Item): Item | undefined {
    const own = this.#lines.get(client) ?? [];
    const dropped = this.#length < this.#most ? undefined : this.#dropFor(own.length, item);
    if (dropped === item) return item;
    own.push(item);
    this.#lines.set(client, own);
    this.#length++;
    return dropped;
  }

  /** Before all others of its client: for what has waited already. */
  addAgain(client: string, item: Item): void {
    this.#lines.set(client, [item, ...(this.#lines.get(client) ?? [])]);
    this.#length++;
  }

  /** The next one, of the client whose turn it is. */
  take(): Item | undefined {
    for (const [client, line] of this.#lines) {
      const item = line.shift();
      this.#lines.delete(client);
      // Those that are served go behind the others.
      if (line.length > 0) this.#lines.set(client, line);
      if (item === undefined) continue;
      this.#length--;
      return item;
    }
    return undefined;
  }

  remove(client: string, item: Item): boolean {
    const line = this.#lines.get(client);
    const place = line?.indexOf(item) ?? -1;
    if (line === undefined || place < 0) return false;
    line.splice(place, 1);
    if (line.length === 0) this.#lines.delete(client);
    this.#length--;
    return true;
  }

  #dropFor(length: number, item: Item): Item {
    const longest = [...this.#lines.values()].reduce<Item[]>(
      (found, line) => (line.length > found.length ? line : found),
      [],
    );
    const last = longest.length > length + 1 ? longest.pop() : undefined;
    if (last === undefined) return item;
    this.#length--;
    return last;
  }
}
