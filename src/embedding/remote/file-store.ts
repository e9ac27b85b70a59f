/**
 * A store of files: any web server that takes PUT and GET, or a bucket of S3.
 *
 * Each request has a deadline of its own: neither `fetch` nor Bun's S3 client has one. A bucket is reached by presigned
 * addresses for that reason, which are secret and shown to nobody.
 */
import { S3Client } from "bun";
import type { RemoteUse } from "../../project/remote/index.ts";
import { within } from "./deadline.ts";
import { ownAuthority } from "./own-authority.ts";
import { RemoteFault } from "./remote-cache.ts";

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
/** How long it may pause in the middle of one. */
const PAUSE_MS = 2_000;
/** What is put there may take this long, and as much longer as a slow line takes. */
const PUT_MS = 5_000;
const SLOWEST_BYTES_PER_MS = 100;

/** Throws a `RemoteFault`. */
export function openFileStore({ url }: Pick<RemoteUse, "url">): FileStore {
  return url.isS3
    ? new RequestStore(bucketRequests(url.reveal()))
    : new RequestStore(webRequests(url.reveal()));
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
function bucketRequests(base: URL): Requests {
  const prefix = base.pathname.replace(/^\/+|\/+$/g, "");
  const client = new S3Client({ bucket: base.hostname });
  return (method, name) => ({
    url: client.presign(prefix === "" ? name : `${prefix}/${name}`, { method, expiresIn: PRESIGNED_SECONDS }),
  });
}

class RequestStore implements FileStore {
  readonly #requests: Requests;
  readonly #tls: { readonly ca?: string };

  constructor(requests: Requests) {
    this.#requests = requests;
    this.#tls = ownAuthority();
  }

  async get(name: string, mostBytes: number): Promise<Uint8Array | null> {
    const abort = new AbortController();
    try {
      const response = await this.#ask("GET", name, { abort, answerMs: ANSWER_MS });
      if (response === null) return null;
      return await bodyOf(response, mostBytes);
    } finally {
      abort.abort();
    }
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    const answerMs = PUT_MS + content.byteLength / SLOWEST_BYTES_PER_MS;
    const response = await this.#ask("PUT", name, { abort: new AbortController(), answerMs, content });
    if (response === null) throw new RemoteFault("it has no place of that name to put a file");
    await within(PAUSE_MS, LATE, response.arrayBuffer());
  }

  async remove(name: string): Promise<void> {
    const response = await this.#ask("DELETE", name, { abort: new AbortController(), answerMs: PUT_MS });
    if (response !== null) await within(PAUSE_MS, LATE, response.arrayBuffer());
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
      return await within(answerMs, LATE, request);
    } catch (error) {
      abort.abort();
      if (error instanceof RemoteFault) throw error;
      throw new RemoteFault(reasonOf(error));
    }
  }
}

const LATE = "it has not answered in time";

/** Of what the client says, the code alone: a message may hold the address. */
function reasonOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  if (/S3_MISSING_CREDENTIALS/.test(code)) return "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set";
  return `it cannot be asked${/^[\w-]+$/.test(code) ? ` (${code})` : ""}`;
}

async function bodyOf(response: Response, mostBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await within(
      PAUSE_MS,
      LATE,
      reader?.read() ?? Promise.resolve({ done: true, value: undefined }),
    ).catch((error: unknown) => {
      throw error instanceof RemoteFault ? error : new RemoteFault(reasonOf(error));
    });
    if (part.value === undefined) return Buffer.concat(parts);
    parts.push(part.value);
    bytes += part.value.byteLength;
    if (bytes > mostBytes) throw new RemoteFault("it sends more than there should be");
  }
}
