/**
 * A remote vector cache that is asked while an ingest works: rows are taken in windows, and what is computed is put
 * there by and by, so that a run which is killed has shared most of its work.
 *
 * - A row that does not prove itself is a miss, and replaced by what is computed.
 * - What waits to be put there is bounded: a slow server costs what it does not get, never memory or time.
 * - At the first fault the run goes on without it, with one warning. Nothing here throws.
 */
import type { RemoteUse } from "../../project/index.ts";
import { messageOf } from "../../system/index.ts";
import type { VectorRow } from "../cache/index.ts";
import { type RemoteCache, RemoteFault, type RemoteStats, type RowServer, within } from "./remote-cache.ts";
import { decodeRow, encodeRow, type RowFormat, remotePrefix } from "./value.ts";

/** Rows asked for at a time: a round trip is paid once for all of them. */
const WINDOW = 2_000;
/** Rows put there at a time. */
const BATCH = 64;
/** Rows that wait at most, 6 MB of them. */
const MOST_WAITING = 4_096;
/** What still waits at the end is given this long. */
const FLUSH_MS = 2_000;
/** A name that was not there is not asked for again within this time, in which hardly anybody else puts it there. */
const ASKED_FOR_MS = 5_000;

export interface LiveRemoteOptions {
  readonly use: RemoteUse;
  readonly modelId: string;
  readonly dimensions: number;
  /** No more is asked for once it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** May throw a fault. Called at the first use. */
  readonly openServer: () => RowServer;
  /** Called at most once. */
  readonly onWarning: (message: string) => void;
  /** Called before the first row is put there. */
  readonly onFirstOffer: () => void;
}

export class LiveRemote implements RemoteCache {
  readonly #options: LiveRemoteOptions;
  readonly #format: RowFormat;
  readonly #prefix: string;
  #connection: Promise<RowServer> | undefined;
  #server: RowServer | undefined;
  #fault: string | null = null;
  #closed = false;
  #waiting: VectorRow[] = [];
  #putting: Promise<void> | undefined;
  #asked = new Set<string>();
  #askedSince = 0;
  #hits = 0;
  #refused = 0;
  #offered = 0;

  constructor(options: LiveRemoteOptions) {
    this.#options = options;
    const { modelId, dimensions, use } = options;
    this.#format = { modelId, dimensions, signingKey: use.signingKey };
    this.#prefix = remotePrefix(modelId);
  }

  expect(): void {
    // Nobody waits for it yet, and whoever does hears of the fault.
    if (this.#isUsable) this.#connected().catch(() => {});
  }

  async find(keys: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    const wanted = this.#notAskedLately(keys);
    let coming = this.#ask(wanted.slice(0, WINDOW));
    for (let start = 0; start < wanted.length; start += WINDOW) {
      const values = await coming;
      // What comes next is on its way while this is proved.
      coming = this.#ask(wanted.slice(start + WINDOW, start + 2 * WINDOW));
      for (const [place, value] of values.entries()) this.#take(wanted[start + place]!, value, found);
    }
    return found;
  }

  /** What is stored under keys, in their order; nothing where there is nobody to ask any more. */
  async #ask(keys: readonly string[]): Promise<readonly (Uint8Array | null)[]> {
    let values: readonly (Uint8Array | null)[] = [];
    if (keys.length === 0 || !this.#isUsable || this.#options.signal?.aborted) return values;
    await this.#guarded(async (server) => {
      values = await server.get(keys.map((key) => this.#prefix + key));
    });
    return values;
  }

  had(): void {
    // Whatever comes from there is found by asking.
  }

  offer(rows: readonly VectorRow[]): void {
    if (this.#options.use.mode === "read" || !this.#isUsable) return;
    const room = MOST_WAITING - this.#waiting.length;
    if (this.#offered === 0 && rows.length > 0) this.#options.onFirstOffer();
    this.#waiting.push(...rows.slice(0, room));
    this.#offered += Math.min(room, rows.length);
    this.#putting ??= this.#put().finally(() => {
      this.#putting = undefined;
    });
  }

  stats(): RemoteStats {
    return { hits: this.#hits, refused: this.#refused, offered: this.#offered, fault: this.#fault };
  }

  async close(): Promise<void> {
    const late = `what was computed could not be put there within ${FLUSH_MS / 1000} s`;
    if (this.#putting !== undefined) {
      await within(FLUSH_MS, late, this.#putting).catch((error) => this.#giveUp(error));
    }
    this.#closed = true;
    this.#letGo();
  }

  get #isUsable(): boolean {
    return this.#fault === null && !this.#closed;
  }

  #notAskedLately(keys: readonly string[]): string[] {
    const now = performance.now();
    if (now - this.#askedSince > ASKED_FOR_MS) {
      this.#asked = new Set();
      this.#askedSince = now;
    }
    const wanted = [...new Set(keys)].filter((key) => !this.#asked.has(key));
    for (const key of wanted) this.#asked.add(key);
    return wanted;
  }

  #take(key: string, value: Uint8Array | null, found: Map<string, Float32Array>): void {
    if (value === null) return;
    const vector = decodeRow(key, value, this.#format);
    if (vector === undefined) {
      this.#refused++;
      return;
    }
    found.set(key, vector);
    this.#asked.delete(key);
    this.#hits++;
  }

  async #put(): Promise<void> {
    const { ttlMs } = this.#options.use;
    // What comes in at the same moment goes out together.
    await Promise.resolve();
    while (this.#waiting.length > 0 && this.#isUsable) {
      await this.#guarded(async (server) => {
        const rows = this.#waiting.splice(0, BATCH);
        const values = rows.map(
          ({ key, vector }) => [this.#prefix + key, encodeRow(key, vector, this.#format)] as const,
        );
        await server.set(values, ttlMs);
      });
    }
  }

  async #guarded(work: (server: RowServer) => Promise<void>): Promise<void> {
    try {
      await work(await this.#connected());
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #connected(): Promise<RowServer> {
    this.#connection ??= (async () => {
      const server = this.#options.openServer();
      this.#server = server;
      await server.connect();
      return server;
    })();
    return this.#connection;
  }

  #giveUp(error: unknown): void {
    if (!this.#isUsable) return;
    this.#fault = error instanceof RemoteFault ? error.message : messageOf(error);
    this.#waiting = [];
    this.#letGo();
    this.#options.onWarning(
      `The remote vector cache ${this.#options.use.url.shown} is at fault: ${this.#fault}. ` +
        "What it cannot give is computed here; run `amalfa doctor --check cache.remote` for more.",
    );
  }

  #letGo(): void {
    this.#server?.close();
    this.#server = undefined;
  }
}
