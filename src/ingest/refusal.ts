/** I11 applied: a vanished source does not wipe the memory. */
import type { Database } from "bun:sqlite";
import { readContentHashes } from "../graph/index.ts";
import { parseSource } from "../project/index.ts";
import { AmalfaError } from "../system/index.ts";
import type { DiscoveredFile, Discovery } from "./discovery/index.ts";
import { documentId } from "./markdown/index.ts";
import {
  emptiedSources,
  type IngestPlan,
  type KnownFile,
  leavingWithTrees,
  type OtherTree,
  refusalReason,
  type SourceIds,
} from "./plan.ts";
import { readContent } from "./reading/index.ts";
import { documentsTakenByGit } from "./taken-by-git.ts";

export interface RemovalContext {
  readonly root: string;
  readonly sources: readonly string[];
  readonly discovery: Discovery;
  readonly known: ReadonlyMap<string, KnownFile>;
  readonly plan: IngestPlan<DiscoveredFile>;
  /** The graph, or undefined when there is none. */
  readonly db: Database | undefined;
}

/** Throws `ingest.refused` when the plan would forget what may only be out of sight. */
export function refuseToForget(context: RemovalContext): void {
  const reason = reasonToRefuse(context);
  if (reason !== undefined) throw refusal(reason);
}

/** Why an ingest would refuse to carry out the plan, a clause; undefined when it would not. */
export function reasonToRefuse(context: RemovalContext): string | undefined {
  const { discovery, known, plan } = context;
  const sources = context.sources.map((source) => sourceIds(context.root, source));
  const unseen = sources
    .filter(({ prefix }) => discovery.unobserved.includes(prefix))
    .map(({ source }) => source);
  const mostGone = plan.absent.length * 2 > known.size;
  const reason = refusalReason({
    known: known.size,
    absent: plan.absent,
    accountedFor: mostGone ? countAccountedFor(context) : 0,
    missingSources: [...new Set([...discovery.missingSources, ...unseen])],
    emptiedSources: plan.absent.length === 0 ? [] : emptiedSources(sources, discovery.files, known),
  });
  return reason === undefined
    ? undefined
    : reason + describeTrees(leavingWithTrees(plan.absent, discovery.otherTrees));
}

function describeTrees(trees: readonly OtherTree[]): string {
  if (trees.length === 0) return "";
  const names = trees.slice(0, 10).map(({ path, documents }) => `${path} (${documents})`);
  const list = names.join(", ") + (trees.length > names.length ? ", …" : "");
  return (
    "; of these, some lie in git repositories or worktrees below the project " +
    `root, which are no part of it unless "sources" names them: ${list}`
  );
}

/** @param reason what is wrong, beginning in lower case or with a name */
export function refusal(reason: string): AmalfaError {
  return new AmalfaError("ingest.refused", `Nothing was changed: ${reason}.`);
}

function sourceIds(root: string, source: string): SourceIds {
  const parsed = parseSource(root, source);
  const base = "base" in parsed ? parsed.base : source;
  if (base === ".") return { source, prefix: "" };
  const isFile = /\.(md|markdown|mdown|mkd|mdx)$/i.test(base);
  return { source, prefix: isFile ? documentId(base) : `${documentId(base)}/` };
}

/** How many absent documents are not lost. */
function countAccountedFor(context: RemovalContext): number {
  const moved = movedDocuments(context);
  const elsewhere = context.plan.absent.filter((id) => !moved.has(id));
  return moved.size + documentsTakenByGit(context.root, elsewhere).size;
}

/** Absent documents that turned up under a new path, by their content. */
function movedDocuments({ db, plan, known }: RemovalContext): ReadonlySet<string> {
  if (db === undefined) return new Set();
  const hashes = readContentHashes(db);
  const arrived = new Set<string>();
  for (const file of plan.read) {
    if (known.has(file.id)) continue;
    try {
      arrived.add(readContent(file).hash);
    } catch {
      // What cannot be read proves no move; the ingest itself names it.
    }
  }
  return new Set(plan.absent.filter((id) => arrived.has(hashes.get(id) ?? "")));
}
