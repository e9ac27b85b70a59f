/**
 * Whoever changes documents does it one after the other: two that had read the same file would each replace what the
 * other wrote. The lock dies with its holder. Other programs know nothing of it; against them a file is looked at
 * again right before it is replaced.
 */
import { join } from "node:path";
import type { Project } from "../project/index.ts";
import { takeLockFile } from "../project/lock/index.ts";
import { isBusy } from "../sqlite/index.ts";
import { AmalfaError } from "../system/index.ts";

/** A file is written in milliseconds. */
const WAIT_MS = 5_000;

/** Throws `file.changed` where others keep writing, and what `work` throws. */
export function asOnlyWriter<T>({ paths }: Pick<Project, "paths">, work: () => T): T {
  using _ = lockOf(paths);
  return work();
}

function lockOf(paths: Project["paths"]): Disposable {
  try {
    return takeLockFile(paths, join(paths.runtime, "documents.lock"), { waitMs: WAIT_MS });
  } catch (error) {
    if (isBusy(error)) {
      throw new AmalfaError(
        "file.changed",
        "Others keep writing documents of this project. Nothing was changed.",
      );
    }
    // Where amalfa's folder is not there or cannot be written, no server of the project writes documents either.
    return { [Symbol.dispose]: () => {} };
  }
}
