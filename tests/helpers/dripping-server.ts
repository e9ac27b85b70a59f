/** A web server that answers as slowly as is told, and never comes to an end. */
export class DrippingServer implements Disposable {
  readonly url: string;
  /** Bytes of content that were sent so far. */
  sent = 0;
  readonly #listener: { readonly port: number; stop(force: boolean): void };
  readonly #timers = new Set<ReturnType<typeof setInterval>>();

  /** @param part what is sent of the content every 100 milliseconds */
  constructor(part: string) {
    this.#listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data: (socket) => {
          socket.write(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900000000\r\n\r\n",
          );
          const timer = setInterval(() => {
            this.sent += Math.max(0, socket.write(part));
          }, 100);
          this.#timers.add(timer);
        },
      },
    });
    this.url = `http://127.0.0.1:${this.#listener.port}/packs`;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#listener.stop(true);
  }
}
