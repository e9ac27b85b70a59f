/**
 * One file from a hub, whole and proved, or not at all.
 *
 * What has arrived stays in `<file>.part` when the connection is cut, the command interrupted or the machine switched
 * off, and the next attempt asks for the rest, as long as the hub says that it is the same file still. Nobody is
 * believed: a length is compared, a body that does not end is ended, and the digest decides.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { digestOf } from "../../embedding/model/index.ts";
import { AmalfaError, formatBytes, interrupted, messageOf, systemErrorCode } from "../../system/index.ts";
import {
  type Announced,
  type Answer,
  ask,
  type Hub,
  type Patience,
  paused,
  retryAfter,
  shown,
  unreachable,
  Watch,
} from "./hub.ts";

export interface DownloadOptions {
  readonly hub: Hub;
  readonly url: URL;
  /** Absolute path of the file; its folder exists. */
  readonly path: string;
  /** What the file has to be, where that is known. */
  readonly sha256: string | undefined;
  /** What is larger is some other thing. */
  readonly mostBytes: number;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** @param total undefined while nobody has said it */
  readonly onProgress: (received: number, total: number | undefined) => void;
  /** Told when the hub asks to be left alone for a while. */
  readonly onWait: (milliseconds: number) => void;
}

export interface Downloaded {
  readonly sha256: string;
  readonly bytes: number;
  /** Bytes that were fetched now; the others were there. */
  readonly fetched: number;
  /** Whether the hub said the same digest beforehand. */
  readonly announced: boolean;
}

/** Undefined where the hub has no such file. Throws `model.*`, `interrupted`, and what writing throws. */
export async function download(options: DownloadOptions): Promise<Downloaded | undefined> {
  return new Download(options).run();
}

/** An attempt that failed and may be made again. */
class Setback extends Error {
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs?: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

class Download {
  readonly #options: DownloadOptions;
  readonly #part: string;
  /** What tells the file in `.part` from another one of the same name. */
  readonly #tag: string;
  #fetched = 0;
  #resumed = false;
  /** How much of the file was there at once. */
  #furthest = 0;
  #announced: Announced = { sha256: undefined, bytes: undefined };

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#part = `${options.path}.part`;
    this.#tag = `${options.path}.part.etag`;
  }

  async run(): Promise<Downloaded | undefined> {
    const { patience, signal, onWait } = this.#options;
    let failures = 0;
    let mistaken = false;
    for (;;) {
      if (signal.aborted) throw interrupted("The download");
      const before = this.#furthest;
      try {
        if (!(await this.#attempt())) return undefined;
        const done = this.#settle();
        if (done !== undefined) return done;
        // What it went on from may have been of another file; once more from the beginning tells.
        if (mistaken || !this.#resumed) throw this.#wrong();
        mistaken = true;
        this.#discard();
      } catch (error) {
        if (signal.aborted) throw interrupted("The download");
        if (!(error instanceof Setback)) throw error;
        // Beginning again and again brings bytes, and nobody any further.
        failures = this.#furthest > before ? 1 : failures + 1;
        if (failures >= patience.attempts) throw unreachable(this.#options.url, error.message);
        const pause = error.waitMs ?? patience.pauseMs * 2 ** (failures - 1);
        if (error.waitMs !== undefined) onWait(pause);
        await paused(pause, signal);
      }
    }
  }

  /** Answers false where there is no such file. */
  async #attempt(): Promise<boolean> {
    const { hub, url, patience, signal } = this.#options;
    const have = this.#have();
    const tag = have > 0 ? readFileSync(this.#tag, "utf8") : "";
    using watch = new Watch(patience.idleMs, signal);
    let answer: Answer;
    try {
      const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-`, "if-range": tag } : {};
      answer = await ask(hub, url, { headers, signal: watch.signal });
    } catch (error) {
      if (error instanceof AmalfaError) throw error;
      throw new Setback(watch.isIdle ? "it does not answer" : `the connection fails (${reasonOf(error)})`);
    }
    const { response, announced } = answer;
    this.#announced = announced;
    try {
      if (!this.#mayRead(response)) return false;
      await this.#read(response, have, watch);
      return true;
    } finally {
      await response.body?.cancel().catch(() => {});
    }
  }

  /** Answers false where there is no such file; throws for anything that is no file. */
  #mayRead({ status, headers }: Response): boolean {
    const { url, patience, hub } = this.#options;
    if (status === 200 || status === 206) return true;
    if (status === 404 || status === 410) return false;
    if (status === 416) {
      this.#discard();
      throw new Setback("it offers less of the file than before");
    }
    if (status === 401 || status === 403) throw refused(url, status, hub);
    if (status === 429 || status === 503) {
      const wait = retryAfter(headers.get("retry-after"), Date.now());
      if (wait !== undefined && wait > patience.longestWaitMs) throw later(url, status, wait);
      throw new Setback(`it answers with status ${status}`, wait);
    }
    if (status === 408 || status >= 500) throw new Setback(`it answers with status ${status}`);
    throw unreachable(url, `it answers with status ${status}`);
  }

  async #read(response: Response, have: number, watch: Watch): Promise<void> {
    const { onProgress, mostBytes } = this.#options;
    const encoding = response.headers.get("content-encoding") ?? "identity";
    if (encoding !== "identity")
      throw unreachable(this.#options.url, "it is sent compressed or encoded, and not as it is");
    const start = this.#start(response, have);
    const length = lengthOf(response);
    const total = this.#announced.bytes ?? (length === undefined ? undefined : start + length);
    if ((total ?? 0) > mostBytes) throw tooLarge(this.#options.url, total ?? 0);
    this.#remember(response.headers);
    let received = start;
    const fd = openSync(this.#part, start === 0 ? "w" : "a", 0o644);
    try {
      onProgress(received, total);
      for await (const part of partsOf(response, watch)) {
        received += part.byteLength;
        this.#fetched += part.byteLength;
        this.#furthest = Math.max(this.#furthest, received);
        if (received > Math.min(total ?? mostBytes, mostBytes)) throw tooLarge(this.#options.url, received);
        writeAll(fd, part);
        onProgress(received, total);
      }
      fsyncSync(fd);
    } catch (error) {
      if (isTooLarge(error)) this.#discard();
      throw error;
    } finally {
      closeSync(fd);
    }
    if (total !== undefined && received < total)
      throw new Setback(`the connection ends after ${formatBytes(received)} of ${formatBytes(total)}`);
  }

  /** From where on it is what comes. */
  #start({ status, headers }: Response, have: number): number {
    if (status !== 206) return 0;
    const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
    if (Number(start) === have) {
      this.#resumed ||= have > 0;
      return have;
    }
    this.#discard();
    throw new Setback("it sends a part of the file that was not asked for");
  }

  /** Bytes that are there and can be gone on from. */
  #have(): number {
    const size = statSync(this.#part, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0 || existsSync(this.#tag)) return size;
    this.#discard();
    return 0;
  }

  /** Without a strong tag nobody can tell whether the rest belongs to it. */
  #remember(headers: Headers): void {
    const etag = headers.get("etag") ?? "";
    if (/^"[^"]+"$/.test(etag)) writeFileSync(this.#tag, etag);
    else rmSync(this.#tag, { force: true });
  }

  /** Puts the file in its place if it is what it has to be. */
  #settle(): Downloaded | undefined {
    const { path, sha256: wanted } = this.#options;
    const { sha256, bytes } = digestOf(this.#part);
    const { sha256: said } = this.#announced;
    if (sha256 !== (wanted ?? said ?? sha256)) return undefined;
    renameSync(this.#part, path);
    rmSync(this.#tag, { force: true });
    return { sha256, bytes, fetched: this.#fetched, announced: said === sha256 };
  }

  #wrong(): AmalfaError {
    const { url, sha256 } = this.#options;
    const actual = digestOf(this.#part).sha256;
    this.#discard();
    return new AmalfaError(
      "model.digest",
      `${shown(url)} is not the file that it should be: its SHA-256 is ${actual}, ` +
        `expected ${sha256 ?? this.#announced.sha256}.`,
    );
  }

  #discard(): void {
    if (existsSync(this.#part)) truncateSync(this.#part);
    rmSync(this.#part, { force: true });
    rmSync(this.#tag, { force: true });
  }
}

async function* partsOf(response: Response, watch: Watch): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      watch.alive();
      yield value;
    }
  } catch (error) {
    throw new Setback(watch.isIdle ? "nothing comes any more" : `the connection is cut (${reasonOf(error)})`);
  } finally {
    reader.releaseLock();
  }
}

/** The runtime's messages may hold the address with its credentials; codes do not. */
function reasonOf(error: unknown): string {
  return systemErrorCode(error) ?? (error instanceof Error ? error.name : messageOf(error));
}

function writeAll(fd: number, part: Uint8Array): void {
  for (let written = 0; written < part.byteLength; ) written += writeSync(fd, part, written);
}

function lengthOf({ headers }: Response): number | undefined {
  const length = headers.get("content-length");
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

function refused(url: URL, status: number, { authorization }: Hub): AmalfaError {
  return new AmalfaError("model.refused", `${shown(url)} is not given out: the hub answers with ${status}.`, {
    hint:
      authorization === undefined
        ? "The model may need an account: set HF_TOKEN to a token of the hub, and run the command again."
        : "The token in HF_TOKEN was not accepted for it. Set another one, or none for a public model.",
  });
}

function later(url: URL, status: number, wait: number): AmalfaError {
  const minutes = Math.ceil(wait / 60_000);
  return new AmalfaError("model.unreachable", `${shown(url)} is not given out now: status ${status}.`, {
    hint: `The hub asks to be left alone for ${minutes} min. Run the command again then; it goes on from here.`,
  });
}

const TOO_LARGE = "is larger than";

function tooLarge(url: URL, bytes: number): AmalfaError {
  return new AmalfaError(
    "model.digest",
    `${shown(url)} ${TOO_LARGE} it can be: ${formatBytes(bytes)} and more. It was not kept.`,
  );
}

function isTooLarge(error: unknown): boolean {
  return error instanceof AmalfaError && error.message.includes(TOO_LARGE);
}
