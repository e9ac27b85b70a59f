/** Where the command was called. Only what is relative depends on it. */
import { isAbsolute } from "node:path";
import { AmalfaError } from "../system/index.ts";

/** Absolute. Throws `directory.gone` where the folder was deleted, as a shell finds that was left open in it. */
export function workingDirectory(): string {
  const folder = folderIfAny();
  if (folder !== undefined) return folder;
  throw new AmalfaError(
    "directory.gone",
    "The folder in which the command was called does not exist any more.",
  );
}

/**
 * From where paths are meant that are relative; with an absolute `root` that is the root itself where the folder is
 * gone.
 */
export function startingPoint(root: string | undefined): string {
  return root !== undefined && isAbsolute(root) ? (folderIfAny() ?? root) : workingDirectory();
}

function folderIfAny(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
