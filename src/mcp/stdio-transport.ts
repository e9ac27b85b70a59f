/**
 * Protocol frames over stdin and stdout: one JSON-RPC message a line.
 *
 * - Nothing a client sends ends the server: a line that is no message is answered where it names a request, else
 *   reported.
 * - A line may be as long as `MAX_FRAME_BYTES`; longer ones are skipped, not kept.
 * - When stdin ends or stdout breaks the client is gone, and `gone` resolves.
 *
 * By hand: the SDK's transport joins and searches all of a line again for each piece that arrives, which takes forty
 * times as long for a frame of 9 MiB (docs/performance.md). It gives up on a longer one, and does not tell that stdin
 * has ended.
 */

import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { type JSONRPCMessage, JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js";
import { messageOf } from "../system/index.ts";
import { withoutNulls } from "./arguments.ts";
import { wellFormed } from "./well-formed.ts";

/** Enough for any sensible argument; a client that sends more is answered with nothing. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const INVALID_REQUEST = -32600;

export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Resolves once the client has closed stdin or stopped reading stdout. */
  readonly gone: Promise<void>;
  readonly #input: Readable;
  readonly #write: (text: string) => void;
  readonly #unanswered = new Set<string | number>();
  /** Frames that the system has not taken yet. */
  #unwritten = 0;
  #whenAnswered: (() => void) | undefined;
  #leave: () => void = () => {};
  #parts: Uint8Array[] = [];
  #length = 0;
  #skipping = false;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    // Taken now: whatever writes to stdout later may be sent elsewhere.
    const write = output.write.bind(output);
    this.#write = (text) => {
      this.#unwritten++;
      write(text, () => {
        this.#unwritten--;
        this.#noticeIdle();
      });
    };
    this.gone = new Promise((resolve) => {
      this.#leave = resolve;
    });
    output.on("error", () => this.#clientIsGone());
    output.on("close", () => this.#clientIsGone());
  }

  async start(): Promise<void> {
    this.#input.on("data", (bytes: Uint8Array) => this.#receive(bytes));
    this.#input.on("end", () => this.#leave());
    this.#input.on("close", () => this.#leave());
    this.#input.on("error", () => this.#leave());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#write(`${JSON.stringify(wellFormed(message))}\n`);
    if (!("method" in message) && message.id !== undefined) {
      this.#unanswered.delete(message.id);
    }
  }

  async close(): Promise<void> {
    this.#input.removeAllListeners("data");
    this.#input.pause();
    this.#leave();
    this.onclose?.();
  }

  /**
   * Resolves once every request has its answer and the system has taken it, or after `milliseconds`, or when nobody
   * reads answers any more.
   */
  async answered(milliseconds: number): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#whenAnswered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #isIdle(): boolean {
    return this.#unanswered.size === 0 && this.#unwritten === 0;
  }

  #noticeIdle(): void {
    if (this.#isIdle()) this.#whenAnswered?.();
  }

  #clientIsGone(): void {
    this.#unanswered.clear();
    this.#whenAnswered?.();
    this.#leave();
  }

  #receive(bytes: Uint8Array): void {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, end));
      this.#finishLine();
      from = end + 1;
    }
    this.#keep(bytes.subarray(from));
  }

  #keep(part: Uint8Array): void {
    if (this.#skipping || part.length === 0) return;
    this.#length += part.length;
    if (this.#length <= MAX_FRAME_BYTES) {
      this.#parts.push(part);
      return;
    }
    this.#skipping = true;
    this.#parts = [];
    this.#report(`a line of more than ${MAX_FRAME_BYTES} bytes was skipped`);
  }

  #finishLine(): void {
    const line = this.#skipping ? "" : Buffer.concat(this.#parts).toString("utf8").trim();
    this.#parts = [];
    this.#length = 0;
    this.#skipping = false;
    if (line !== "") this.#read(line);
  }

  #read(line: string): void {
    let value: unknown;
    try {
      value = withoutNulls(JSON.parse(line));
    } catch (error) {
      this.#report(`a line is not JSON (${messageOf(error)})`);
      return;
    }
    const parsed = JSONRPCMessageSchema.safeParse(value);
    if (!parsed.success) {
      this.#refuse(value);
      return;
    }
    const message = parsed.data;
    if ("method" in message && "id" in message) this.#unanswered.add(message.id);
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.#report(messageOf(error));
    }
  }

  /**
   * Whoever waits for an answer under an id gets one; of a batch, which the protocol does not know, each of its
   * requests.
   */
  #refuse(value: unknown): void {
    this.#report("a line is JSON, but no JSON-RPC 2.0 message");
    for (const id of Array.isArray(value) ? value.map(requestId) : [requestId(value)]) {
      if (id === undefined) continue;
      const error = { code: INVALID_REQUEST, message: "This is not a JSON-RPC 2.0 request." };
      void this.send({ jsonrpc: "2.0", id, error });
    }
  }

  #report(problem: string): void {
    this.onerror?.(new Error(`The client sent something that is no protocol frame: ${problem}.`));
  }
}

/** The id of what may have been meant as a request. */
function requestId(value: unknown): string | number | undefined {
  if (typeof value !== "object" || value === null || !("id" in value) || !("method" in value))
    return undefined;
  return typeof value.id === "string" || typeof value.id === "number" ? value.id : undefined;
}
