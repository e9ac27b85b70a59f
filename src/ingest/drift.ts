/** How far files and graph disagree, judged by size and time, and by content where those differ. */
import type { Database } from "bun:sqlite";
import { readStoredHashes, readStoredStats } from "../graph/index.ts";
import type { Project } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import type { DiscoveredFile, Discovery } from "./discovery/index.ts";
import { decodeMarkdown } from "./markdown/index.ts";
import { type KnownFile, planIngest } from "./plan.ts";
import { type FailedDocument, readContent, readFailure } from "./reading/index.ts";
import { reasonToRefuse } from "./refusal.ts";

/** What the next ingest would do. */
export interface Drift {
  /** Documents that it would add, change and remove. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Files that were found, are new or other than the graph has them, and cannot be read or decoded: an ingest does not help them. */
  readonly failed: readonly FailedDocument[];
  /** Why it would refuse to run (I11), a clause; null when it would not. */
  readonly refusal: string | null;
}

type Verdict = { readonly kind: "same" | "differs" } | { readonly kind: "failed"; readonly error: string };

/** @param db the graph, or undefined when there is none: then every file is new, and none is read. */
export function findDrift(project: Project, discovery: Discovery, db: Database | undefined): Drift {
  const known: ReadonlyMap<string, KnownFile> = db === undefined ? new Map() : readStoredStats(db);
  const { files, unobserved } = discovery;
  const plan = planIngest({ found: files, unobserved, known, readAll: "read changed" });
  const refusal = reasonToRefuse({
    root: project.root,
    sources: project.settings.sources,
    discovery,
    known,
    plan,
    db,
  });
  const rest = { removed: plan.absent.length, refusal: refusal ?? null };
  if (db === undefined) return { added: plan.read.length, changed: 0, failed: [], ...rest };
  const hashes = plan.read.some(({ id }) => known.has(id)) ? readStoredHashes(db) : new Map<string, string>();
  const counts = { added: 0, changed: 0 };
  const failed: FailedDocument[] = [];
  for (const file of plan.read) {
    const verdict = examine(file, hashes.get(file.id));
    if (verdict.kind === "failed") failed.push({ path: file.id, error: verdict.error });
    else if (verdict.kind === "differs") counts[known.has(file.id) ? "changed" : "added"]++;
  }
  return { ...counts, failed, ...rest };
}

/** Whether a file has the content with this hash, and whether it can be had at all. */
function examine(file: DiscoveredFile, hash: string | undefined): Verdict {
  try {
    const content = readContent(file);
    if (content.hash === hash) return { kind: "same" };
    decodeMarkdown(content.bytes);
    return { kind: "differs" };
  } catch (error) {
    return { kind: "failed", error: error instanceof AmalfaError ? error.message : readFailure(error) };
  }
}
