/** How far files and graph disagree, judged by size and time, and by content where those differ. */
import type { Database } from "bun:sqlite";
import {
  readContentHashes,
  readFileStats,
  readUnreadFrontMatter,
  type StoredStat,
  type UnreadFrontMatter,
} from "../graph/index.ts";
import type { Project } from "../project/index.ts";
import { readTransaction } from "../sqlite/index.ts";
import { AmalfaError } from "../system/index.ts";
import type { DiscoveredFile, Discovery } from "./discovery/index.ts";
import { decodeMarkdown } from "./markdown/index.ts";
import { planIngest } from "./plan.ts";
import { type FailedDocument, readContent, whyUnreadable } from "./reading/index.ts";
import { reasonToRefuse } from "./refusal.ts";

/** What the next ingest would do. */
export interface Drift {
  /** Documents that it would add, change and remove. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /**
   * Files that were found, are new or other than the graph has them, and cannot be read or decoded: an ingest does
   * not help them.
   */
  readonly failed: readonly FailedDocument[];
  /** Of documents as the graph has them. */
  readonly frontMatter: readonly UnreadFrontMatter[];
  /** Why it would refuse to run (I11), a clause; null when it would not. */
  readonly refusal: string | null;
}

export interface FoundDrift extends Drift {
  /** Documents of whose files the graph notes what the file system never said. */
  readonly misnoted: readonly string[];
}

/** Which documents differ, by their ids. */
export interface Differences {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly failed: readonly FailedDocument[];
  /** Files that looked other than when they were read and have the same content. */
  readonly restamped: readonly DiscoveredFile[];
  /** Files whose content could not be compared in the time that there was. */
  readonly unverified: number;
  /** When each file was changed that looks other than when it was read, whatever it says; in milliseconds. */
  readonly times: ReadonlyMap<string, number>;
  readonly refusal: string | null;
}

type Verdict = { readonly kind: "same" | "differs" } | { readonly kind: "failed"; readonly error: string };

/** @param db the graph, or undefined when there is none: then every file is new, and none is read. */
export function findDrift(project: Project, discovery: Discovery, db: Database | undefined): FoundDrift {
  // Stamps of one state and hashes of another would count documents that neither differs by.
  return db === undefined
    ? driftOf(project, discovery, db)
    : readTransaction(db, () => driftOf(project, discovery, db));
}

function driftOf(project: Project, discovery: Discovery, db: Database | undefined): FoundDrift {
  const known = db === undefined ? new Map<string, StoredStat>() : readFileStats(db);
  const differences = findDifferences(project, discovery, { db, known });
  const { added, changed, removed, failed, restamped, refusal } = differences;
  const misnoted = restamped.filter((file) => isMisnoted(file, known.get(file.id))).map(({ id }) => id);
  const frontMatter = db === undefined ? [] : readUnreadFrontMatter(db);
  const counts = { added: added.length, changed: changed.length, removed: removed.length };
  return { ...counts, failed, misnoted, frontMatter, refusal };
}

/**
 * Whether the graph notes of a file with the same content what cannot ever have been so. Whatever changes a file, also
 * its time alone, changes the time of its entry: where that is the same, all else has to be. A time that was not
 * trusted is noted below zero, and may be followed by another one in the same step of the clock.
 */
function isMisnoted(file: DiscoveredFile, noted: StoredStat | undefined): boolean {
  if (noted === undefined || Object.values(noted).some((value) => !Number.isFinite(value))) return true;
  const isSameEntry = noted.ctimeMs === file.ctimeMs && noted.inode === file.inode;
  return isSameEntry && noted.mtimeMs > 0 && (noted.mtimeMs !== file.mtimeMs || noted.size !== file.size);
}

/** What the graph and the files are compared by. */
export interface Compared {
  readonly db: Database | undefined;
  readonly known: ReadonlyMap<string, StoredStat>;
  /** When to stop reading files, as `performance.now()` tells the time. */
  readonly until?: number;
}

/** Files that are read whatever the time: on a busy machine it may be up before anything was done. */
const READ_AT_LEAST = 64;

export function findDifferences(
  project: Project,
  discovery: Discovery,
  { db, known, until = Number.POSITIVE_INFINITY }: Compared,
): Differences {
  const { files, unobserved } = discovery;
  const plan = planIngest({ found: files, unobserved, known, readAll: "read changed" });
  const { root, settings } = project;
  const refusal = reasonToRefuse({ root, sources: settings.sources, discovery, known, plan, db }) ?? null;
  const found = { added: [] as string[], changed: [] as string[], failed: [] as FailedDocument[] };
  const times = new Map(plan.read.map(({ id, mtimeMs }) => [id, mtimeMs]));
  const rest = { removed: plan.absent, times, refusal };
  if (db === undefined)
    return { ...found, added: plan.read.map(({ id }) => id), restamped: [], unverified: 0, ...rest };
  const hashes = plan.read.some(({ id }) => known.has(id))
    ? readContentHashes(db)
    : new Map<string, string>();
  const restamped: DiscoveredFile[] = [];
  let unverified = 0;
  for (const [place, file] of plan.read.entries()) {
    const verdict =
      place < READ_AT_LEAST || performance.now() < until ? examine(file, hashes.get(file.id)) : undefined;
    if (verdict === undefined) unverified++;
    else if (verdict.kind === "failed") found.failed.push({ path: file.id, error: verdict.error });
    else if (verdict.kind === "same") restamped.push(file);
    else (known.has(file.id) ? found.changed : found.added).push(file.id);
  }
  return { ...found, restamped, unverified, ...rest };
}

/** Whether a file has the content with this hash, and whether it can be had at all. */
function examine(file: DiscoveredFile, hash: string | undefined): Verdict {
  try {
    const content = readContent(file);
    if (content.hash === hash) return { kind: "same" };
    decodeMarkdown(content.bytes);
    return { kind: "differs" };
  } catch (error) {
    return { kind: "failed", error: error instanceof AmalfaError ? error.message : whyUnreadable(error) };
  }
}
