/**
 * Moving aside what is damaged or not ours, instead of deleting it.
 *
 * Call with no connection to the files open in this process, and only when no other process has one.
 */
import { constants, copyFileSync, existsSync, lstatSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  AnchoredFolder,
  Displaced,
  type ExactPath,
  makeFolderInPlace,
  openOwnFolder,
  readTree,
  realPlace,
  requireOwnPlace,
} from "../system/files/index.ts";
import { AmalfaError, systemErrorCode, writeHint, writeReason } from "../system/index.ts";
import { describeFileHolder, findFileHolders } from "../system/process/index.ts";
import type { ProjectPaths } from "./paths.ts";

/** One file or folder on its way to quarantine. Absolute paths. */
export interface QuarantineMove {
  readonly from: string;
  readonly to: string;
}

/** Plans the move of files to a folder of their own, named after the time in UTC; nothing is created yet. */
export function planQuarantine(paths: ProjectPaths, files: readonly string[], now: Date): QuarantineMove[] {
  const stamp = now.toISOString().replaceAll(":", "-");
  let folder = join(paths.quarantine, stamp);
  for (let count = 2; existsSync(folder); count++) folder = join(paths.quarantine, `${stamp}-${count}`);
  return files.map((from) => ({ from, to: join(folder, basename(from)) }));
}

/**
 * Carries out the moves in order. Throws `file.unwritable`, `root.replaced`, `data.link` where the folder is a link:
 * one that came with a project would have what is moved aside carried out of it; and `file.changed` where a folder on
 * the way is another one by now.
 */
export function quarantine(moves: readonly QuarantineMove[]): void {
  for (const each of moves) {
    try {
      move(each);
    } catch (error) {
      throw asRefusal(error, each);
    }
  }
}

function asRefusal(error: unknown, { from, to }: QuarantineMove): unknown {
  if (error instanceof Displaced) {
    return new AmalfaError("file.changed", `${error.message} meanwhile. ${from} was left where it is.`);
  }
  if (systemErrorCode(error) === undefined) return error;
  const message = `${from} cannot be moved to ${dirname(to)}: ${writeReason(error)}. It was left where it is.`;
  return new AmalfaError("file.unwritable", message, { ...writeHint(error), cause: error });
}

function move({ from, to }: QuarantineMove): void {
  for (const folder of [dirname(dirname(to)), dirname(to)]) makeFolderInPlace(folder);
  // The folder of the cache may be a link.
  using source = AnchoredFolder.open(realPlace(dirname(from)));
  requireOwnPlace(from);
  using target = openOwnFolder(to);
  const name = basename(from);
  const meant = source.identityOf(name);
  try {
    source.rename(name, target, basename(to));
  } catch (error) {
    if (systemErrorCode(error) !== "EXDEV") throw error;
    // Whole or not at all: what a kill leaves has a name that tells.
    const partial = `${to}.${process.pid}.copying`;
    copyFileSync(from, partial, constants.COPYFILE_EXCL);
    source.requireInPlace();
    target.rename(basename(partial), target, basename(to));
    source.remove(name, meant);
  }
}

/** Whether a process has one of the files open. What cannot be told is never "unused". */
export type FileUse =
  | { readonly kind: "unused" }
  /** `by`: the processes, for people. */
  | { readonly kind: "open"; readonly by: string }
  | { readonly kind: "unknown"; readonly reason: string };

export function useOf(files: readonly ExactPath[]): FileUse {
  const search = findFileHolders(files);
  if (search.kind === "unknown") return { kind: "unknown", reason: search.reason };
  if (search.holders.length === 0) return { kind: "unused" };
  return { kind: "open", by: search.holders.map(describeFileHolder).join(", ") };
}

/**
 * A link itself is never open, and what is no file behind it, such as a device, stays where it is. One that leads in a
 * circle cannot even be asked about.
 */
function mayBeOpen(path: ExactPath): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return true;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    if (systemErrorCode(error) === "ELOOP") return false;
    throw error;
  }
}

/**
 * Moves files to quarantine when nobody has one of them open. Answers where they lie then; throws an Error with the
 * reason where it has not moved them.
 */
export function setAsideUnused(paths: ProjectPaths, files: readonly string[]): QuarantineMove[] {
  const use = useOf(files.flatMap((file) => [file, ...readTree(file).paths]).filter(mayBeOpen));
  if (use.kind === "unknown") throw new Error(`it cannot be told whether it is open: ${use.reason}`);
  if (use.kind === "open") throw new Error(`it is open in ${use.by}`);
  const moves = planQuarantine(paths, files, new Date());
  quarantine(moves);
  return moves;
}
