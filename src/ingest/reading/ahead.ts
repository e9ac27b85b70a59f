/**
 * Has files read in batches, several ahead of whoever takes the readings: while rows are looked up and written, a
 * reading thread goes on.
 */

import type { Model, Project } from "../../project/index.ts";
import { type DiscoveredFile, type Discovery, discover } from "../discovery/index.ts";
import type { FileReading } from "./prepare.ts";
import { type DocumentReader, startReadingThread } from "./reader.ts";

/** Files read at a time, each with its reading. */
export type ReadingBatch = readonly (readonly [DiscoveredFile, FileReading])[];

/** All files in their order. Can be gone through once. */
export type Readings = AsyncIterable<ReadingBatch>;

/** Files read at a time: enough that asking costs nothing, and few enough that the first ones are there soon. */
const BATCH_FILES = 128;
const BATCH_BYTES = 256 * 1024;
/** What lies ready is held in memory, at most so many batches of it. */
const BATCHES_AHEAD = 16;

/**
 * Begins at once, and ends the reader when all is read. What the reader throws is thrown to whoever takes the readings.
 *
 * @param currentHash the hash of the content whose rows may stay as they are, for each id
 */
export function readAhead(
  reader: DocumentReader,
  files: readonly DiscoveredFile[],
  currentHash: (id: string) => string | undefined = () => undefined,
): Readings {
  const coming: { batch: readonly DiscoveredFile[]; readings: Promise<readonly FileReading[]> }[] = [];
  let next = 0;
  const ask = (): void => {
    while (coming.length < BATCHES_AHEAD && next < files.length) {
      const batch = files.slice(next, endOfBatch(files, next));
      next += batch.length;
      const readings = reader.read(batch.map((file) => ({ file, currentHash: currentHash(file.id) })));
      // After an interruption nobody waits for them any more.
      readings.catch(() => {});
      coming.push({ batch, readings });
    }
  };
  ask();
  return {
    async *[Symbol.asyncIterator]() {
      for (let first = coming.shift(); first !== undefined; first = coming.shift()) {
        ask();
        const readings = await first.readings;
        // A thread takes a while to end, and rows are still to be written meanwhile.
        if (coming.length === 0) void reader[Symbol.asyncDispose]();
        yield first.batch.map((file, place) => [file, readings[place]!] as const);
      }
    },
  };
}

/** A file that is larger than a batch makes one by itself. */
function endOfBatch(files: readonly DiscoveredFile[], from: number): number {
  let bytes = 0;
  let end = from;
  while (end < files.length && end - from < BATCH_FILES) {
    bytes += files[end]!.size;
    if (bytes > BATCH_BYTES && end > from) break;
    end++;
  }
  return end;
}

/*
 * Reading that begins before anything is known of the graph: whoever reads every document in any case need not wait
 * for that.
 */

export interface EarlyReading extends AsyncDisposable {
  readonly discovery: Discovery;
  /** Of every discovered file. */
  readonly readings: Readings;
}

/**
 * Finds the documents and has all of them read in a thread, which is ended with `dispose`. Throws what `discover`
 * throws.
 *
 * @param started a thread that has begun to load what it needs
 */
export function beginEarlyReading(
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
