/**
 * A store of files: any web server that takes PUT and GET, or a bucket of S3.
 *
 * Each request has a deadline of its own: neither `fetch` nor Bun's S3 client has one. A bucket is reached by presigned
 * addresses for that reason, which are secret and shown to nobody. A server that sent a byte a second kept whoever
 * asked for hours: what comes has to come at a least speed, and what is long has an end all the same.
 */
import { S3Client } from "bun";
import type { RemoteUse } from "../../project/index.ts";
import { AmalfaError } from "../../system/index.ts";
import { ownAuthority, RemoteFault, within } from "./remote-cache.ts";

export interface FileStore {
  /** Null where there is no such file. Throws a `RemoteFault`, also for one that is larger than `mostBytes`. */
  get(name: string, mostBytes: number): Promise<Uint8Array | null>;
  put(name: string, content: Uint8Array): Promise<void>;
  /** A file that there is not is fine. */
  remove(name: string): Promise<void>;
}

type Method = "GET" | "PUT" | "DELETE";

/** How long a server may take to begin its answer, in milliseconds. */
const ANSWER_MS = 1_200;
/** How long it may pause in the middle of one, and how far it may fall behind the least speed. */
const PAUSE_MS = 2_000;
/** The longest that one file may take to come, however fast it does. */
const LONGEST_MS = 10 * 60_000;
/** What is put there may take this long, and as much longer as a slow line takes. */
const PUT_MS = 5_000;
const SLOWEST_BYTES_PER_MS = 100;

/**
 * Throws a `RemoteFault`.
 * @param signal ends each wait, which throws `interrupted` then
 */
export function openFileStore({ url }: Pick<RemoteUse, "url">, signal?: AbortSignal): FileStore {
  const requests = url.isS3 ? bucketRequests(url) : webRequests(url.reveal());
  return new RequestStore(requests, signal);
}

/** What has to be asked for a file of a name. May throw. */
type Requests = (
  method: Method,
  name: string,
) => { readonly url: string; readonly headers?: Record<string, string> };

function webRequests(base: URL): Requests {
  const { username, password } = base;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers =
    username + password === "" ? {} : { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  base.username = "";
  base.password = "";
  base.hash = "";
  return (_, name) => {
    const url = new URL(base);
    url.pathname = `${base.pathname.replace(/\/+$/, "")}/${name}`;
    return { url: url.href, headers };
  };
}

/** How long a presigned address holds, in seconds. */
const PRESIGNED_SECONDS = 300;

/** Keys, region and endpoint come from `AWS_*` and `S3_*`, which the client reads by itself. */
function bucketRequests(address: RemoteUse["url"]): Requests {
  const client = new S3Client({ bucket: address.reveal().hostname });
  return (method, name) => ({
    url: client.presign(`${address.prefix}${name}`, { method, expiresIn: PRESIGNED_SECONDS }),
  });
}

class RequestStore implements FileStore {
  readonly #requests: Requests;
  readonly #signal: AbortSignal | undefined;
  readonly #tls: { readonly ca?: string };

  constructor(requests: Requests, signal: AbortSignal | undefined) {
    this.#requests = requests;
    this.#signal = signal;
    this.#tls = ownAuthority();
  }

  get(name: string, mostBytes: number): Promise<Uint8Array | null> {
    return endingIt(async (abort) => {
      const response = await this.#ask("GET", name, { abort, answerMs: ANSWER_MS });
      return response === null ? null : await bodyOf(response, mostBytes, this.#signal);
    });
  }

  put(name: string, content: Uint8Array): Promise<void> {
    return endingIt(async (abort) => {
      const answerMs = PUT_MS + content.byteLength / SLOWEST_BYTES_PER_MS;
      const response = await this.#ask("PUT", name, { abort, answerMs, content });
      if (response === null) throw new RemoteFault("it has no place of that name to put a file");
      await bodyOf(response, MOST_SAID_BYTES, this.#signal);
    });
  }

  remove(name: string): Promise<void> {
    return endingIt(async (abort) => {
      const response = await this.#ask("DELETE", name, { abort, answerMs: PUT_MS });
      if (response !== null) await bodyOf(response, MOST_SAID_BYTES, this.#signal);
    });
  }

  async #ask(
    method: Method,
    name: string,
    how: { readonly abort: AbortController; readonly answerMs: number; readonly content?: Uint8Array },
  ): Promise<Response | null> {
    const { abort, answerMs, content } = how;
    const response = await this.#answer(method, name, { abort, answerMs, content });
    if (response.ok) return response;
    void response.body?.cancel().catch(() => {});
    if (response.status === 404) return null;
    const meaning = response.status === 401 || response.status === 403 ? ": it does not allow that" : "";
    throw new RemoteFault(`it answers ${method} with status ${response.status}${meaning}`);
  }

  async #answer(
    method: Method,
    name: string,
    {
      abort,
      answerMs,
      content,
    }: { abort: AbortController; answerMs: number; content: Uint8Array | undefined },
  ): Promise<Response> {
    try {
      const { url, headers = {} } = this.#requests(method, name);
      const request = fetch(url, {
        method,
        headers,
        signal: abort.signal,
        // Where an answer leads to has not been agreed to.
        redirect: "error",
        ...(content === undefined ? {} : { body: content }),
        ...(this.#tls.ca === undefined ? {} : { tls: this.#tls }),
      });
      return await within(answerMs, LATE, request, this.#signal);
    } catch (error) {
      abort.abort();
      throw faultOf(error);
    }
  }
}

/** Whatever is still open of a request goes with its end: a connection that is left keeps the process alive. */
async function endingIt<T>(work: (abort: AbortController) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  try {
    return await work(abort);
  } finally {
    abort.abort();
  }
}

/** What a server says to a file that was put there or removed, which nobody reads. */
const MOST_SAID_BYTES = 1024 * 1024;

const LATE = "it has not answered in time";

/** Of what the client says, the code alone: a message may hold the address. */
function reasonOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (/S3_MISSING_CREDENTIALS/.test(code)) return "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set";
  return `it cannot be asked${/^[\w-]+$/.test(code) ? ` (${code})` : ""}`;
}

/** A fault, and an interruption as it is. */
function faultOf(error: unknown): Error {
  return error instanceof RemoteFault || error instanceof AmalfaError
    ? error
    : new RemoteFault(reasonOf(error));
}

async function bodyOf(
  response: Response,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const started = performance.now();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const allowed = Math.min(LONGEST_MS, PAUSE_MS + bytes / SLOWEST_BYTES_PER_MS);
    const left = Math.min(PAUSE_MS, started + allowed - performance.now());
    if (left <= 0) throw new RemoteFault(LATE);
    const read = reader?.read() ?? Promise.resolve({ done: true, value: undefined });
    const part = await within(left, LATE, read, signal).catch((error: unknown) => {
      throw faultOf(error);
    });
    if (part.value === undefined) return Buffer.concat(parts);
    parts.push(part.value);
    bytes += part.value.byteLength;
    if (bytes > mostBytes) throw new RemoteFault("it sends more than there should be");
  }
}
