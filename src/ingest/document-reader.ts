/** Whoever reads files for an ingest: this thread, or one of its own. */
import type { Model } from "../embedding/catalogue.ts";
import type { FileReading, FileToRead } from "./read-files.ts";

export interface DocumentReader extends AsyncDisposable {
  /** One reading for each file, in their order. Throws `model.missing` or `model.damaged`, since the tokenizer decides where to cut. */
  read(files: readonly FileToRead[]): Promise<readonly FileReading[]>;
}

export interface ReaderOptions {
  readonly model: Model;
  /** The project's own models directory. */
  readonly modelsDirectory: string;
}

/** A reader that works in the calling thread. Loads tokenizer and parser when it is first used. */
export function readerInThisThread({ model, modelsDirectory }: ReaderOptions): DocumentReader {
  let loading: Promise<(files: readonly FileToRead[]) => FileReading[]> | undefined;
  const load = async () => {
    const [{ loadTokenizer }, { readFiles }] = await Promise.all([
      import("../embedding/tokenizer.ts"),
      import("./read-files.ts"),
    ]);
    const tokenizer = await loadTokenizer(model, modelsDirectory);
    return (files: readonly FileToRead[]) => readFiles(files, { tokenizer, model });
  };
  return {
    read: async (files) => {
      loading ??= load();
      return (await loading)(files);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
