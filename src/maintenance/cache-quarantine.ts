/** Moving a damaged vector cache aside while a command that holds the maintenance lock is at work. */
import { relative, sep } from "node:path";
import type { ProjectPaths } from "../config/paths.ts";
import { liesBelow } from "../config/real-place.ts";
import { findFileHolders } from "../sqlite/file-holders.ts";
import { databaseFiles, planQuarantine, quarantine } from "./quarantine.ts";

/**
 * Moves the files of the cache at `path` to quarantine and answers where the main one lies now, relative to the project root. Undefined when
 * they have to stay: outside `.amalfa`, where a misspelt setting may lead to anybody's file, and when somebody has one of them open.
 *
 * Throws what the file system throws. The caller holds the maintenance lock and has no connection to the file.
 */
export function quarantineVectorCache(paths: ProjectPaths, path: string): string | undefined {
  if (!liesBelow(paths.data, path)) return undefined;
  const files = databaseFiles(path);
  const search = findFileHolders(files);
  if (search.kind === "unknown" || search.holders.length > 0) return undefined;
  const moves = planQuarantine(paths, files, new Date());
  quarantine(moves);
  const place = moves.find(({ from }) => from === path)?.to;
  return place === undefined ? undefined : relative(paths.root, place).replaceAll(sep, "/");
}
