/** Files to readings: what a thread of its own does for many files, and the main one for a few. Loads the markdown parser. */
import { AmalfaError } from "../errors.ts";
import type { DiscoveredFile } from "./discover.ts";
import { readContent, readFailure } from "./read-content.ts";
import { type ChunkTarget, type PreparedDocument, prepareDocument } from "./read-document.ts";

export interface FileToRead {
  readonly file: DiscoveredFile;
  /** The hash of the content whose rows may stay as they are; undefined when none may. */
  readonly currentHash: string | undefined;
}

/** What became of a file. Plain data. */
export type FileReading =
  | { readonly kind: "as before"; readonly trustedMtimeMs: number }
  | {
      readonly kind: "document";
      /** SHA-256 of the file's bytes, hex. */
      readonly hash: string;
      readonly trustedMtimeMs: number;
      readonly document: PreparedDocument;
    }
  | { readonly kind: "failed"; readonly error: string };

/** One reading for each file, in their order. A file that cannot be read or is no text is an outcome, not an error. */
export function readFiles(files: readonly FileToRead[], target: ChunkTarget): FileReading[] {
  return files.map((file) => readFile(file, target));
}

function readFile({ file, currentHash }: FileToRead, target: ChunkTarget): FileReading {
  try {
    const content = readContent(file);
    const { hash, trustedMtimeMs } = content;
    if (hash === currentHash) return { kind: "as before", trustedMtimeMs };
    return { kind: "document", hash, trustedMtimeMs, document: prepareDocument(content, target) };
  } catch (error) {
    return { kind: "failed", error: error instanceof AmalfaError ? error.message : readFailure(error) };
  }
}
