/**
 * A Redis or Valkey server of a test's own: on a free port of this machine, in a folder of its own, ended by its PID.
 */
import { RedisClient } from "bun";
import { freePort } from "./free-port.ts";
import { TempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

/** The program of a server that speaks this protocol; undefined where none is installed. */
export const REDIS = Bun.which("redis-server") ?? undefined;
export const VALKEY = Bun.which("valkey-server") ?? undefined;

export class RedisProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: Bun.Subprocess;
  readonly #folder: TempFolder;

  private constructor(port: number, child: Bun.Subprocess, folder: TempFolder) {
    this.port = port;
    this.#child = child;
    this.#folder = folder;
  }

  /** @param args of the server, besides those that give it a place */
  static async start(args: readonly string[] = [], program = REDIS): Promise<RedisProcess> {
    if (program === undefined) throw new Error("no server is installed");
    const folder = new TempFolder();
    const port = await freePort();
    const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder.path, "--save", ""];
    const child = Bun.spawn([program, ...place, ...args], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    const server = new RedisProcess(port, child, folder);
    const listens = args.includes("--tls-port") ? Number(args[args.indexOf("--tls-port") + 1]) : port;
    await until(() => accepts(listens), { what: "a server that accepts connections" });
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** A client for the test itself. */
  async client(): Promise<RedisClient> {
    const client = new RedisClient(this.url, { autoReconnect: false });
    await client.connect();
    return client;
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A server that is stopped would not see anything else.
    this.kill();
    await this.#child.exited;
    this.#folder[Symbol.dispose]();
  }
}

async function accepts(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
