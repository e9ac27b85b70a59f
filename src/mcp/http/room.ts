/**
 * Room for the bodies of requests, together: each of them is bounded, and a thousand at once would still take all of
 * the memory. Nobody takes more than half of it, so that whoever sends slowly, or without end, keeps nobody else out.
 */
export class Room {
  readonly #mostBytes: number;
  readonly #taken = new Map<string, number>();
  #sum = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Undefined where there is none. @param client whose body it is */
  take(client: string, bytes: number): Disposable | undefined {
    const own = this.#taken.get(client) ?? 0;
    if (this.#sum + bytes > this.#mostBytes || own + bytes > this.#mostBytes / 2) return undefined;
    this.#add(client, bytes);
    return { [Symbol.dispose]: () => this.#add(client, -bytes) };
  }

  #add(client: string, bytes: number): void {
    const own = (this.#taken.get(client) ?? 0) + bytes;
    this.#sum += bytes;
    if (own > 0) this.#taken.set(client, own);
    else this.#taken.delete(client);
  }
}
