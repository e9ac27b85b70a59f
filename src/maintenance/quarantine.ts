/** Moving aside what is damaged, while a command or a fix is at work. */
import { relative, sep } from "node:path";
import {
  type ProjectPaths,
  planQuarantine,
  type QuarantineMove,
  quarantine,
  setAsideUnused,
  useOf,
} from "../project/index.ts";
import { lockFiles, withMaintenanceLock } from "../project/lock/index.ts";
import { databaseFiles } from "../sqlite/index.ts";
import { liesBelow } from "../system/files/index.ts";

/*
 * Moving files to quarantine that certainly nobody uses: under the maintenance lock, and when no process has one of
 * them open.
 */

/** Moves them and answers where they lie now. Throws when another command is at work, or somebody has one open. */
export async function moveUnused(paths: ProjectPaths, files: readonly string[]): Promise<string> {
  return withMaintenanceLock(paths, { command: "doctor --fix", waitSeconds: 0 }, async () => {
    return placesOf(paths, setAsideUnused(paths, files));
  });
}

function placesOf(paths: ProjectPaths, moves: readonly QuarantineMove[]): string {
  return `moved to ${moves.map(({ to }) => relative(paths.root, to)).join(", ")}`;
}

/** The same without the maintenance lock: for what lies in the place of a lock, so that none can be taken. */
export function moveWithoutLock(paths: ProjectPaths, file: string): string {
  const files = file.endsWith(".lock") ? lockFiles(file) : [file];
  return placesOf(paths, setAsideUnused(paths, files));
}

/* Moving a damaged vector cache aside while a command that holds the maintenance lock is at work. */

/**
 * Moves the files of the cache at `path` to quarantine and answers where the main one lies now, relative to the
 * project root. Undefined when they have to stay: outside `.amalfa`, where a misspelt setting may lead to anybody's
 * file, and when somebody has one of them open.
 *
 * Throws as `quarantine` does. The caller holds the maintenance lock and has no connection to
 * the file.
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
