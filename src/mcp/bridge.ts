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
      resolve({ input: rest, output: without(record.opening, output) });
    });
  });
}

interface Frame {
  readonly id?: unknown;
  readonly method?: unknown;
}

/** What a server that takes over has to be told. */
class Record {
  /** The id of the request that opened a session of the era that has such. */
  opening: unknown;
  #opened: string[] = [];
  readonly #open = new Map<unknown, string>();

  asked(line: string): void {
    const frame = frameIn(line);
    if (frame?.method === "initialize") {
      this.opening = frame.id;
      this.#opened = [line];
    } else if (frame?.method === "notifications/initialized") this.#opened.push(line);
    else if (frame?.method !== undefined && frame.id !== undefined) this.#open.set(frame.id, line);
  }

  answered(line: string): void {
    const frame = frameIn(line);
    if (frame !== undefined && frame.method === undefined) this.#open.delete(frame.id);
  }

  again(): string[] {
    return [...this.#opened, ...this.#open.values()];
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

/** The output, without the answer to a request that the client has had answered. */
function without(id: unknown, output: Writable): Writable {
  if (id === undefined) return output;
  let isLeftOut = false;
  // Taken now: whatever else writes to stdout is sent to stderr from then on.
  const write = output.write.bind(output);
  return new Writable({
    decodeStrings: false,
    write: (frame: string, _, done) => {
      const isIt = !isLeftOut && frameIn(frame)?.id === id;
      if (isIt) isLeftOut = true;
      if (isIt) done();
      else write(frame, done);
    },
  });
}
