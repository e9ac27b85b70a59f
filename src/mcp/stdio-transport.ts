/**
 * Protocol frames over stdin and stdout: one JSON-RPC message a line.
 *
 * - Nothing a client sends ends the server: a line that is no message is answered with what JSON-RPC says of it, under
 *   the id that it names or else under none, and reported.
 * - A list of messages is taken in the one revision that has such lists, 2025-03-26, and refused in all others.
 * - A line may be as long as `MAX_FRAME_BYTES`; longer ones are skipped, not kept.
 * - When stdin ends or stdout breaks the client is gone, and `gone` resolves.
 *
 * By hand: the SDK's transport joins and searches all of a line again for each piece that arrives, which takes forty
 * times as long for a frame of 9 MiB (docs/performance.md). It gives up on a longer one, and does not tell that stdin
 * has ended.
 */

import { isUtf8 } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from "@modelcontextprotocol/server";
import { messageOf } from "../system/index.ts";
import { withoutNulls } from "./arguments.ts";
import { type Answer, Batches } from "./batches.ts";
import { INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, RequestError } from "./request-error.ts";
import { wellFormed } from "./well-formed.ts";

/** Enough for any sensible argument. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
/** The only revision in which a client may send several messages as one. */
const REVISION_WITH_BATCHES = "2025-03-26";

export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /**
   * Told of `subscriptions/listen` before it is answered, and waited for. Whether it is still wanted; what it throws
   * is the answer.
   */
  onlisten?: (id: string | number, params: unknown) => Promise<boolean>;
  /** Told of what the client gives up, and of what it is refused. */
  onunheard?: (id: string | number) => void;
  /** Resolves once the client has closed stdin or stopped reading stdout. */
  readonly gone: Promise<void>;
  readonly #input: Readable;
  readonly #write: (text: string) => void;
  readonly #unanswered = new Set<string | number>();
  /** Requests to listen that the server has not been handed yet. */
  readonly #listening = new Set<string | number>();
  /** Frames that the system has not taken yet. */
  #unwritten = 0;
  #whenAnswered: (() => void) | undefined;
  #leave: () => void = () => {};
  #parts: Uint8Array[] = [];
  #length = 0;
  #skipping = false;
  #revision: string | undefined;
  readonly #batches = new Batches();

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
    const isAnswer = !("method" in message);
    const whole = isAnswer ? this.#batches.withAnswer(message) : message;
    if (whole !== undefined) this.#writeFrame(whole);
    if (isAnswer && message.id !== undefined) {
      this.#unanswered.delete(message.id);
      if ("error" in message) this.onunheard?.(message.id);
    }
    this.#noticeIdle();
  }

  /** Told by the server once a revision is agreed upon. */
  setProtocolVersion(revision: string): void {
    this.#revision = revision;
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
    const said = `This line is longer than ${MAX_FRAME_BYTES} bytes.`;
    this.#writeFrame(refusal(null, INVALID_REQUEST, said));
  }

  #finishLine(): void {
    const bytes = this.#skipping ? Buffer.alloc(0) : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    this.#skipping = false;
    if (!isUtf8(bytes)) {
      this.#report("a line is not UTF-8");
      this.#writeFrame(refusal(null, PARSE_ERROR, "This is not UTF-8."));
      return;
    }
    const line = bytes.toString("utf8").trim();
    if (line !== "") this.#read(line);
  }

  #read(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      this.#report(`a line is not JSON (${messageOf(error)})`);
      this.#writeFrame(refusal(null, PARSE_ERROR, "This is not JSON."));
      return;
    }
    if (!Array.isArray(value)) this.#take(value);
    else if (value.length > 0 && this.#revision === REVISION_WITH_BATCHES) this.#takeBatch(value);
    else this.#refuseBatch(value);
  }

  #take(value: unknown): void {
    const message = messageIn(value);
    if (message !== undefined) {
      this.#deliver(message);
      return;
    }
    this.#report("a line is JSON, but no JSON-RPC 2.0 message");
    if (!isAnswer(value)) this.#writeFrame(refusal(requestId(value) ?? null, INVALID_REQUEST, NO_REQUEST));
  }

  #takeBatch(values: readonly unknown[]): void {
    const messages = values.map(messageIn);
    const ids = messages.flatMap((message) => idOfRequest(message) ?? []);
    const refused = values
      .filter((value, place) => messages[place] === undefined && !isAnswer(value))
      .map((value) => refusal(requestId(value) ?? null, INVALID_REQUEST, NO_REQUEST));
    if (refused.length > 0) this.#report("a part of a line is no JSON-RPC 2.0 message");
    const whole = this.#batches.begin(ids, refused);
    if (whole !== undefined) this.#writeFrame(whole);
    const read = messages.filter((message) => message !== undefined);
    // Last, wherever they stand: what is cancelled before it has come would be answered on a line of its own.
    const isCancel = (message: JSONRPCMessage): boolean => cancelledBy(message) !== undefined;
    const others = read.filter((message) => !isCancel(message));
    for (const message of [...others, ...read.filter(isCancel)]) this.#deliver(message);
  }

  /** Whoever waits for an answer under an id gets one. */
  #refuseBatch(values: readonly unknown[]): void {
    const said = whyNoBatch(this.#revision);
    this.#report(`a line is a list of messages: ${said}`);
    const ids = values.flatMap((value) => requestId(value) ?? []);
    for (const id of ids.length === 0 ? [null] : ids) this.#writeFrame(refusal(id, INVALID_REQUEST, said));
  }

  #deliver(message: JSONRPCMessage): void {
    const id = idOfRequest(message);
    const isListening = "method" in message && message.method === LISTEN;
    // It is answered when the connection ends, and nobody waits for that.
    if (id !== undefined && !isListening) this.#unanswered.add(id);
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) {
      this.onunheard?.(cancelled);
      this.#expectNoAnswer(cancelled);
    }
    // The server has not heard of it yet, and now never will.
    if (cancelled !== undefined && this.#listening.has(cancelled)) return;
    if (id === undefined || !isListening || this.onlisten === undefined) this.#hand(message);
    else void this.#listen(id, message, this.onlisten(id, message.params));
  }

  /** A request that was cancelled is not answered: those that came with it, and the end, do not wait for it. */
  #expectNoAnswer(id: string | number): void {
    const others = this.#batches.without(id);
    if (others !== undefined) this.#writeFrame(others);
    this.#unanswered.delete(id);
    this.#noticeIdle();
  }

  async #listen(id: string | number, message: JSONRPCMessage, heard: Promise<boolean>): Promise<void> {
    this.#listening.add(id);
    try {
      const isWanted = await heard;
      this.#listening.delete(id);
      if (isWanted) this.#hand(message);
    } catch (error) {
      this.#listening.delete(id);
      const code = error instanceof RequestError ? error.code : INTERNAL_ERROR;
      await this.send({ jsonrpc: "2.0", id, error: { code, message: messageOf(error) } });
    }
  }

  #hand(message: JSONRPCMessage): void {
    try {
      this.onmessage?.(message);
    } catch (error) {
      this.#report(messageOf(error));
    }
  }

  #writeFrame(frame: unknown): void {
    this.#write(`${JSON.stringify(wellFormed(frame))}\n`);
  }

  #report(problem: string): void {
    this.onerror?.(new Error(`The client sent something that is no protocol frame: ${problem}.`));
  }
}

/** @param revision undefined before one is agreed upon, as it never is by clients that do not initialize */
function whyNoBatch(revision: string | undefined): string {
  if (revision === REVISION_WITH_BATCHES) return "An empty list is no request.";
  return revision === undefined
    ? `A list of messages is taken only after an initialize that asks for revision ${REVISION_WITH_BATCHES}.`
    : `Revision ${revision} takes one message a line, and no lists.`;
}

const NO_REQUEST = "This is not a JSON-RPC 2.0 request.";

function refusal(id: string | number | null, code: number, message: string): Answer {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

function messageIn(value: unknown): JSONRPCMessage | undefined {
  try {
    return parseJSONRPCMessage(withoutNulls(value));
  } catch {
    return undefined;
  }
}

const LISTEN = "subscriptions/listen";

function cancelledBy(message: JSONRPCMessage): string | number | undefined {
  if (!("method" in message) || message.method !== "notifications/cancelled") return undefined;
  const id = message.params?.requestId;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

function idOfRequest(message: JSONRPCMessage | undefined): string | number | undefined {
  return message !== undefined && "method" in message && "id" in message ? message.id : undefined;
}

/** The id of what may have been meant as a request. */
function requestId(value: unknown): string | number | undefined {
  if (typeof value !== "object" || value === null || !("id" in value)) return undefined;
  return typeof value.id === "string" || typeof value.id === "number" ? value.id : undefined;
}

/** Whether something may have been meant as an answer, to which nobody answers. */
function isAnswer(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("result" in value || "error" in value);
}
