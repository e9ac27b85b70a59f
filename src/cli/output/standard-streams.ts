/**
 * Writing to stdout and stderr, whatever has become of them.
 *
 * A reader that has seen enough (`| head`) is no failure. A result that could not be written is one; what is said on
 * stderr is not worth failing for. Errors reach a writer as an exception, through its callback, or some time later as
 * an event, and often in two of these ways.
 *
 * Where no terminal is, little text is given to the system directly: the streams of the runtime, which everything
 * else goes through, take as long to load as a twentieth of a search.
 */
import { fstatSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import { AmalfaError, clauseOf, systemErrorCode } from "../../system/index.ts";
import type { OutputStream } from "./terminal.ts";

/** The code of the error that tells that stdout did not take a result. */
export const OUTPUT_FAILED = "output.failed";

const guarded = new WeakSet<NodeJS.WriteStream>();
let readerLeft = false;

/** Whether nobody reads stdout any more, as far as the last write could tell. */
export function hasReaderLeft(): boolean {
  return readerLeft;
}

const STDOUT = 1;
const STDERR = 2;

/** What every pipe takes at once, in bytes, so that nothing waits for a slow reader. */
const MOST_AT_ONCE = 16_384;

/** Streams that something went through: what was written before may still be on its way. */
const begun = new Set<number>();

/** What a rendered text has to know of stdout. */
export function stdoutShape(): OutputStream {
  return isPlain(STDOUT) ? {} : process.stdout;
}

/** The same of stderr, and what writes to it. */
export function stderrShape(): OutputStream & { write(text: string): unknown } {
  return isPlain(STDERR) || !process.stderr.isTTY ? { write: writeToStderr } : process.stderr;
}

/** Whether it is a file, a pipe, one end of a pair of sockets, or nothing at all: no terminal is any of them. */
function isPlain(fd: number): boolean {
  try {
    const found = fstatSync(fd);
    if (found.isFile() || found.isFIFO() || found.isSocket()) return true;
    return found.isCharacterDevice() && found.rdev !== 0 && found.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

/** What is left to write, if the system took part of it or nothing. Throws what writing throws. */
function withoutStream(fd: number, text: string): string | Uint8Array {
  if (begun.has(fd) || text.length > MOST_AT_ONCE || !isPlain(fd)) return text;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MOST_AT_ONCE) return text;
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if (systemErrorCode(error) !== "EAGAIN") throw error;
  }
  return bytes.subarray(written);
}

/** Resolves when the system has taken all of it or nobody wants to read it. Rejects with `output.failed`. */
export function writeToStdout(text: string): Promise<void> {
  if (text === "" || readerLeft) return Promise.resolve();
  let rest: string | Uint8Array;
  try {
    rest = withoutStream(STDOUT, text);
  } catch (error) {
    readerLeft = systemErrorCode(error) === "EPIPE";
    return readerLeft ? Promise.resolve() : Promise.reject(outputFailed(error));
  }
  return rest.length === 0 ? Promise.resolve() : writeToStream(rest);
}

function writeToStream(rest: string | Uint8Array): Promise<void> {
  begun.add(STDOUT);
  const stream = guard(process.stdout);
  return new Promise((resolve, reject) => {
    const finish = (error: unknown): void => {
      stream.off("error", finish);
      if (systemErrorCode(error) === "EPIPE") readerLeft = true;
      if (error === undefined || error === null || readerLeft) resolve();
      else reject(outputFailed(error));
    };
    stream.on("error", finish);
    try {
      stream.write(rest, finish);
    } catch (error) {
      finish(error);
    }
  });
}

/** Says something on stderr, if it can be said. */
export function writeToStderr(text: string): void {
  try {
    const rest = withoutStream(STDERR, text);
    if (rest.length === 0) return;
    begun.add(STDERR);
    guard(process.stderr).write(rest);
  } catch {
    // There is nobody left who could be told.
  }
}

/** Without a listener, an error that comes as an event would end the process with a stack. */
function guard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on("error", () => {});
  }
  return stream;
}

function outputFailed(cause: unknown): AmalfaError {
  return new AmalfaError(OUTPUT_FAILED, `The result could not be written to stdout: ${clauseOf(cause)}.`, {
    hint: "The command has done its work. Check where its output goes, and run it again to see the result.",
    cause,
  });
}
