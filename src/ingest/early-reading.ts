/** Reading that begins before anything is known of the graph: whoever reads every document in any case need not wait for that. */
import type { Project } from "../config/load.ts";
import type { Model } from "../embedding/catalogue.ts";
import { type Discovery, discover } from "./discover.ts";
import type { DocumentReader } from "./document-reader.ts";
import { type Readings, readAhead } from "./read-ahead.ts";
import { startReadingThread } from "./reading-thread.ts";

export interface EarlyReading extends AsyncDisposable {
  readonly discovery: Discovery;
  /** Of every discovered file. */
  readonly readings: Readings;
}

/**
 * Finds the documents and has all of them read in a thread, which is ended with `dispose`. Throws what `discover` throws.
 *
 * @param started a thread that has begun to load what it needs
 */
export function beginReading(
  { root, settings, paths }: Project,
  model: Model,
  started?: DocumentReader,
): EarlyReading {
  // Else it loads that while the folders are walked.
  const reader = started ?? startReadingThread({ model, modelsDirectory: paths.models });
  try {
    const { sources, excludePatterns } = settings;
    const discovery = discover({ root, sources, excludePatterns });
    return {
      discovery,
      readings: readAhead(reader, discovery.files),
      [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
    };
  } catch (error) {
    void reader[Symbol.asyncDispose]();
    throw error;
  }
}
