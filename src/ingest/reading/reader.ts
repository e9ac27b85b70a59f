/** Reads and parses the files of an ingest, in this thread or in a second one. */

import type { Model } from "../../project/index.ts";
import { AmalfaError, isErrorCode, programFile } from "../../system/index.ts";
import { loadGrammarsFor } from "../code/index.ts";
import type { FileReading, FileToRead } from "./prepare.ts";

export interface DocumentReader extends AsyncDisposable {
  /**
   * One reading for each file, in their order. Throws `model.missing` or `model.damaged`, since the tokenizer decides
   * where to cut.
   */
  read(files: readonly FileToRead[]): Promise<readonly FileReading[]>;
}

export interface ReaderOptions {
  readonly model: Model;
  /** The project's own models directory. */
  readonly modelsDirectory: string;
}

/** A reader that works in the calling thread. Loads tokenizer and parser when it is first used. */
export function readerInThisThread({ model, modelsDirectory }: ReaderOptions): DocumentReader {
  let loading: Promise<(files: readonly FileToRead[]) => Promise<FileReading[]>> | undefined;
  const load = async () => {
    const [{ loadTokenizer }, { prepareFiles }] = await Promise.all([
      import("../../embedding/model/index.ts"),
      import("./prepare.ts"),
    ]);
    const tokenizer = await loadTokenizer(model, modelsDirectory);
    return async (files: readonly FileToRead[]) => {
      const declarations = await loadGrammarsFor(files.map(({ file }) => file.id));
      return prepareFiles(files, { tokenizer, model, declarations });
    };
  };
  return {
    read: async (files) => {
      loading ??= load();
      return (await loading)(files);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/*
 * A reader in a thread of its own. Where no vectors are computed, parsing and chunking are most of an ingest; on a
 * second core this thread can do the rest meanwhile.
 */

/** With fewer bytes, to load tokenizer and parser a second time would take longer than reading the files here. */
const WORTH_A_THREAD_BYTES = 1 << 20;

/** The reader that is faster for so many bytes. */
export function readerFor(bytes: number, options: ReaderOptions): DocumentReader {
  return bytes < WORTH_A_THREAD_BYTES ? readerInThisThread(options) : startReadingThread(options);
}

/** Starts the thread, which loads tokenizer and parser at once. What goes wrong there is thrown by `read`. */
export function startReadingThread(options: ReaderOptions): DocumentReader {
  return new ReadingThread(options);
}

type Waiting = PromiseWithResolvers<readonly FileReading[]>;

class ReadingThread implements DocumentReader {
  readonly #thread = new Worker(programFile("src/ingest/reading/worker.ts"));
  readonly #gone = Promise.withResolvers<void>();
  /** Requests that are not answered yet, in the order in which they were made. */
  readonly #waiting: Waiting[] = [];
  #failure: AmalfaError | undefined;

  constructor(options: ReaderOptions) {
    this.#thread.onmessage = (event: MessageEvent<FromReadingThread>) => this.#receive(event.data);
    this.#thread.onmessageerror = () => this.#fail({ message: "an answer could not be read" });
    this.#thread.onerror = (event: ErrorEvent) => {
      event.preventDefault();
      this.#fail(event);
    };
    this.#thread.addEventListener("close", () => {
      this.#fail({ message: "it ended" });
      this.#gone.resolve();
    });
    this.#post({ kind: "load", options });
  }

  read(files: readonly FileToRead[]): Promise<readonly FileReading[]> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const waiting: Waiting = Promise.withResolvers();
    this.#waiting.push(waiting);
    this.#post({ kind: "read", files });
    return waiting.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#thread.terminate();
    await this.#gone.promise;
  }

  #post(message: ToReadingThread): void {
    this.#thread.postMessage(message);
  }

  #receive(message: FromReadingThread): void {
    if (message.kind === "failed") this.#fail(message);
    else this.#waiting.shift()?.resolve(message.readings);
  }

  #fail({
    code,
    message,
    hint,
  }: {
    readonly code?: string;
    readonly message: string;
    readonly hint?: string;
  }): void {
    this.#failure ??=
      code === undefined || !isErrorCode(code)
        ? new AmalfaError("ingest.reader", `The thread that reads documents failed: ${message}.`)
        : new AmalfaError(code, message, hint === undefined ? {} : { hint });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

/* What a reading thread and the thread that started it say to each other. */

export type ToReadingThread =
  | { readonly kind: "load"; readonly options: ReaderOptions }
  | { readonly kind: "read"; readonly files: readonly FileToRead[] };

export type FromReadingThread =
  | { readonly kind: "read"; readonly readings: readonly FileReading[] }
  /** As much of an error as plain data holds. */
  | { readonly kind: "failed"; readonly code?: string; readonly message: string; readonly hint?: string };
