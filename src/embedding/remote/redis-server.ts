/**
 * Redis or Valkey, by the client that Bun has.
 *
 * - Only `getBuffer` gives binary values back as they are: `mget`, and `send` with any command, damage them.
 * - Left to its defaults, the client waits, retries and queues for minutes. Here it tries once; a server that takes the
 *   connection and then says nothing is told by a deadline of our own, and so is one that does not even take it.
 */
import { RedisClient } from "bun";
import type { RemoteUse } from "../../project/index.ts";
import { messageOf } from "../../system/index.ts";
import { ownAuthority, RemoteFault, type RowServer, within } from "./remote-cache.ts";

const CONNECT_MS = 1_000;
const WINDOW_MS = 2_000;
/** The client's own timer also counts while this thread is busy, and is there for the worst alone. */
const LONGEST_CONNECT_MS = 15_000;

export class RedisServer implements RowServer {
  readonly #client: RedisClient;
  readonly #secrets: readonly string[];

  constructor({ url }: Pick<RemoteUse, "url">) {
    const address = url.reveal();
    this.#secrets = url.secrets();
    this.#client = new RedisClient(address.href, {
      autoReconnect: false,
      maxRetries: 0,
      enableOfflineQueue: false,
      connectionTimeout: LONGEST_CONNECT_MS,
      ...(url.isEncrypted ? { tls: tlsOptions(address.hostname) } : {}),
    });
  }

  async connect(): Promise<void> {
    const late = `it has not answered within ${CONNECT_MS / 1000} s`;
    await this.#guarded(CONNECT_MS, late, this.#client.connect());
  }

  get(names: readonly string[]): Promise<(Uint8Array | null)[]> {
    const replies = names.map((name) => this.#client.getBuffer(name).catch(nothingOfOtherKind));
    return this.#guarded(WINDOW_MS, LATE, Promise.all(replies));
  }

  async set(rows: readonly (readonly [string, Uint8Array])[], ttlMs: number): Promise<void> {
    const seconds = Math.max(1, Math.round(ttlMs / 1000));
    const replies = rows.map(([name, value]) => this.#client.set(name, value, "EX", seconds));
    await this.#guarded(WINDOW_MS, LATE, Promise.all(replies));
  }

  /** Any other command, with replies that are text or numbers. */
  async send(command: string, args: readonly string[]): Promise<unknown> {
    return await this.#guarded(WINDOW_MS, LATE, this.#client.send(command, [...args]));
  }

  close(): void {
    this.#client.close();
  }

  async #guarded<T>(ms: number, late: string, work: Promise<T>): Promise<T> {
    try {
      return await within(ms, late, work);
    } catch (error) {
      if (error instanceof RemoteFault) throw error;
      throw new RemoteFault(this.#reasonOf(error));
    }
  }

  /** A clause without anything secret. */
  #reasonOf(error: unknown): string {
    const said = messageOf(error);
    if (/^Connection (?:closed|timeout)|is closed/i.test(said)) {
      return "it cannot be connected to, refuses the user or password, or has closed the connection";
    }
    const text = this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), said);
    return `it says "${text.replace(/[.\s]+$/, "")}"`;
  }
}

const LATE = `it has not answered within ${WINDOW_MS / 1000} s`;

/** What others keep under the name of a row is no row. */
function nothingOfOtherKind(error: unknown): null {
  if (/^WRONGTYPE\b/.test(messageOf(error))) return null;
  throw error;
}

/** The client takes a certificate authority as text, and does not look at the variable by itself. */
function tlsOptions(hostname: string): { readonly ca?: string; readonly serverName: string } {
  return { serverName: hostname, ...ownAuthority() };
}
