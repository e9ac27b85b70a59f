/** Notes that are ingested once for a file of tests; every test works on a copy. */
import { afterAll, beforeAll } from "bun:test";
import { type IngestDocument, init } from "./amalfa.ts";
import { notesFolder } from "./notes.ts";
import type { TempFolder } from "./temp-folder.ts";

export interface ReadyNotes {
  readonly folder: TempFolder;
  copy(): TempFolder;
  /** What the first ingest said. */
  readonly first: IngestDocument;
  /** Texts that a vector was computed of. */
  readonly texts: number;
}

/**
 * Call at the top of a test file; the folder is there when its tests run.
 *
 * @param folder has the notes, and is removed after the tests
 */
export function useReadyNotes(folder: TempFolder = notesFolder()): ReadyNotes {
  let first: IngestDocument | undefined;
  const said = (): IngestDocument => {
    if (first === undefined) throw new Error("the notes are ingested before the tests, not before that");
    return first;
  };
  beforeAll(async () => {
    first = (await init(folder)).document;
  });
  afterAll(() => folder[Symbol.dispose]());
  return {
    folder,
    copy: () => folder.copy(),
    get first() {
      return said();
    },
    get texts() {
      return said().embedding.misses;
    },
  };
}
