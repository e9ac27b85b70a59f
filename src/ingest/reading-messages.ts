/** What a reading thread and the thread that started it say to each other. */
import type { ReaderOptions } from "./document-reader.ts";
import type { FileReading, FileToRead } from "./read-files.ts";

export type ToReadingThread =
  | { readonly kind: "load"; readonly options: ReaderOptions }
  | { readonly kind: "read"; readonly files: readonly FileToRead[] };

export type FromReadingThread =
  | { readonly kind: "read"; readonly readings: readonly FileReading[] }
  /** As much of an error as plain data holds. */
  | { readonly kind: "failed"; readonly code?: string; readonly message: string; readonly hint?: string };
