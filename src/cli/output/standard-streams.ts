/**
 * Writing to stdout and stderr, whatever has become of them.
 *
 * A reader that has seen enough (`| head`) is no failure. A result that could not be written is one; what is said on
 * stderr is not worth failing for. Errors reach a writer as an exception, through its callback, or some time later as
 * an event, and often in two of these ways.
 */
import { AmalfaError, messageOf, systemErrorCode } from "../../system/index.ts";

/** The code of the error that tells that stdout did not take a result. */
export const OUTPUT_FAILED = "output.failed";

const guarded = new WeakSet<NodeJS.WriteStream>();
let readerLeft = false;

/** Whether nobody reads stdout any more, as far as the last write could tell. */
export function hasReaderLeft(): boolean {
  return readerLeft;
}

/** Resolves when the system has taken all of it or nobody wants to read it. Rejects with `output.failed`. */
export function writeToStdout(text: string): Promise<void> {
  if (text === "" || readerLeft) return Promise.resolve();
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
      stream.write(text, finish);
    } catch (error) {
      finish(error);
    }
  });
}

/** Says something on stderr, if it can be said. */
export function writeToStderr(text: string): void {
  try {
    guard(process.stderr).write(text);
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
  return new AmalfaError(OUTPUT_FAILED, `The result could not be written to stdout: ${messageOf(cause)}.`, {
    hint: "What the command had to do is done. Check where its output goes, and run it again to see the result.",
    cause,
  });
}
