/**
 * Room for the bodies of requests, together: each of them is bounded, and a thousand at once would still take all of
 * the memory. What has arrived counts, not what is announced, and small bodies take no room: whoever announces much, or
 * sends slowly, keeps nobody else out. Nobody takes more than half of it.
 */
export class Room {
  readonly #mostBytes: number;
  readonly #smallBytes: number;
  readonly #taken = new Map<string, number>();
  #sum = 0;

  constructor({ mostBytes, smallBytes }: { readonly mostBytes: number; readonly smallBytes: number }) {
    this.#mostBytes = mostBytes;
    this.#smallBytes = smallBytes;
  }

  /** A place for one body. @param client whose it is */
  seat(client: string): Seat {
    let taken = 0;
    return {
      hold: (bytes) => {
        const more = (bytes <= this.#smallBytes ? 0 : bytes) - taken;
        const own = this.#taken.get(client) ?? 0;
        if (more > 0 && (this.#sum + more > this.#mostBytes || own + more > this.#mostBytes / 2))
          return false;
        taken += more;
        this.#add(client, more);
        return true;
      },
      [Symbol.dispose]: () => this.#add(client, -taken),
    };
  }

  #add(client: string, bytes: number): void {
    const own = (this.#taken.get(client) ?? 0) + bytes;
    this.#sum += bytes;
    if (own > 0) this.#taken.set(client, own);
    else this.#taken.delete(client);
  }
}

export interface Seat extends Disposable {
  /** Whether there is room for so many bytes of the body in all. */
  hold(bytes: number): boolean;
}
