/**
 * The MCP server on stdin and stdout, from the first frame until the client has gone.
 *
 * stdout carries frames and nothing else (I10): whatever else in this process writes to it is sent to stderr. Nothing
 * heavier than the protocol itself is loaded before it is asked for; no other service is started.
 */
import { messageOf, sendStrayOutputToStderr } from "../system/index.ts";
import type { BridgeStreams } from "./bridge.ts";
import { type ContextOptions, openContext } from "./context.ts";
import { serveConnection } from "./serve-connection.ts";
import { answersFrom } from "./server.ts";
import { StdioTransport } from "./stdio-transport.ts";

export interface ServeOptions extends ContextOptions {
  /**
   * What makes the server known to others; taken back as soon as the client has gone, before anything that may take
   * its time.
   */
  readonly registration: Disposable;
  /** stdin and stdout, unless a bridge has used them already. */
  readonly streams?: BridgeStreams;
  /** Ends the server as a client that leaves does. */
  readonly signal: AbortSignal;
  readonly onWarning: (message: string) => void;
}

/**
 * How long answers under way may take after the client has closed stdin, in milliseconds; a busy machine takes
 * seconds for a first query.
 */
const FINISH_WITHIN_MS = 10_000;

/** Resolves when the client has gone or the signal is aborted, and what could be closed in time is. */
export async function serve(options: ServeOptions): Promise<void> {
  const { signal, onWarning } = options;
  const { input, output } = options.streams ?? { input: process.stdin, output: process.stdout };
  const transport = new StdioTransport(input, output);
  sendStrayOutputToStderr();
  await using open = await openContext(options);
  const base = answersFrom(open.context);
  const answers = {
    ...base,
    // Whoever asks which tools there are is likely to search next: the model loads while the client still reads them.
    tools: async () => {
      const listed = await base.tools();
      open.expectSearches();
      return listed;
    },
  };
  const connection = serveConnection(transport, answers, (error) => onWarning(messageOf(error)));
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await Promise.race([transport.gone, stopped]);
  if (!signal.aborted) await Promise.race([transport.answered(FINISH_WITHIN_MS), stopped]);
  await connection.close();
  options.registration[Symbol.dispose]();
}
