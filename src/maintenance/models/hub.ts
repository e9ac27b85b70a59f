/**
 * Requests to a hub of models that is compatible with Hugging Face's: where a file is, and whom the token is for.
 *
 * Redirects are followed here and not by the runtime: the token goes to the hub itself and to nobody that it sends
 * us to, and a connection that was private stays so. Proxies are the runtime's business (`HTTPS_PROXY`, `NO_PROXY`).
 */

import { AmalfaError } from "../../system/index.ts";

export interface Hub {
  /** Without a slash at its end, and without credentials. */
  readonly endpoint: string;
  /** The value of the `Authorization` header; never printed. */
  readonly authorization: string | undefined;
}

const DEFAULT_ENDPOINT = "https://huggingface.co";

/** Throws `usage` for an endpoint that is none; it is not quoted, since it may hold a password. */
export function hubOf(env: Readonly<Record<string, string | undefined>>): Hub {
  const { HF_ENDPOINT = "", HF_TOKEN = "" } = env;
  const url = URL.parse(HF_ENDPOINT === "" ? DEFAULT_ENDPOINT : HF_ENDPOINT);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AmalfaError("usage", "HF_ENDPOINT is no URL that begins with http:// or https://.", {
      hint: `Set it to the address of a hub, or leave it unset for ${DEFAULT_ENDPOINT}.`,
    });
  }
  const { username, password } = url;
  const token = HF_TOKEN.trim();
  const basic = username === "" ? undefined : `Basic ${btoa(decodeURIComponent(`${username}:${password}`))}`;
  return {
    endpoint: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
    authorization: token === "" ? basic : `Bearer ${token}`,
  };
}

/** Where a file of a repository is. */
export function fileUrl({ endpoint }: Hub, repository: string, path: string): URL {
  return new URL(`${endpoint}/${repository}/resolve/main/${path}`);
}

export interface Answer {
  readonly response: Response;
  /** What the hub itself, and nobody it led to, says of the file. */
  readonly announced: Announced;
}

export interface Announced {
  /** SHA-256, hex. */
  readonly sha256: string | undefined;
  readonly bytes: number | undefined;
}

export interface AskOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** As many as anybody needs; more of them are a circle. */
const MOST_REDIRECTS = 8;

/** Asks for a file, wherever that leads. Throws `model.unreachable`, and what `fetch` throws. */
export async function ask(hub: Hub, first: URL, { headers, signal }: AskOptions): Promise<Answer> {
  let announced: Announced = { sha256: undefined, bytes: undefined };
  let url = first;
  for (let redirects = 0; ; redirects++) {
    const isHub = url.origin === first.origin;
    const response = await fetch(url, {
      headers: {
        // What is kept has to be the file itself, byte by byte.
        "accept-encoding": "identity",
        ...headers,
        ...(isHub && hub.authorization !== undefined ? { authorization: hub.authorization } : {}),
      },
      redirect: "manual",
      signal,
    });
    if (isHub) announced = { ...announced, ...announcedBy(response.headers) };
    if (![301, 302, 303, 307, 308].includes(response.status)) return { response, announced };
    await response.body?.cancel().catch(() => {});
    const next = URL.parse(response.headers.get("location") ?? "", url.href);
    if (redirects >= MOST_REDIRECTS) throw unreachable(first, "it leads from one address to the next");
    if (next === null || !/^https?:$/.test(next.protocol)) throw unreachable(first, "it leads nowhere");
    if (url.protocol === "https:" && next.protocol === "http:")
      throw unreachable(first, "it leads to an address without encryption");
    url = next;
  }
}

/** Of small files a hub says another kind of digest, which is left alone. */
function announcedBy(headers: Headers): Partial<Announced> {
  const etag = /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(headers.get("x-linked-etag") ?? "")?.[1];
  const size = /^\d{1,15}$/.exec(headers.get("x-linked-size") ?? "")?.[0];
  return {
    ...(etag === undefined ? {} : { sha256: etag }),
    ...(size === undefined ? {} : { bytes: Number(size) }),
  };
}

export function unreachable(url: URL, why: string): AmalfaError {
  return new AmalfaError("model.unreachable", `${shown(url)} cannot be fetched: ${why}.`);
}

/** An address for people, without what may be secret. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

/* How long a hub is waited for, and how often it is asked. */

export interface Patience {
  /** Without a byte for so long, a connection is given up. */
  readonly idleMs: number;
  /** Attempts that brought nothing, one after the other. */
  readonly attempts: number;
  /** Before the second attempt, and twice as long each time. */
  readonly pauseMs: number;
  /** A hub that wants to be left alone for longer is not waited for. */
  readonly longestWaitMs: number;
}

export const PATIENCE: Patience = { idleMs: 30_000, attempts: 5, pauseMs: 500, longestWaitMs: 60_000 };

/** Ends a request that nothing comes from. */
export class Watch implements Disposable {
  readonly #idle = new AbortController();
  readonly #idleMs: number;
  readonly signal: AbortSignal;
  #timer: Timer | undefined;

  constructor(idleMs: number, signal: AbortSignal) {
    this.#idleMs = idleMs;
    this.signal = AbortSignal.any([this.#idle.signal, signal]);
    this.alive();
  }

  get isIdle(): boolean {
    return this.#idle.signal.aborted;
  }

  alive(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#idle.abort(), this.#idleMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Seconds, or a date; undefined where nothing was said. In milliseconds. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

export async function paused(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
