/** What room an ingest may need on the disk, and how much there is: asked before it begins, where there is little. */
import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { openGraphToReadIfPresent } from "../graph/index.ts";
import { discover } from "../ingest/discovery/index.ts";
import { findDrift } from "../ingest/index.ts";
import type { Project } from "../project/index.ts";

export interface SpaceNeed {
  readonly needed: number;
  readonly free: number;
  /** The folder whose disk it is. */
  readonly place: string;
}

const MIB = 1024 * 1024;
/** With more than this free nobody is asked for the size of the documents, in bytes. */
const PLENTY = 1024 * MIB;
/**
 * What a byte of text takes: itself, its words, and a vector of 1.5 KiB for each chunk of some 1,000 bytes, in the
 * graph, its log and the cache.
 */
const BYTES_FOR_A_BYTE = 8;
/** Schema, lock and logs, whatever is ingested. */
const LEAST = 2 * MIB;

/** What may not fit; undefined where it does, or where that cannot be told. Looks only; never throws. */
export function findLackOfSpace(project: Project): SpaceNeed | undefined {
  try {
    const place = existingFolder(project.paths.data);
    const { bavail, bsize } = statfsSync(place);
    const free = bavail * bsize;
    if (free >= PLENTY) return undefined;
    const needed = LEAST + BYTES_FOR_A_BYTE * bytesToIngest(project);
    return needed > free ? { needed, free, place } : undefined;
  } catch {
    return undefined;
  }
}

/** Of documents that changed, by their number, since which ones is for the ingest to find out. */
function bytesToIngest(project: Project): number {
  const { root, settings, paths } = project;
  const { sources, excludePatterns } = settings;
  const discovery = discover({ root, sources, excludePatterns });
  const all = discovery.files.reduce((sum, { size }) => sum + size, 0);
  using db = openGraphToReadIfPresent(paths.database)?.db;
  const { added, changed } = findDrift(project, discovery, db);
  return discovery.files.length === 0 ? 0 : (all * (added + changed)) / discovery.files.length;
}

function existingFolder(path: string): string {
  return existsSync(path) ? path : existingFolder(dirname(path));
}
