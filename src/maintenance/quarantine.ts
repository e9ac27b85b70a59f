/**
 * Moving aside what is damaged or not ours, instead of deleting it.
 *
 * Call with no connection to the files open in this process, and only when no other process has one.
 */
import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { ProjectPaths } from "../project/index.ts";
import { withMaintenanceLock } from "../project/lock/index.ts";
import { databaseFiles } from "../sqlite/index.ts";
import { liesBelow, readTree } from "../system/files/index.ts";
import { systemErrorCode } from "../system/index.ts";
import { describeFileHolder, findFileHolders } from "../system/process/index.ts";

/** One file or folder on its way to quarantine. Absolute paths. */
export interface QuarantineMove {
  readonly from: string;
  readonly to: string;
}

/** Whether a process has one of the files open. What cannot be told is never "unused". */
export type FileUse =
  | { readonly kind: "unused" }
  /** `by`: the processes, for people. */
  | { readonly kind: "open"; readonly by: string }
  | { readonly kind: "unknown"; readonly reason: string };

export function useOf(files: readonly string[]): FileUse {
  const search = findFileHolders(files);
  if (search.kind === "unknown") return { kind: "unknown", reason: search.reason };
  if (search.holders.length === 0) return { kind: "unused" };
  return { kind: "open", by: search.holders.map(describeFileHolder).join(", ") };
}

/** Plans the move of files to a folder of their own, named after the time in UTC; nothing is created yet. */
export function planQuarantine(paths: ProjectPaths, files: readonly string[], now: Date): QuarantineMove[] {
  const stamp = now.toISOString().replaceAll(":", "-");
  let folder = join(paths.quarantine, stamp);
  for (let count = 2; existsSync(folder); count++) folder = join(paths.quarantine, `${stamp}-${count}`);
  return files.map((from) => ({ from, to: join(folder, basename(from)) }));
}

/** Carries out the moves in order. Throws what the file system throws. */
export function quarantine(moves: readonly QuarantineMove[]): void {
  for (const { from, to } of moves) {
    mkdirSync(join(to, ".."), { recursive: true });
    try {
      renameSync(from, to);
    } catch (error) {
      if (systemErrorCode(error) !== "EXDEV") throw error;
      copyFileSync(from, to, constants.COPYFILE_EXCL);
      rmSync(from);
    }
  }
}

/* Moving files to quarantine that certainly nobody uses: under the maintenance lock, and when no process has one of them open. */

/** Moves them and answers where they lie now. Throws when another command is at work, or somebody has one open. */
export async function moveUnused(paths: ProjectPaths, files: readonly string[]): Promise<string> {
  return withMaintenanceLock(paths, { command: "doctor --fix", waitSeconds: 0 }, async () => {
    const use = useOf(files.flatMap((file) => [file, ...readTree(file).paths]));
    if (use.kind === "unknown") throw new Error(`it cannot be told whether it is open: ${use.reason}`);
    if (use.kind === "open") throw new Error(`it is open in ${use.by}`);
    const moves = planQuarantine(paths, files, new Date());
    quarantine(moves);
    return `moved to ${moves.map(({ to }) => relative(paths.root, to)).join(", ")}`;
  });
}

/* Moving a damaged vector cache aside while a command that holds the maintenance lock is at work. */

/**
 * Moves the files of the cache at `path` to quarantine and answers where the main one lies now, relative to the project root. Undefined when
 * they have to stay: outside `.amalfa`, where a misspelt setting may lead to anybody's file, and when somebody has one of them open.
 *
 * Throws what the file system throws. The caller holds the maintenance lock and has no connection to the file.
 */
export function quarantineVectorCache(paths: ProjectPaths, path: string): string | undefined {
  if (!liesBelow(paths.data, path)) return undefined;
  const files = databaseFiles(path);
  if (useOf(files).kind !== "unused") return undefined;
  const moves = planQuarantine(paths, files, new Date());
  quarantine(moves);
  const place = moves.find(({ from }) => from === path)?.to;
  return place === undefined ? undefined : relative(paths.root, place).replaceAll(sep, "/");
}
