/**
 * `serve` on stdin and stdout as a bridge to a server of this user that runs already: it passes lines on, and holds
 * neither model nor graph.
 *
 * When the server ends, the bridge does not: what was not answered is asked of a server in this process, which is told
 * what the client began with. The client notices nothing.
 */
import { lstatSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { PassThrough, type Readable, Writable } from "node:stream";
import { GREETED, isPrivate, type LocalPlace } from "./local-place.ts";

export interface BridgeStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/** How long a server may take to say that it is one, in milliseconds. */
const GREETED_WITHIN_MS = 1_000;

/** A connection to the user's own server; undefined where there is none that proves to be. Never throws. */
export async function connectToServer(
  { folder, socket }: LocalPlace,
  root: string,
): Promise<Socket | undefined> {
  try {
    if (!isPrivate(folder) || lstatSync(socket, { throwIfNoEntry: false })?.isSocket() !== true)
      return undefined;
  } catch {
    return undefined;
  }
  const connection = connect(socket);
  connection.on("error", () => {});
  const greeted = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), GREETED_WITHIN_MS);
    const settle = (is: boolean) => {
      clearTimeout(timer);
      resolve(is);
    };
    connection.once("connect", () => connection.write(`${JSON.stringify({ root })}\n`));
    connection.once("data", (bytes: Uint8Array) => settle(Buffer.from(bytes).toString() === `${GREETED}\n`));
    connection.once("close", () => settle(false));
  });
  if (greeted) return connection;
  connection.destroy();
  return undefined;
}

/**
 * Passes lines on until the client has gone, or until the server has. @returns undefined once the client has gone,
 * else the streams on which a server in this process goes on
 */
export function bridge(
  connection: Socket,
  { input, output }: BridgeStreams,
): Promise<BridgeStreams | undefined> {
  const record = new Record();
  const toServer = new Lines((line) => record.asked(line));
  const toClient = new Lines((line) => record.answered(line));
  return new Promise((resolve) => {
    const receive = (bytes: Uint8Array): void => {
      toServer.add(bytes);
      connection.write(bytes);
    };
    const end = (): void => void connection.end();
    input.on("data", receive);
    input.once("end", end);
    output.once("error", end);
    connection.on("data", (bytes: Uint8Array) => {
      toClient.add(bytes);
      output.write(bytes);
    });
    connection.once("close", () => {
      input.off("data", receive);
      if (input.readableEnded || input.destroyed || output.destroyed) {
        resolve(undefined);
        return;
      }
      // What the server has not sent to its end, nobody can use.
      if (toClient.hasPart) output.write("\n");
      const rest = new PassThrough();
      for (const line of record.again()) rest.write(`${line}\n`);
      rest.write(toServer.part);
      input.pipe(rest);
      resolve({ input: rest, output: without(record.answeredAlready, output) });
    });
  });
}

interface Frame {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: { readonly uri?: unknown };
}

/** What a server that takes over has to be told. */
class Record {
  /** What a session consists of in an era that has such, by the ids of its requests: how it began, what it follows. */
  readonly #session = new Map<string, { readonly id?: unknown; readonly line: string }>();
  readonly #open = new Map<unknown, string>();

  asked(line: string): void {
    const frame = frameIn(line);
    if (frame?.method === undefined) return;
    const { id, method, params } = frame;
    if (method === "notifications/initialized") this.#session.set(method, { line });
    if (method === "resources/unsubscribe") this.#session.delete(`resources/subscribe ${params?.uri}`);
    if (id === undefined) return;
    if (method === "initialize" || method === "resources/list") this.#session.set(method, { id, line });
    if (method === "resources/subscribe") this.#session.set(`${method} ${params?.uri}`, { id, line });
    this.#open.set(id, line);
  }

  answered(line: string): void {
    const frame = frameIn(line);
    if (frame !== undefined && frame.method === undefined) this.#open.delete(frame.id);
  }

  /** The requests that are made again although the client has their answers. */
  get answeredAlready(): Set<unknown> {
    const ids = [...this.#session.values()].flatMap(({ id }) => (id === undefined ? [] : [id]));
    return new Set(ids.filter((id) => !this.#open.has(id)));
  }

  again(): string[] {
    const session = [...this.#session.values()].map(({ line }) => line);
    return [...session, ...[...this.#open.values()].filter((line) => !session.includes(line))];
  }
}

function frameIn(line: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes as whole lines. */
class Lines {
  readonly #take: (line: string) => void;
  #parts: Uint8Array[] = [];

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  get hasPart(): boolean {
    return this.#parts.length > 0;
  }

  get part(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  add(bytes: Uint8Array): void {
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      this.#parts.push(bytes.subarray(from, end));
      this.#take(Buffer.concat(this.#parts).toString());
      this.#parts = [];
      from = end + 1;
    }
    if (from < bytes.length) this.#parts.push(bytes.slice(from));
  }
}

/** The output, without one answer to each of some requests. */
function without(ids: Set<unknown>, output: Writable): Writable {
  // Taken now: whatever else writes to stdout is sent to stderr from then on.
  const write = output.write.bind(output);
  return new Writable({
    decodeStrings: false,
    write: (text: string, _, done) => {
      const frame = ids.size === 0 ? undefined : frameIn(text);
      if (frame !== undefined && frame.method === undefined && ids.delete(frame.id)) done();
      else write(text, done);
    },
  });
}
