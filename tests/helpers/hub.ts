/** A hub of models on this machine that behaves as it is told, file by file and request by request. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { until } from "./until.ts";

export interface HubRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

/** Answers a request for a file; `serve` does it as a hub in order would. */
export type Behaviour = (
  request: IncomingMessage,
  response: ServerResponse,
  serve: (content?: Uint8Array) => void,
) => void;

export class TestHub implements AsyncDisposable {
  readonly requests: HubRequest[] = [];
  /** By the end of the path; one that answers undefined leaves it to `serve`. */
  readonly behaviours = new Map<string, Behaviour[]>();
  readonly #files: Readonly<Record<string, Uint8Array>>;
  readonly #server: Server;

  private constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    this.#files = Object.fromEntries(Object.entries(files).map(([path, each]) => [path, Buffer.from(each)]));
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestHub> {
    const hub = new TestHub(files);
    await new Promise<void>((resolve) => hub.#server.listen(0, "127.0.0.1", resolve));
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next requests for a file are answered so, one after the other; those after them as usual. */
  next(path: string, ...behaviours: readonly Behaviour[]): void {
    this.behaviours.set(path, [...(this.behaviours.get(path) ?? []), ...behaviours]);
  }

  requestsFor(path: string): HubRequest[] {
    return this.requests.filter((request) => request.path.endsWith(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? "").replace(/^http:\/\/[^/]*/, "");
    const { range, authorization } = request.headers;
    this.requests.push({ path, range, authorization });
    const name = Object.keys(this.#files).find((each) => path.endsWith(`/${each}`));
    const serve = (content?: Uint8Array) =>
      name === undefined && content === undefined
        ? status(404)(request, response, () => {})
        : serveFile(request, response, content ?? this.#files[name!]!);
    const behaviour = [...this.behaviours].find(([end]) => path.endsWith(end))?.[1].shift();
    if (behaviour === undefined) serve();
    else behaviour(request, response, serve);
  }
}

export function etagOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function serveFile(request: IncomingMessage, response: ServerResponse, content: Uint8Array): void {
  const etag = `"${etagOf(content)}"`;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN);
  const isPart = !Number.isNaN(from) && request.headers["if-range"] === etag;
  if (isPart && from >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    return;
  }
  const body = isPart ? content.subarray(from) : content;
  const range = { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(isPart ? 206 : 200, {
    etag,
    "content-length": body.length,
    "accept-ranges": "bytes",
    ...(isPart ? range : {}),
  });
  response.end(body);
}

export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(code, headers).end("no");
  };
}

/**
 * Sends the head and a part of the file, and cuts the connection once whoever fetches has that part.
 *
 * @param lengthThere bytes of the file that are there by now: what was sent and not yet read is dropped with the
 *   connection
 */
export function cutAfter(content: Uint8Array, bytes: number, lengthThere: () => number): Behaviour {
  return async (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from === 0 ? 200 : 206, {
      etag: `"${etagOf(content)}"`,
      "content-length": content.length - from,
      ...(from === 0 ? {} : range),
    });
    response.write(content.subarray(from, from + bytes));
    await until(() => lengthThere() >= from + bytes, { what: "the part to arrive" });
    response.socket?.destroy();
  };
}

/** Leads to another place, and says beforehand what is there. */
export function redirect(to: string, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    response.writeHead(302, { location: to, ...headers }).end();
  };
}
