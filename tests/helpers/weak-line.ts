/**
 * A line to a server that can be slow, and can be cut: what is on its way is lost then, and for a while nobody gets
 * through.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";

export class WeakLine implements Disposable {
  readonly #server: Server;
  readonly #delayMs: number;
  /** The port that it leads to. */
  #target: number;
  #isDown = false;
  readonly #ends = new Set<Socket>();

  private constructor(target: number, delayMs: number) {
    this.#target = target;
    this.#delayMs = delayMs;
    this.#server = createServer((client) => this.#join(client));
  }

  /** @param delayMs how long each byte takes, one way */
  static async to(target: number, delayMs = 0): Promise<WeakLine> {
    const line = new WeakLine(target, delayMs);
    line.#server.listen(0, "127.0.0.1");
    await once(line.#server, "listening");
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#isDown = true;
    for (const end of this.#ends) end.destroy();
  }

  /** @param target where it leads to from now on */
  mend(target = this.#target): void {
    this.#target = target;
    this.#isDown = false;
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#server.close();
  }

  #join(client: Socket): void {
    if (this.#isDown) {
      client.destroy();
      return;
    }
    const server = connect(this.#target, "127.0.0.1");
    for (const [end, other] of [[client, server] as const, [server, client] as const]) {
      this.#ends.add(end);
      end.setNoDelay(true);
      end.on("error", () => {});
      end.on("close", () => {
        this.#ends.delete(end);
        other.destroy();
      });
      if (this.#delayMs === 0) end.pipe(other);
      else end.pipe(delayed(this.#delayMs)).pipe(other);
    }
  }
}

/** Each part goes on after its time; what comes later waits for its own, and not for what came before. */
function delayed(ms: number): Transform {
  return new Transform({
    transform(part: Uint8Array, _, next) {
      setTimeout(() => this.push(part), ms);
      next();
    },
    flush(end) {
      setTimeout(end, ms);
    },
  });
}
