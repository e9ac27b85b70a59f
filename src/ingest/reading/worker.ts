/** The thread in which documents are read, parsed and cut while the main one looks up vectors and writes rows. */

import { AmalfaError, GarbageWatch, messageOf } from "../../system/index.ts";
import {
  type DocumentReader,
  type FromReadingThread,
  readerInThisThread,
  type ToReadingThread,
} from "./reader.ts";

/** The thread's own scope; the types of a page's scope would know neither. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToReadingThread>) => void) | null;
  postMessage(message: FromReadingThread): void;
}
const scope = globalThis as unknown as WorkerScope;

let reader: DocumentReader | undefined;
const garbage = new GarbageWatch();
let work: Promise<void> = Promise.resolve();

scope.onmessage = (event) => {
  work = work.then(() => handle(event.data)).catch(fail);
};

async function handle(message: ToReadingThread): Promise<void> {
  if (message.kind === "load") {
    reader = readerInThisThread(message.options);
    // Loads tokenizer and parser while nobody waits for them yet.
    await reader.read([]);
    return;
  }
  if (reader === undefined) throw new Error("files arrived before the model's name");
  scope.postMessage({ kind: "read", readings: await reader.read(message.files) });
  garbage.check();
}

function fail(error: unknown): void {
  scope.postMessage({
    kind: "failed",
    message: messageOf(error),
    ...(error instanceof AmalfaError ? detailsOf(error) : {}),
  });
}

function detailsOf({ code, hint }: AmalfaError) {
  return hint === undefined ? { code } : { code, hint };
}
